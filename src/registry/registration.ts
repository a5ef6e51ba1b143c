/** What somebody asks to be registered, checked field by field, and the one form it has afterwards. */

import { type NettkError, usageError } from '../errors.ts';
import { isServiceName } from '../protocols/name-line.ts';
import { canonicalAddress, formatTarget } from './address.ts';

/** How a server is looked at. */
export type CheckKind = 'tcp' | 'http' | 'udp';

/** A check as it is registered; what it leaves out is the instance's own, or the server's default. */
export interface CheckSpec {
  readonly kind: CheckKind;
  readonly address?: string;
  readonly port?: number;
  /** `http`: what is asked for. */
  readonly path?: string;
  /** `udp`: what is sent, in hexadecimal. */
  readonly send?: string;
  /** `udp`: what the answer has to contain. */
  readonly expect?: string;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  /** How many failures in a row make it down, how many passes up again, how many failures drop it (0 is never). */
  readonly fail?: number;
  readonly rise?: number;
  readonly dropAfter?: number;
}

/** A registration, checked. */
export interface Registration {
  readonly name: string;
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly description: string;
  readonly tags: readonly string[];
  readonly meta: readonly (readonly [key: string, value: string])[];
  readonly weight: number;
  readonly priority: number;
  /** The lease in milliseconds; 0 where there is none. */
  readonly ttlMs: number;
  readonly checks: readonly CheckSpec[];
}

/** A registration as it comes from a face: all but name and port may be left out. */
export type RegistrationInput = Pick<Registration, 'name' | 'port'> & Partial<Registration>;

/** The check of those that name none. */
export const DEFAULT_CHECKS: readonly CheckSpec[] = [{ kind: 'tcp' }];

const MIN_TIME_MS = 1_000;
const MAX_TIME_MS = 86_400_000;
const MAX_TEXT_BYTES = 512;
const MAX_TAGS = 32;
const MAX_META = 64;
const MAX_CHECKS = 8;
/** All texts of one instance together, in bytes: so what a registry can hold is bounded. */
const MAX_TOTAL_BYTES = 8_192;
/** The longest message a `udp` check sends, and the longest answer it looks for, in bytes. */
const MAX_MESSAGE_BYTES = 512;
const MAX_COUNT = 1_000;

const ID = /^[\x21-\x7e]{1,255}$/;
const META_KEY = /^[\w.-]{1,128}$/;
const PATH = /^\/[\x21-\x7e]{0,511}$/;

/**
 * The name that a service is known by: case does not count.
 *
 * @throws NettkError `USAGE` where it is no single DNS label
 */
function canonicalName(text: string): string {
  const name = text.toLowerCase();
  if (isServiceName(name)) return name;
  throw refuse(
    `the name ${quote(text)}`,
    'is not 1 to 63 letters, digits, - and _ that begin and end with a letter or digit',
  );
}

/**
 * Checks a registration.
 *
 * @param ownAddress the registrant's, for one that names none
 * @throws NettkError `USAGE` naming the first field that will not do
 */
export function readRegistration(input: RegistrationInput, ownAddress: string): Registration {
  const name = canonicalName(input.name);
  const address = readAddress(input.address ?? ownAddress);
  const port = inRange('the port', input.port, 1, 65_535);
  const id = input.id ?? formatTarget(address, port);
  if (!ID.test(id)) throw refuse(`the id ${quote(id)}`, 'is not 1 to 255 printable characters of ASCII without blanks');
  const registration: Registration = {
    name,
    id,
    address,
    port,
    protocol: readProtocol(input.protocol ?? 'tcp'),
    description: readText('the description', input.description ?? ''),
    tags: atMost('tags', input.tags ?? [], MAX_TAGS).map((tag) => readText('a tag', tag)),
    meta: atMost('pairs of meta', input.meta ?? [], MAX_META).map(readPair),
    weight: inRange('the weight', input.weight ?? 1, 1, 65_535),
    priority: inRange('the priority', input.priority ?? 0, 0, 65_535),
    ttlMs: input.ttlMs ? inRange('the ttl', input.ttlMs, MIN_TIME_MS, MAX_TIME_MS) : 0,
    checks: readChecks(input.checks ?? DEFAULT_CHECKS),
  };
  const { description, tags, meta, checks } = registration;
  const total = Buffer.byteLength(JSON.stringify([description, tags, meta, checks]));
  if (total > MAX_TOTAL_BYTES) throw refuse('all texts together', `are ${total} bytes, at most ${MAX_TOTAL_BYTES}`);
  return registration;
}

/** Are two checks, leases and targets the same, so that what is known of the health still holds? */
export function hasSameHealth(one: Registration, other: Registration): boolean {
  const facts = ({ address, port, ttlMs, checks }: Registration): string =>
    JSON.stringify([address, port, ttlMs, checks]);
  return facts(one) === facts(other);
}

/** Are two registrations the same in every field? */
export function isSame(one: Registration, other: Registration): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function readProtocol(protocol: string): Registration['protocol'] {
  if (protocol === 'tcp' || protocol === 'udp') return protocol;
  throw refuse(`the protocol ${quote(protocol)}`, 'is neither tcp nor udp');
}

/** Most have the same one: they share it. */
function readChecks(checks: readonly CheckSpec[]): readonly CheckSpec[] {
  const read = atMost('checks', checks, MAX_CHECKS).map(readCheck);
  return JSON.stringify(read) === JSON.stringify(DEFAULT_CHECKS) ? DEFAULT_CHECKS : read;
}

function readCheck(check: CheckSpec): CheckSpec {
  const { kind, address, port, path, send, expect, intervalMs, timeoutMs, fail, rise, dropAfter } = check;
  if (!['tcp', 'http', 'udp'].includes(kind)) throw refuse(`the check ${quote(kind)}`, 'is none of tcp, http, udp');
  if (path !== undefined && kind !== 'http') throw refuse('path', `is for http, not for ${kind}`);
  if ((send ?? expect) !== undefined && kind !== 'udp') throw refuse('send and expect', `are for udp, not for ${kind}`);
  if (path !== undefined && !PATH.test(path))
    throw refuse(`the path ${quote(path)}`, 'is not / and printable characters');
  if (send !== undefined && !/^([\da-f]{2}){0,512}$/i.test(send))
    throw refuse('send', `is not at most ${MAX_MESSAGE_BYTES} bytes in hexadecimal`);
  return {
    kind,
    ...(address !== undefined && { address: readAddress(address) }),
    ...(port !== undefined && { port: inRange('the port of a check', port, 1, 65_535) }),
    ...(path !== undefined && { path }),
    ...(send !== undefined && { send: send.toLowerCase() }),
    ...(expect !== undefined && { expect: readText('expect', expect) }),
    ...(intervalMs !== undefined && { intervalMs: inRange('interval', intervalMs, MIN_TIME_MS, MAX_TIME_MS) }),
    ...(timeoutMs !== undefined && { timeoutMs: inRange('timeout', timeoutMs, 10, 60_000) }),
    ...(fail !== undefined && { fail: inRange('fail', fail, 1, MAX_COUNT) }),
    ...(rise !== undefined && { rise: inRange('rise', rise, 1, MAX_COUNT) }),
    ...(dropAfter !== undefined && { dropAfter: inRange('drop-after', dropAfter, 0, MAX_TIME_MS) }),
  };
}

function readAddress(text: string): string {
  const address = canonicalAddress(text);
  if (address !== undefined) return address;
  throw refuse(
    `the address ${quote(text)}`,
    'is not one of a host, as an IPv4 or IPv6 literal; names are not looked up',
  );
}

function readText(what: string, text: string): string {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) throw refuse(what, `is longer than ${MAX_TEXT_BYTES} bytes`);
  if (/[\0-\x1f\x7f]/.test(text) || !text.isWellFormed()) throw refuse(what, 'has control characters, or is not UTF-8');
  return text;
}

function readPair([key, value]: readonly [string, string]): readonly [string, string] {
  if (!META_KEY.test(key)) throw refuse(`the key ${quote(key)}`, 'is not 1 to 128 letters, digits, and _ . -');
  return [key, readText(`the value of ${key}`, value)];
}

function inRange(what: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw refuse(what, `${value} is not a whole number from ${min} to ${max}`);
}

function atMost<T>(what: string, list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  throw refuse(what, `are ${list.length}, at most ${most}`);
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 80));

function refuse(what: string, why: string): NettkError {
  return usageError('register', `${what} ${why}`);
}
