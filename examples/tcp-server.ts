/** Example 16.1 (tsTserv): the TCP timestamp server, one client at a time; says each message back, the time in front. */

import { defineService, formatEndpoint, parsePort, readLines, serve } from '../src/index.ts';

const [host = '127.0.0.1', port = '21567'] = process.argv.slice(2);
const now = (): string => new Date().toString().slice(0, 24);

const timestamp = defineService({
  name: 'timestamp',
  summary: 'Says each line back with the time in front',
  port: 21_567,
  concurrency: () => 1,
  async session(conn, { signal }) {
    // The chapter's own clients send no line end: what is silent for 100 ms counts as a message.
    for await (const line of readLines(conn, { signal, unframedAfterMs: 100 })) conn.write(`[${now()}] ${line}\n`);
  },
});

const server = await serve(timestamp, { endpoints: [{ scheme: 'tcp', host, port: parsePort(port), path: '' }] });
console.log(`listening on ${server.endpoints.map(formatEndpoint).join(' ')}`);
process.once('SIGINT', () => server.drain());
