/**
 * The name server by the line, as with nc (docs/name-server.md): what a line asks for, and what an answer says. A command a
 * line; an answer is lines that end with a dot (dot-lines.ts), each a word and fields (record-line.ts), or `error: …`.
 */

import { type NettkError, usageError } from '../errors.ts';
import type { CheckSpec, RegistrationInput } from '../registry/registration.ts';
import { fieldAt } from './record-line.ts';

/** Where name servers listen. */
export const NAME_PORT = 21_570;
/** What a name server is called where it announces itself (DNS-SD, RFC 6763). */
export const NAME_ANNOUNCED = '_nettk-name._tcp';
/** The longest command, in bytes. */
export const MAX_NAME_COMMAND_BYTES = 8_192;
/** How an answer begins that says why there is none. */
export const ERROR_MARK = 'error: ';

/** Can it be the name of a service: one DNS label, with `_` besides? Case does not count. */
export function isServiceName(text: string): boolean {
  return /^[a-z\d](?:[a-z\d_-]{0,61}[a-z\d])?$/i.test(text);
}

/** A service, or one instance of it. */
export interface NamedTarget {
  readonly name: string;
  readonly id: string | undefined;
}

/** One line, understood. */
export type NameCommand =
  | { readonly verb: 'register'; readonly registration: RegistrationInput }
  | { readonly verb: 'renew'; readonly target: NamedTarget; readonly isWell: boolean; readonly reason: string }
  | { readonly verb: 'drop' | 'show'; readonly target: NamedTarget }
  | { readonly verb: 'lookup'; readonly name: string; readonly wantsAll: boolean }
  | { readonly verb: 'list'; readonly prefix: string }
  | { readonly verb: 'top'; readonly count: number }
  | { readonly verb: 'watch'; readonly name: string | undefined; readonly since: number | undefined }
  | {
      readonly verb: 'log';
      readonly count: number;
      readonly service: string | undefined;
      readonly client: string | undefined;
      readonly follows: boolean;
    }
  | { readonly verb: 'token'; readonly secret: string }
  | { readonly verb: 'help' };

/** What `help` answers. */
export const NAME_HELP: readonly string[] = [
  'register NAME TARGET [KEY=VALUE ...] [DESCRIPTION ...]  TARGET is PORT, ADDRESS:PORT or [IPV6]:PORT',
  '  keys: id protocol tag meta.KEY weight priority ttl description, and of checks:',
  '  check=tcp|http|udp|none at=TARGET interval timeout fail rise drop-after path send (hex) expect',
  'renew NAME[/ID] [up|down [REASON ...]]',
  'drop NAME[/ID]',
  'lookup NAME [all]',
  'list [PREFIX]',
  'show NAME[/ID]',
  'watch [NAME] [since=INDEX]  ends with the next line',
  'log [N] [service=NAME] [client=ADDRESS] [follow]',
  'top [N]',
  'token SECRET',
  'help',
];

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, '': 1e3 };
/** Lines of `log` and `top` where no number is given. */
const DEFAULT_COUNT = 20;

/**
 * Reads one line without its end; surrounding white space does not count.
 *
 * @throws NettkError `USAGE` with the reason
 */
export function parseNameCommand(line: string): NameCommand {
  const text = line.trim();
  const end = text.search(/[ \t]|$/);
  const verb = text.slice(0, end);
  const rest = text.slice(end).trim();
  const read = READERS.get(verb.toLowerCase());
  if (read) return read(rest);
  throw usageError(JSON.stringify(verb.slice(0, 40)), 'unknown command', 'help');
}

type Reader = (rest: string) => NameCommand;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['register', (rest) => ({ verb: 'register', registration: readRegister(rest) })],
  ['renew', readRenew],
  ['drop', (rest) => ({ verb: 'drop', target: readTarget('drop', rest) })],
  ['show', (rest) => ({ verb: 'show', target: readTarget('show', rest) })],
  ['lookup', readLookup],
  ['list', (rest) => ({ verb: 'list', prefix: atMostOne('list [PREFIX]', rest) })],
  ['watch', readWatch],
  ['log', readLog],
  ['top', (rest) => ({ verb: 'top', count: rest === '' ? DEFAULT_COUNT : readCount('top [N]', rest) })],
  ['token', (rest) => ({ verb: 'token', secret: rest })],
  ['help', () => ({ verb: 'help' })],
]);

function readRenew(rest: string): NameCommand {
  const [target = '', how = 'up', ...reason] = wordsOf(rest);
  if (how !== 'up' && how !== 'down') throw misused('renew NAME[/ID] [up|down [REASON ...]]');
  return { verb: 'renew', target: readTarget('renew', target), isWell: how === 'up', reason: reason.join(' ') };
}

function readLookup(rest: string): NameCommand {
  const [name = '', all, more] = wordsOf(rest);
  if (name === '' || (all ?? 'all') !== 'all' || more !== undefined) throw misused('lookup NAME [all]');
  return { verb: 'lookup', name, wantsAll: all !== undefined };
}

function readWatch(rest: string): NameCommand {
  const usage = 'watch [NAME] [since=INDEX]';
  let name: string | undefined;
  let since: number | undefined;
  for (const word of wordsOf(rest)) {
    if (word.startsWith('since=') && since === undefined) since = readCount(usage, word.slice('since='.length));
    else if (name === undefined) name = word;
    else throw misused(usage);
  }
  return { verb: 'watch', name, since };
}

function readLog(rest: string): NameCommand {
  const usage = 'log [N] [service=NAME] [client=ADDRESS] [follow]';
  const asked = { count: DEFAULT_COUNT, service: undefined, client: undefined, follows: false };
  const found: { count: number; service: string | undefined; client: string | undefined; follows: boolean } = asked;
  for (const word of wordsOf(rest)) {
    const [, key, value] = /^(service|client)=(\S+)$/.exec(word) ?? [];
    if (key !== undefined) found[key as 'service' | 'client'] = value;
    else if (word === 'follow') found.follows = true;
    else found.count = readCount(usage, word);
  }
  return { verb: 'log', ...found };
}

/** What it reads is still to be checked: a registry does. */
function readRegister(rest: string): RegistrationInput {
  const [, name, target, more = ''] = /^(\S+)[ \t]+(\S+)[ \t]*(.*)$/s.exec(rest) ?? [];
  if (name === undefined || target === undefined)
    throw misused('register NAME TARGET [KEY=VALUE ...] [DESCRIPTION ...]');
  const found: Record<string, unknown> = {};
  const checks: Record<string, unknown>[] = [];
  const tags: string[] = [];
  const meta: [string, string][] = [];
  let wantsNone = false;
  let at = 0;
  for (let field = fieldAt(more, at); field !== undefined; field = fieldAt(more, at)) {
    const { key, value } = field;
    if (key === 'tag') tags.push(value);
    else if (key.startsWith('meta.')) meta.push([key.slice('meta.'.length), value]);
    else if (key === 'check' && value === 'none') wantsNone = true;
    else if (key === 'check') checks.push({ kind: value });
    else if (key === 'at' || CHECK_FIELDS.has(key)) setCheck(checks, key, value);
    else setField(found, key, value);
    at = field.end + (/^[ \t]*/.exec(more.slice(field.end))?.[0].length ?? 0);
    if (at === field.end && at < more.length) throw usageError('register', `a blank is missing after ${key}=`);
  }
  if (at < more.length) found['description'] = more.slice(at);
  if (wantsNone && checks.length > 0) throw usageError('register', 'check=none and other checks contradict each other');
  const all = wantsNone ? { checks: [] } : checks.length > 0 ? { checks: checks as unknown as CheckSpec[] } : {};
  return { name, ...readPlace(target), tags, meta, ...found, ...all };
}

/** Keys of the registration, the names of their values, and how these are read. */
const FIELDS: ReadonlyMap<string, readonly [string, (key: string, value: string) => unknown]> = new Map([
  ['id', ['id', asText]],
  ['protocol', ['protocol', asText]],
  ['description', ['description', asText]],
  ['weight', ['weight', readCount]],
  ['priority', ['priority', readCount]],
  ['ttl', ['ttlMs', readSpan]],
]);

/** The same for keys of checks. */
const CHECK_FIELDS: typeof FIELDS = new Map([
  ['path', ['path', asText]],
  ['send', ['send', asText]],
  ['expect', ['expect', asText]],
  ['interval', ['intervalMs', readSpan]],
  ['timeout', ['timeoutMs', readSpan]],
  ['fail', ['fail', readCount]],
  ['rise', ['rise', readCount]],
  ['drop-after', ['dropAfter', readCount]],
]);

function setField(found: Record<string, unknown>, key: string, value: string): void {
  const known = FIELDS.get(key);
  if (!known)
    throw usageError('register', `unknown key ${key}=`, 'description="…" for a text with = in its first word');
  found[known[0]] = known[1](key, value);
}

/** Keys of a check belong to the one before them, or to the usual one. */
function setCheck(checks: Record<string, unknown>[], key: string, value: string): void {
  if (checks.length === 0) checks.push({ kind: 'tcp' });
  const check = checks.at(-1) as Record<string, unknown>;
  const known = CHECK_FIELDS.get(key);
  if (known) check[known[0]] = known[1](key, value);
  else Object.assign(check, readPlace(value));
}

function asText(_key: string, value: string): string {
  return value;
}

/** `PORT`, `ADDRESS:PORT` or `[IPV6]:PORT`. */
function readPlace(text: string): { readonly address?: string; readonly port: number } {
  const [, bracketed, plain, port = text] = /^:?(?:\[([^\]]*)\]:|([^:]*):)?(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (!/^\d{1,5}$/.test(port)) throw usageError('register', `${JSON.stringify(text)} is no target`, 'ADDRESS:PORT');
  return { ...(address && { address }), port: Number(port) };
}

function readTarget(verb: string, text: string): NamedTarget {
  const word = atMostOne(`${verb} NAME[/ID]`, text);
  const slash = word.indexOf('/');
  const [name, id] = slash === -1 ? [word, undefined] : [word.slice(0, slash), word.slice(slash + 1)];
  if (name === '') throw misused(`${verb} NAME[/ID]`);
  return { name: name.toLowerCase(), id };
}

/** `250ms`, `2.5s`, `1m`, `1h`, `1d` or plain seconds, as milliseconds. */
function readSpan(key: string, text: string): number {
  const [, number, unit = ''] = /^(\d{1,12}|\d{0,9}\.\d{1,9})(ms|[smhd]?)$/.exec(text) ?? [];
  if (number === undefined)
    throw usageError('register', `${key}=${text.slice(0, 40)} is no duration`, '250ms, 2.5s, 1m');
  return Math.round(Number(number) * (MS_PER_UNIT[unit] as number));
}

function readCount(what: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usageError(what, `${JSON.stringify(text.slice(0, 40))} is not a whole number`);
}

const wordsOf = (text: string): string[] => text.split(/[ \t]+/).filter((word) => word !== '');

function atMostOne(usage: string, text: string): string {
  const [first = '', ...more] = wordsOf(text);
  if (more.length > 0) throw misused(usage);
  return first;
}

function misused(usage: string): NettkError {
  return usageError(usage.split(' ', 1)[0] as string, `usage: ${usage}`);
}
