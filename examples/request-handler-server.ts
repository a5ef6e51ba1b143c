/** Example 16.5 (tsTservSS): the request-handler timestamp server; one request, one answer, one connection. */

import { defineService, formatEndpoint, parsePort, readLines, serve } from '../src/index.ts';

const [host = '127.0.0.1', port = '21567'] = process.argv.slice(2);

const timestamp = defineService({
  name: 'timestamp',
  summary: 'Says one line back with the time in front, then closes',
  port: 21_567,
  // The handler is called for each connection, all in parallel; when it returns, the connection is closed.
  async session(conn) {
    for await (const line of readLines(conn, { unframedAfterMs: 100 })) {
      conn.write(`[${new Date().toString().slice(0, 24)}] ${line}\n`);
      return;
    }
  },
});

const server = await serve(timestamp, { endpoints: [{ scheme: 'tcp', host, port: parsePort(port), path: '' }] });
console.log(`listening on ${server.endpoints.map(formatEndpoint).join(' ')}`);
process.once('SIGINT', () => server.drain());
