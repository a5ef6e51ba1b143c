/** Example 16.6 (tsTclntSS): the client of the request-handler server; a new connection for each message typed. */

import { dial, parsePort, readAll, readLines } from '../src/index.ts';

const ANSWER_LIMITS = { maxBytes: 65_536, timeoutMs: 10_000 };

const [host = '127.0.0.1', port = '21567'] = process.argv.slice(2);
const prompt = (): unknown => process.stdin.isTTY && process.stdout.write('> ');

prompt();
for await (const message of readLines(process.stdin)) {
  if (message === '') break;
  const conn = await dial({ scheme: 'tcp', host, port: parsePort(port), path: '' });
  conn.end(`${message}\r\n`);
  process.stdout.write(await readAll(conn, ANSWER_LIMITS));
  prompt();
}
process.stdin.destroy();
