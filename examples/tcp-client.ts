/** Example 16.2 (tsTclnt): the TCP timestamp client; sends what is typed over one connection until an empty line. */

import { dial, parsePort, readLines } from '../src/index.ts';

const [host = '127.0.0.1', port = '21567'] = process.argv.slice(2);
const prompt = (): unknown => process.stdin.isTTY && process.stdout.write('> ');

const conn = await dial({ scheme: 'tcp', host, port: parsePort(port), path: '' });
const answers = readLines(conn);
prompt();
for await (const message of readLines(process.stdin)) {
  if (message === '') break;
  conn.write(`${message}\n`);
  const answer = await answers.next();
  if (answer.done) break;
  console.log(answer.value);
  prompt();
}
conn.destroy();
process.stdin.destroy();
