/** Tells the date and time as a person reads it, then closes (RFC 867). */

import { formatCtime } from '../protocols/ctime.ts';
import { defineService } from './service.ts';

const answer = (): Buffer => Buffer.from(`${formatCtime(new Date())}\r\n`);

/** The daytime service. */
export const daytime = defineService({
  name: 'daytime',
  summary: 'Tells the date and time for people (RFC 867)',
  port: 13,
  session(conn) {
    conn.end(answer());
  },
  datagram: answer,
});
