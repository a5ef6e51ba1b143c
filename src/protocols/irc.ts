/** IRC messages (RFC 1459 and 2812 as modern.ircdocs.horse has them, IRCv3 message tags): one line to values and back. */

/** The longest line without its tags, in bytes with CR LF. */
export const MAX_IRC_BYTES = 512;
/** The longest tags, in bytes with `@` and the blank behind them (IRCv3 message-tags: 4,094 of each side and both marks). */
export const MAX_IRC_TAG_BYTES = 8_191;
/** The longest tags a client may send, in bytes with `@` and the blank. */
export const MAX_IRC_CLIENT_TAG_BYTES = 4_096;

/** One message. */
export interface IrcMessage {
  /** Tags by key, unescaped; a key without a value has an empty one. Never undefined, so lookups need no check. */
  readonly tags: ReadonlyMap<string, string>;
  /** Who it is from, without the colon: `nick!user@host` or a server; empty where it is not said. */
  readonly source: string;
  /** In capitals: `PRIVMSG`, `001`. */
  readonly command: string;
  readonly params: readonly string[];
}

const NO_TAGS: ReadonlyMap<string, string> = new Map();

/**
 * Reads a line without its end. Undefined where there is no command in it: blank lines are skipped (RFC 1459, section 2.3.1).
 *
 * @example parseIrc('@id=1 :ann!a@h PRIVMSG #room :hello there')?.params // ['#room', 'hello there']
 */
export function parseIrc(line: string): IrcMessage | undefined {
  let at = 0;
  const word = (): string => {
    const end = line.indexOf(' ', at);
    const text = end === -1 ? line.slice(at) : line.slice(at, end);
    at += text.length;
    while (line[at] === ' ') at += 1;
    return text;
  };
  while (line[at] === ' ') at += 1;
  const tags = line[at] === '@' ? parseTags(word().slice(1)) : NO_TAGS;
  const source = line[at] === ':' ? word().slice(1) : '';
  const command = inCapitals(word());
  if (command === '') return undefined;
  const params: string[] = [];
  while (at < line.length) {
    if (line[at] === ':') {
      params.push(line.slice(at + 1));
      break;
    }
    params.push(word());
  }
  return { tags, source, command, params };
}

/** Only a to z: no letter of another alphabet makes a command. */
const inCapitals = (word: string): string => word.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/**
 * Writes a line, without its end. Only the last parameter may be empty, hold blanks or start with a colon; nothing may hold
 * CR, LF or NUL, which callers see to.
 *
 * @example formatIrc({ command: 'PRIVMSG', params: ['#room', 'hello there'] }) // 'PRIVMSG #room :hello there'
 */
export function formatIrc({ tags, source, command, params = [] }: Partial<IrcMessage> & { command: string }): string {
  const parts: string[] = [];
  if (tags && tags.size > 0) parts.push(`@${formatTags(tags)}`);
  if (source) parts.push(`:${source}`);
  parts.push(command);
  const last = params.length - 1;
  for (const [i, param] of params.entries()) parts.push(i === last && needsColon(param) ? `:${param}` : param);
  return parts.join(' ');
}

/** Can it stand only last, with a colon in front? */
export function needsColon(param: string): boolean {
  return param === '' || param.startsWith(':') || param.includes(' ');
}

/** Tags as they stand behind the `@`. */
export function formatTags(tags: ReadonlyMap<string, string>): string {
  return [...tags].map(([key, value]) => (value === '' ? key : `${key}=${escapeTag(value)}`)).join(';');
}

/** Reads what stands behind the `@`; of a key that comes twice the last counts. */
export function parseTags(text: string): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    const key = equals === -1 ? part : part.slice(0, equals);
    if (key !== '') tags.set(key, equals === -1 ? '' : unescapeTag(part.slice(equals + 1)));
  }
  return tags;
}

const ESCAPES: Readonly<Record<string, string>> = { ';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n' };
const UNESCAPES: Readonly<Record<string, string>> = { ':': ';', s: ' ', r: '\r', n: '\n' };

function escapeTag(value: string): string {
  return value.replace(/[; \\\r\n]/g, (character) => ESCAPES[character] as string);
}

/** A backslash before any other character is dropped, and so is one at the end. */
function unescapeTag(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(/\\(.?)/gs, (_all, character: string) =>
    Object.hasOwn(UNESCAPES, character) ? (UNESCAPES[character] as string) : character,
  );
}

/**
 * Folds a name for comparing, as `CASEMAPPING=ascii` says: only A to Z.
 *
 * @example foldIrc('#Lobby') // '#lobby'
 */
export function foldIrc(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Whose words a source is: the nick of `nick!user@host`, or the server's name. */
export function nickOf(source: string): string {
  const end = source.search(/[!@]/);
  return end === -1 ? source : source.slice(0, end);
}

/** A room, named without `#` or with it, as IRC names it. */
export function channelOf(room: string): string {
  return /^[#&]/.test(room) ? room : `#${room}`;
}

/** A channel as people here name it: without `#`. */
export function roomOf(channel: string): string {
  return channel.startsWith('#') ? channel.slice(1) : channel;
}

/** Can it be a nick: RFC 2812, section 2.3.1, of any length. */
export function isNickname(text: string): boolean {
  return /^[A-Za-z[\]\\`_^{|}][-A-Za-z0-9[\]\\`_^{|}]*$/.test(text);
}
