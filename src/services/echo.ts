/** Says everything back (RFC 862). */

import { pump } from '../stream/join.ts';
import { defineService } from './service.ts';

/** The echo service. */
export const echo = defineService({
  name: 'echo',
  summary: 'Says everything back (RFC 862)',
  port: 7,
  async session(conn, { signal }) {
    await pump(conn, conn, { signal });
  },
  datagram: (message) => message,
});
