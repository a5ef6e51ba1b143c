/** Three live readers, one that never reads, a speaker with many lines: who gets what. Prints JSON. */

import type { Socket } from 'node:net';
import { type ChatWay, joinChat, speech } from './chat-client.ts';

/** What it found. */
export interface SlowReader {
  /** Lines that each live reader got in order, from the first on. */
  readonly got: readonly number[];
  /** The stalled reader was sent away. */
  readonly stalledIsGone: boolean;
  readonly seconds: number;
}

const LIVE = 3;
const LINE_BYTES = 400;
const BURST = 50;
/** No line for so long is the end, in milliseconds. */
const QUIET_MS = 10_000;

const [port, lines] = process.argv.slice(2, 4).map(Number) as [number, number];
const way = process.argv[4] as ChatWay;
const MARK = 'line-';

const stalled = await joinChat(port, 'stalled', way);
const live = await Promise.all(Array.from({ length: LIVE }, (_, i) => joinChat(port, `live${i}`, way)));
const speaker = await joinChat(port, 'speaker', way);
speaker.resume();

const begin = performance.now();
let last = begin;
const got = live.map(() => 0);
const over = Promise.withResolvers<void>();
let open = LIVE;
const closed = (): void => {
  open -= 1;
  if (open === 0) over.resolve();
};
const check = (): void => {
  last = performance.now();
  if (got.every((count) => count === lines)) over.resolve();
};
live.forEach((socket, i) => {
  listen(socket, i);
});
setInterval(() => performance.now() - last > QUIET_MS && over.resolve(), 100);
void speak();
await over.promise;
const seconds = (last - begin) / 1_000;
console.log(JSON.stringify({ got, stalledIsGone: await isGone(stalled), seconds } satisfies SlowReader));
process.exit(0);

/** Counts the lines that come in their order; the first that is missing ends the count. */
function listen(socket: Socket, i: number): void {
  let rest = '';
  socket.on('close', closed).on('data', (chunk) => {
    const text = (rest + chunk.toString('latin1')).split('\n');
    rest = text.pop() ?? '';
    for (const line of text) {
      const at = line.indexOf(MARK);
      if (at !== -1 && Number.parseInt(line.slice(at + MARK.length), 10) === got[i]) got[i] = (got[i] ?? 0) + 1;
    }
    check();
  });
  socket.resume();
}

async function speak(): Promise<void> {
  for (let sent = 0; sent < lines; ) {
    let burst = '';
    for (let i = 0; i < BURST && sent < lines; i += 1, sent += 1) burst += lineOf(sent);
    if (!speaker.write(burst)) await new Promise((resolve) => speaker.once('drain', resolve));
  }
}

function lineOf(number: number): string {
  return `${speech(way, `${MARK}${number} `).padEnd(LINE_BYTES - 1, 'x')}\n`;
}

/** Reads what is left for it, and sees whether there is an end behind it. */
function isGone(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(false), 1_000);
    socket.on('close', () => resolve(true)).resume();
    socket.on('data', () => limit.refresh());
  });
}
