/** Reads everything and says nothing (RFC 863). */

import { finished } from 'node:stream/promises';
import { defineService } from './service.ts';

/** The discard service. */
export const discard = defineService({
  name: 'discard',
  summary: 'Reads everything and says nothing (RFC 863)',
  port: 9,
  async session(conn, { signal }) {
    conn.resume();
    await finished(conn, { writable: false, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  },
  datagram: () => undefined,
});
