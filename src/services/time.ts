/** Tells the time as seconds since 1900, then closes (RFC 868). */

import { encodeTime } from '../protocols/time.ts';
import { defineService } from './service.ts';

/** The time service. */
export const time = defineService({
  name: 'time',
  summary: 'Tells the time for programs: seconds since 1900 (RFC 868)',
  port: 37,
  session(conn) {
    conn.end(encodeTime(Date.now()));
  },
  datagram: () => encodeTime(Date.now()),
});
