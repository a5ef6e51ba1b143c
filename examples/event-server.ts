/** Example 16.7 (tsTservTW): the event-driven timestamp server; the framework calls back when something happens. */

import { defineService, eventSession, formatEndpoint, parsePort, serve } from '../src/index.ts';

const [host = '127.0.0.1', port = '21567'] = process.argv.slice(2);

const timestamp = defineService({
  name: 'timestamp',
  summary: 'Says what comes back with the time in front',
  port: 21_567,
  session: eventSession({
    connected: (conn) => console.log(`...connected from: ${conn.peer.host}`),
    data: (conn, chunk) => conn.write(`[${new Date().toString().slice(0, 24)}] ${chunk}`),
    lost: (conn) => conn.end(),
    failed: (error) => console.log(`...failed: ${error.message}`),
  }),
});

const server = await serve(timestamp, { endpoints: [{ scheme: 'tcp', host, port: parsePort(port), path: '' }] });
console.log(`listening on ${server.endpoints.map(formatEndpoint).join(' ')}`);
process.once('SIGINT', () => server.drain());
