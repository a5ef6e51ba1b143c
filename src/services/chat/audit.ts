/** Who came, went, and moved between rooms: a JSON object on a line each, which nothing a client sends can forge. */

import type { NettkError } from '../../errors.ts';
import { openLogFile } from '../../host/log-file.ts';
import { printableJson } from '../../stream/printable.ts';
import type { User } from './user.ts';

/** What is written down. */
export type AuditEvent = 'enter' | 'nick' | 'join' | 'part' | 'kick' | 'quit' | 'oper' | 'bad-password';

/** Where it is written. */
export interface AuditLog {
  /** Writes a line; never throws, never waits. */
  write(event: AuditEvent, user: Pick<User, 'nick' | 'host' | 'face'>, more?: Readonly<Record<string, string>>): void;
  /** Waits for what is being written, and lets go of the file. */
  close(): Promise<void>;
}

/** An audit log that keeps nothing. */
export const NO_AUDIT: AuditLog = { write: () => {}, close: () => Promise.resolve() };

/** What may wait for a slow disk, in bytes; past it lines are dropped and counted. */
const MAX_WAITING_BYTES = 1_048_576;

/**
 * Opens an audit log, which is added to. Where the disk is full the chat goes on; how many lines are missing is written once there is
 * room.
 *
 * @param onTrouble hears, once until it is over, that lines cannot be written, and why
 * @throws NettkError where the file cannot be opened
 */
export async function openAuditLog(path: string, onTrouble: (reason: string) => void): Promise<AuditLog> {
  const file = await openLogFile(path, true, true);
  let waiting = 0;
  let lost = 0;
  let isTold = false;
  let last: Promise<void> = Promise.resolve();
  /** @param count so many lines are missing without it */
  const put = (facts: Readonly<Record<string, unknown>>, count = 1): void => {
    const line = Buffer.from(`${printableJson({ time: new Date().toISOString(), ...facts })}\n`);
    waiting += line.length;
    last = file.write(line).then(
      () => {
        waiting -= line.length;
        isTold = false;
      },
      (error: NettkError) => {
        waiting -= line.length;
        lost += count;
        if (!isTold) onTrouble(error.message);
        isTold = true;
      },
    );
  };
  const tellLost = (): void => {
    if (lost === 0) return;
    put({ event: 'lost', count: lost }, lost);
    lost = 0;
  };
  return {
    write(event, { nick, host, face }, more = {}) {
      if (waiting > MAX_WAITING_BYTES) {
        lost += 1;
        return;
      }
      tellLost();
      put({ event, nick, address: host, face, ...more });
    },
    async close() {
      await last;
      tellLost();
      await file.close().catch((error: NettkError) => {
        if (!isTold) onTrouble(error.message);
      });
    },
  };
}
