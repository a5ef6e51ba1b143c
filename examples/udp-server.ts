/** Example 16.3 (tsUserv): the UDP timestamp server; answers each datagram with the time in front. */

import { defineService, formatEndpoint, parsePort, serve } from '../src/index.ts';

const [host = '127.0.0.1', port = '21567'] = process.argv.slice(2);

const timestamp = defineService({
  name: 'timestamp',
  summary: 'Says each datagram back with the time in front',
  port: 21_567,
  datagram: (message) => Buffer.concat([Buffer.from(`[${new Date().toString().slice(0, 24)}] `), message]),
});

const server = await serve(timestamp, { endpoints: [{ scheme: 'udp', host, port: parsePort(port), path: '' }] });
console.log(`listening on ${server.endpoints.map(formatEndpoint).join(' ')}`);
process.once('SIGINT', () => server.drain());
