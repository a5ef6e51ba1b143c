/** Example 16.4 (tsUclnt): the UDP timestamp client; sends what is typed, a datagram each, until an empty line. */

import { once } from 'node:events';
import { dial, parsePort, readLines } from '../src/index.ts';

/** A datagram may be lost, and then its answer never comes. */
const ANSWER_TIMEOUT_MS = 5_000;

const [host = '127.0.0.1', port = '21567'] = process.argv.slice(2);
const prompt = (): unknown => process.stdin.isTTY && process.stdout.write('> ');

const conn = await dial({ scheme: 'udp', host, port: parsePort(port), path: '' });
prompt();
for await (const message of readLines(process.stdin)) {
  if (message === '') break;
  conn.write(message);
  const [answer] = await once(conn, 'data', { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  console.log(answer.toString());
  prompt();
}
conn.destroy();
process.stdin.destroy();
