/** Example 16.8 (tsTclntTW): the event-driven timestamp client; sends the next message when an answer has come. */

import { type Conn, dialEvents, parsePort, readLines } from '../src/index.ts';

const [host = '127.0.0.1', port = '21567'] = process.argv.slice(2);
const messages = readLines(process.stdin);

/** Sends the next line typed; an empty one, or none, is the end of the conversation. */
async function sendNext(conn: Conn): Promise<void> {
  if (process.stdin.isTTY) process.stdout.write('> ');
  const { value: message } = await messages.next();
  if (message) conn.write(message);
  else conn.end();
}

const endpoint = { scheme: 'tcp', host, port: parsePort(port), path: '' } as const;
await dialEvents(endpoint, {
  connected: sendNext,
  data(conn, answer) {
    console.log(answer.toString());
    return sendNext(conn);
  },
  lost: (conn) => conn.end(),
  failed(error) {
    console.error(error.message);
    process.exitCode = 1;
  },
});
process.stdin.destroy();
