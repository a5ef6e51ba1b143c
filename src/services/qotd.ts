/** Tells a quote of the day, then closes (RFC 865): short, so that a datagram can carry it. */

import { defineService } from './service.ts';

/** All under 512 characters (RFC 865); the day picks one. */
const QUOTES = [
  'Be conservative in what you do, be liberal in what you accept from others. - Jon Postel',
  'A distributed system is one in which the failure of a computer you did not even know existed can render your own' +
    ' computer unusable. - Leslie Lamport',
  'Simplicity is prerequisite for reliability. - Edsger W. Dijkstra',
  'The network is reliable: the first fallacy of distributed computing. - L Peter Deutsch',
  'We reject kings, presidents and voting. We believe in rough consensus and running code. - David Clark',
  'Premature optimization is the root of all evil. - Donald Knuth',
  'It is always possible to add another level of indirection. - RFC 1925',
];
const DAY_MS = 86_400_000;

const quote = (): Buffer => Buffer.from(`${QUOTES[Math.floor(Date.now() / DAY_MS) % QUOTES.length]}\r\n`);

/** The quote of the day service. */
export const qotd = defineService({
  name: 'qotd',
  summary: 'Tells a quote of the day (RFC 865)',
  port: 17,
  session(conn) {
    conn.end(quote());
  },
  datagram: quote,
});
