/** Makes a chat server's state of its options. */

import type { OptionValues } from '../../cli/option.ts';
import { usageError } from '../../errors.ts';
import { readTextFile } from '../../host/text-file.ts';
import { shorten } from '../../protocols/irc-text.ts';
import { parseOrigin } from '../../stream/http-origin.ts';
import { printable } from '../../stream/printable.ts';
import type { chat } from '../chat.ts';
import type { ServerContext } from '../service.ts';
import { type AuditLog, NO_AUDIT, openAuditLog } from './audit.ts';
import { parseFlood } from './flood.ts';
import { House } from './house.ts';

/** What a client may say where nobody chose. */
const DEFAULT_FLOOD = '10/5s';
/** The longest message of the day, and its longest line, in bytes. */
const MAX_MOTD_BYTES = 65_536;
const MAX_MOTD_LINE_BYTES = 400;

/** Opens what the options name. @throws NettkError where a value or a file cannot work */
export async function openHouse(
  options: OptionValues<NonNullable<(typeof chat)['options']>>,
  server: ServerContext,
): Promise<House> {
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
}

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
