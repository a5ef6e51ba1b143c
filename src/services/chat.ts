/** Chat: rooms for plain lines, IRC clients and browsers on one port (docs/chat.md). */

import { usageError } from '../errors.ts';
import { readTextFile } from '../host/text-file.ts';
import { shorten } from '../protocols/irc-text.ts';
import { parseOrigin } from '../stream/http-origin.ts';
import { printable } from '../stream/printable.ts';
import { type AuditLog, NO_AUDIT, openAuditLog } from './chat/audit.ts';
import { parseFlood } from './chat/flood.ts';
import { House } from './chat/house.ts';
import { ROOM_OPTIONS } from './chat/room-options.ts';
import { serveChat, serveWebChat } from './chat/session.ts';
import { defineService } from './service.ts';

/** What a client may say where nobody chose. */
const DEFAULT_FLOOD = '10/5s';
/** The longest message of the day, and its longest line, in bytes. */
const MAX_MOTD_BYTES = 65_536;
const MAX_MOTD_LINE_BYTES = 400;

/** The chat service. */
export const chat = defineService({
  name: 'chat',
  summary: 'Lets people talk in rooms: plain lines (nc), IRC clients and browsers on one port',
  port: 6_667,
  options: {
    ...ROOM_OPTIONS,
    'web-port': {
      type: 'port',
      describe: 'listen there too: browsers refuse to open 6667, so the chat page needs another port',
    },
    'web-origin': {
      type: 'list',
      placeholder: 'URL',
      describe: 'let the chat be asked for by this name, and its pages in: what a proxy before it shows; * is any',
    },
    history: {
      type: 'integer',
      default: '200',
      min: 0,
      max: 10_000,
      placeholder: 'N',
      describe: 'messages that a room remembers for newcomers; 0 is none',
    },
    password: { type: 'text', describe: 'let in only who knows it' },
    'operator-password': {
      type: 'text',
      placeholder: 'PASSWORD',
      describe: 'who knows it may become operator (/oper)',
    },
    flood: {
      type: 'text',
      placeholder: 'BURST/PERIOD',
      describe: `how much a client may say (${DEFAULT_FLOOD}, not for this machine); it waits then, and loses nothing`,
    },
    'ping-timeout': {
      type: 'duration',
      default: '2m',
      min: 100,
      describe: 'a client that does not answer for this long is gone',
    },
    motd: { type: 'path', placeholder: 'FILE', describe: 'the message of the day, for IRC clients' },
    'audit-log': { type: 'path', placeholder: 'FILE', describe: 'add who comes, goes and moves to this file, as JSON' },
  },
  async setup(options, server): Promise<House> {
    const rules = {
      floor: options.halfDuplex ? (options.floor as 'turns' | 'hold') : undefined,
      floorTimeoutMs: options.floorTimeout,
      capacity: options.capacity ?? Number.POSITIVE_INFINITY,
      history: options.history,
      flood: parseFlood(options.flood ?? DEFAULT_FLOOD),
      floodIsForAll: options.flood !== undefined,
      password: options.password,
      operatorPassword: options.operatorPassword,
      motd: options.motd === undefined ? undefined : readMotd(options.motd),
      pingTimeoutMs: options.pingTimeout,
      webOrigins: options.webOrigin.map(readOrigin),
    };
    const onTrouble = (reason: string): void => server.note(`the audit log misses something: ${reason}`);
    const { auditLog } = options;
    const audit: AuditLog = auditLog === undefined ? NO_AUDIT : await openAuditLog(auditLog, onTrouble);
    return new House(rules, audit, server.signal);
  },
  close: ({ audit }) => audit.close(),
  faces: [{ name: 'web', option: 'web-port', session: serveWebChat }],
  session: serveChat,
});

function readOrigin(text: string): string {
  const origin = parseOrigin(text);
  if (origin !== undefined) return origin;
  throw usageError(`option --web-origin ${JSON.stringify(text)}`, 'not an origin', 'https://chat.example.com');
}

/** The lines of a file, as clients can show them. */
function readMotd(path: string): string[] {
  const lines = readTextFile(path, MAX_MOTD_BYTES).trimEnd().split('\n');
  return lines.map((line) => shorten(printable(line.replace(/\r$/, '')), MAX_MOTD_LINE_BYTES));
}
