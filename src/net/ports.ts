/** Port numbers and service names, both ways: getservbyname(3) and getservbyport(3). */

import { NettkError } from '../errors.ts';
import { closeMatch } from './close-match.ts';
import { loadServices } from './services.ts';
import type { ServiceEntry, ServiceLine } from './services-file.ts';

export { setServicesFile } from './services.ts';
export type { ServiceEntry } from './services-file.ts';

/** The highest port there is. */
export const MAX_PORT = 65535;

const PLAIN_DECIMAL = /^(0|[1-9]\d*)$/;
/** What a person who wants a number may type, though it is none of ours. */
const NUMBER_LIKE = /^[+-]?(\d[\d.,_]*|0x[\da-f]*|0o[0-7]*|0b[01]*|\d+e\d+)$/i;
/** The longest name that a message repeats in full. */
const MAX_SHOWN_LENGTH = 64;

/**
 * Reads a port as people type it: a service name, or a number from 0 to 65535 in plain decimal. The whole word is
 * looked up as a name first, so `ftp-data` is no range and a service called `13` is found.
 *
 * @throws NettkError `UNKNOWN_SERVICE` for a word that is no service of the protocol, `BAD_ENDPOINT` for octal,
 *   hexadecimal, signed or too large numbers
 * @example parsePort('daytime', 'udp') // 13
 */
export function parsePort(text: string, protocol: 'tcp' | 'udp' = 'tcp'): number {
  const isNumber = text === '' || NUMBER_LIKE.test(text);
  // A number needs no services file, so one that cannot be read is no reason to refuse it.
  const entry = isNumber && !isReadable() ? undefined : matchesOf(text, protocol)[0];
  if (entry) return sound(entry, `service ${show(text)}`).port;
  if (!isNumber) throw unknownService(text, protocol);
  return readNumber(text);
}

/**
 * Finds a service's port as getservbyname(3) does: the first line with that name or alias, case-sensitive, of that
 * protocol or, without one, of any. Digits are a name like any other here; see `parsePort`.
 *
 * @throws NettkError `UNKNOWN_SERVICE`, also where the entry's own port is octal, hexadecimal or above 65535
 * @example lookupPort('time', 'udp') // 37
 */
export function lookupPort(name: string, protocol?: string): number {
  const entry = matchesOf(name, protocol)[0];
  if (!entry) throw unknownService(name, protocol);
  return sound(entry, `service ${show(name)}`).port;
}

/**
 * Finds a port's service name as getservbyport(3) does: the first line with that number, of that protocol or, without
 * one, of any.
 *
 * @throws NettkError `NOT_FOUND` where the port has no name, `BAD_ENDPOINT` where it is no port
 * @example lookupService(514, 'udp') // 'syslog'
 */
export function lookupService(port: number, protocol?: string): string {
  const entry = findServices(port, protocol)[0];
  if (entry) return entry.name;
  const action = `port ${port}${protocol === undefined ? '' : `/${protocol}`}`;
  throw new NettkError({ code: 'NOT_FOUND', action, reason: `no service name in ${loadServices().source}` });
}

/**
 * Finds every entry of a name, alias or port, in the file's order, each once; none is an empty list. A word of digits is
 * a port unless a service is called so.
 *
 * @throws NettkError `UNKNOWN_SERVICE` where an entry asked for has a port that C would misread, `BAD_ENDPOINT` for a
 *   number that is no port
 * @example findServices('time').map((entry) => entry.protocol) // ['tcp', 'udp']
 */
export function findServices(nameOrPort: string | number, protocol?: string): ServiceEntry[] {
  const name = String(nameOrPort);
  const named = typeof nameOrPort === 'string' ? matchesOf(name, protocol) : [];
  if (named.length > 0) return unique(named.map((entry) => sound(entry, `service ${show(name)}`)));
  if (typeof nameOrPort === 'string' && !NUMBER_LIKE.test(name)) return [];
  return unique(entriesOfPort(readNumber(name), protocol));
}

/**
 * The name of a port for display; undefined where it has none, or the services file cannot tell.
 *
 * @param port 0–65535
 */
export function findServiceName(port: number, protocol?: string): string | undefined {
  try {
    return findServices(port, protocol)[0]?.name;
  } catch (error) {
    if (error instanceof NettkError) return undefined;
    throw error;
  }
}

/** The close match of a service name that is not known, if there is one. */
function suggestService(name: string, protocol?: string): string | undefined {
  const entries = loadServices().entries.filter((entry) => protocol === undefined || entry.protocol === protocol);
  return closeMatch(
    name,
    entries.flatMap((entry) => [entry.name, ...entry.aliases]),
  );
}

/** The error for a name that no service, or none of the protocol, has. */
export function unknownService(name: string, protocol?: string): NettkError {
  const action = `service ${show(name)}`;
  const others = [...new Set(matchesOf(name).map((entry) => entry.protocol || 'no protocol'))];
  if (others.length > 0) {
    const reason = `not found for ${protocol}, exists for ${others.join(' and ')}`;
    return new NettkError({ code: 'UNKNOWN_SERVICE', action, reason });
  }
  const reason = `unknown service name, not in ${loadServices().source}`;
  return new NettkError({ code: 'UNKNOWN_SERVICE', action, reason, hint: suggestService(name, protocol) });
}

function matchesOf(name: string, protocol?: string): ServiceLine[] {
  return loadServices().entries.filter(
    (entry) =>
      (protocol === undefined || entry.protocol === protocol) && (entry.name === name || entry.aliases.includes(name)),
  );
}

function entriesOfPort(port: number, protocol?: string): ServiceLine[] {
  const all = loadServices().entries.filter(
    (entry) => entry.port === port && (protocol === undefined || entry.protocol === protocol),
  );
  const clean = all.filter((entry) => entry.defect === undefined);
  // C would answer with the misread entry: silence would hide it, its name would be a lie.
  if (clean.length === 0 && all[0]) sound(all[0], `port ${port}`);
  return clean;
}

/** The entry, unless its port is one that C misreads. */
function sound(entry: ServiceLine, action: string): ServiceLine {
  if (entry.defect === undefined) return entry;
  throw new NettkError({
    code: 'UNKNOWN_SERVICE',
    action,
    reason: `${loadServices().source} line ${entry.line}, entry ${show(entry.name)}: ${entry.defect}`,
    hint: 'a plain decimal port from 0 to 65535 there',
  });
}

function unique(entries: readonly ServiceLine[]): ServiceEntry[] {
  const byKey = new Map<string, ServiceEntry>();
  for (const { name, port, protocol, aliases } of entries) {
    const key = `${name} ${port}/${protocol}`;
    if (!byKey.has(key)) byKey.set(key, { name, port, protocol, aliases });
  }
  return [...byKey.values()];
}

function readNumber(text: string): number {
  if (PLAIN_DECIMAL.test(text) && Number(text) <= MAX_PORT) return Number(text);
  throw refuseNumber(text);
}

function refuseNumber(text: string): NettkError {
  const reason = text === '' ? 'missing' : reasonAgainst(text);
  const plain = text.replace(/^0+(?=\d)/, '');
  const hint = plain !== text && PLAIN_DECIMAL.test(plain) && Number(plain) <= MAX_PORT ? plain : undefined;
  return new NettkError({ code: 'BAD_ENDPOINT', action: `port ${show(text)}`, reason, hint });
}

function reasonAgainst(text: string): string {
  if (PLAIN_DECIMAL.test(text)) return `ports go from 0 to ${MAX_PORT}`;
  if (/^0\d/.test(text)) return 'a leading zero can mean octal, ports are plain decimal';
  return `ports are plain decimal numbers from 0 to ${MAX_PORT} or service names`;
}

/** Can services be looked up at all? */
function isReadable(): boolean {
  try {
    loadServices();
    return true;
  } catch (error) {
    if (error instanceof NettkError) return false;
    throw error;
  }
}

function show(name: string): string {
  return JSON.stringify(name.length > MAX_SHOWN_LENGTH ? `${name.slice(0, MAX_SHOWN_LENGTH)}…` : name);
}
