/** What stands in the braces of a trace, and what differs from run to run. */

import type { Line } from '../../../src/stream/lines.ts';

/** What stands in braces: what would hide what a trace is about, or be long. */
export function expand(text: string): string {
  return text
    .replace(/\{([^{}*]+)\*(\d+)\}/g, (_all, part: string, count: string) => part.repeat(Number(count)))
    .replace(/\{(\d+) rooms\}/g, (_all, count: string) => rooms(Number(count)).join(' '))
    .replace(/\{supported (\w+)\}/g, (_all, nick: string) => supported(nick).join('\n'))
    .replace(/\{greeting (.*?)\}/g, (_all, words: string) => greeting(words.split(' ')))
    .replace(
      /\{welcome (.*?)\}/g,
      (_all, words: string) => `${greeting(words.split(' '))}\n${noMotd(words.split(' '))}`,
    )
    .replace(/\{([a-z ]+)\}/g, (_all, name: string) => PHRASES.get(name) ?? `${name}!~${name}@127.0.0.1`);
}

const rooms = (count: number): string[] => Array.from({ length: count }, (_, i) => `#r${i}`);

const PHRASES: ReadonlyMap<string, string> = new Map([
  ['not a nick', 'Not a nickname: letters, digits and -_[]\\`^{|}, a letter first, 30 at most'],
  ['not a room', 'Not a room: # and letters, digits and _-.+, 64 at most'],
  ['about', 'nettk: chat for IRC clients, plain lines and browsers on one port'],
  [
    'capabilities',
    'away-notify batch cap-notify draft/chathistory echo-message labeled-response message-tags multi-prefix server-time setname',
  ],
]);

/** 005 as the design page has it. */
const SUPPORTED: readonly string[] = [
  'NETWORK=nettk CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+ CHANMODES=b,k,l,imnst NICKLEN=30 USERLEN=16 CHANNELLEN=64 ' +
    'TOPICLEN=300 KICKLEN=300 AWAYLEN=300 NAMELEN=150 KEYLEN=32',
  'MODES=6 CHANLIMIT=#:50 MAXLIST=b:100 ' +
    'TARGMAX=JOIN:,PART:,PRIVMSG:4,NOTICE:4,TAGMSG:4,KICK:4,WHOIS:1,NAMES:1,LIST: ' +
    'CHATHISTORY=100 MSGREFTYPES=timestamp,msgid UTF8ONLY',
];

const supported = (nick: string): string[] =>
  SUPPORTED.map((tokens) => `:chat.nettk 005 ${nick} ${tokens} :are supported by this server`);

/** What is said to a new client up to the message of the day, where there is one room and nobody is hidden. */
function greeting([nick, source, count, unknown]: readonly string[]): string {
  return [
    `001 ${nick} :Welcome to the nettk chat, ${source}`,
    `002 ${nick} :Your host is chat.nettk, running nettk`,
    `003 ${nick} :This server was started <time>`,
    `004 ${nick} chat.nettk nettk io bklimnostv bklov`,
    ...SUPPORTED.map((tokens) => `005 ${nick} ${tokens} :are supported by this server`),
    `251 ${nick} :There are ${count} users and 0 invisible on 1 servers`,
    ...(unknown === undefined ? [] : [`253 ${nick} ${unknown} :unknown connection(s)`]),
    `254 ${nick} 1 :rooms formed`,
    `255 ${nick} :I have ${count} clients and 0 servers`,
    `265 ${nick} ${count} ${count} :Current local users ${count}, max ${count}`,
    `266 ${nick} ${count} ${count} :Current global users ${count}, max ${count}`,
  ]
    .map((line) => `:chat.nettk ${line}`)
    .join('\n');
}

const noMotd = ([nick]: readonly string[]): string => `:chat.nettk 422 ${nick} :There is no message of the day`;

/** What is sent: a line with its end, `\xff` as a byte. */
export function bytesOf(text: string): Buffer {
  const parts = `${expand(text)}\r\n`.split(/\\x([0-9a-f]{2})/);
  return Buffer.concat(parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from(part, 'hex'))));
}

/** What is heard: control bytes as `\x01`, without what differs from run to run. */
export function shown({ bytes, ending }: Line): string {
  const text = `${bytes}${ending === '\r\n' ? '' : ' (no CR LF)'}`;
  return text
    .replace(/[\0-\x1f]| $/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
    .replace(/msgid=[\w-]+/g, 'msgid=<id>')
    .replace(/( 317 \S+ \S+) \d+ /, '$1 <idle> ')
    .replace(/\b1\d{9}\b/g, '<unix>');
}
