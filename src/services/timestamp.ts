/** The chapter's timestamp server: says each message back with the time in front. */

import { formatCtime } from '../protocols/ctime.ts';
import { drained } from '../stream/drained.ts';
import { type Line, readRawLines } from '../stream/lines.ts';
import { defineService } from './service.ts';

const stamp = (message: Uint8Array, ending = ''): Buffer =>
  Buffer.concat([Buffer.from(`[${formatCtime(new Date())}] `), message, Buffer.from(ending)]);

const stampLine = (line: Line): Buffer => stamp(line.bytes, line.ending);

/** The timestamp service. */
export const timestamp = defineService({
  name: 'timestamp',
  summary: 'Says each line or datagram back with the time in front: [Mon Nov 23 03:04:30 2026] line',
  port: 21_567,
  options: {
    once: { type: 'flag', describe: 'close after one answer, as a request handler does' },
    serial: { type: 'flag', describe: 'serve one client at a time; the others wait in line' },
    'unframed-after': {
      type: 'duration',
      default: '100ms',
      describe: 'answer bytes left without a line end for this long as one message; 0 is never',
    },
  },
  concurrency: (options) => (options.serial ? 1 : Number.POSITIVE_INFINITY),
  async session(conn, { options, signal }) {
    const lines = readRawLines(conn, { signal, unframedAfterMs: options.unframedAfter });
    for await (const line of lines) {
      conn.write(stampLine(line));
      await drained(conn);
      if (options.once) return;
    }
  },
  datagram: (message) => stamp(message),
});
