/** One speaker, many readers, for some time: how many messages arrive. Prints JSON. */

import { setTimeout as delay } from 'node:timers/promises';
import { type ChatWay, countOf, joinChat, speech } from './chat-client.ts';

/** What it found. */
export interface FanOut {
  /** Messages that every reader got, times readers. */
  readonly deliveries: number;
  /** Those of them that say who spoke: ncat's --chat puts the name before what it reads at once, which may be many lines. */
  readonly named: number;
  readonly seconds: number;
  /** Readers that were thrown out. */
  readonly lost: number;
}

const LF = Buffer.from('\n');
const TEXT_BYTES = 60;
/** The speaker is ahead of the slowest reader by so many messages at most: less than ngIRCd's write buffer of 32 KiB. */
const WINDOW = 250;
const BURST = 50;
const SETTLE_MS = 300;

const [port, readers, ms] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const way = process.argv[5] as ChatWay;

const NAME = Buffer.from(way === 'ncat' ? '<user' : ' PRIVMSG ');
let named = 0;
const got = new Array<number>(readers).fill(0);
let lost = 0;
let wake = (): void => {};
for (let i = 0; i < readers; i += 1) {
  const socket = await joinChat(port, `reader${i}`, way);
  socket.on('close', () => {
    lost += 1;
    got[i] = Number.POSITIVE_INFINITY;
  });
  socket.on('data', (chunk: Buffer) => {
    got[i] = (got[i] as number) + countOf(chunk, LF);
    if (i === 0) named += countOf(chunk, NAME);
    wake();
  });
  socket.resume();
}
const speaker = await joinChat(port, 'speaker', way);
speaker.resume();
// Until everybody has heard of everybody who came.
await delay(SETTLE_MS);
got.fill(0);
named = 0;

const line = `${speech(way, 'x'.repeat(TEXT_BYTES))}\n`;
const begin = performance.now();
let sent = 0;
while (performance.now() - begin < ms && lost < readers) {
  const slowest = Math.min(...got);
  if (sent - slowest > WINDOW - BURST) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    continue;
  }
  speaker.write(line.repeat(BURST));
  sent += BURST;
}
const seconds = (performance.now() - begin) / 1_000;
const deliveries = Math.min(...got) * readers;
const found: FanOut = {
  deliveries: Number.isFinite(deliveries) ? deliveries : 0,
  named: named * readers,
  seconds,
  lost,
};
console.log(JSON.stringify(found));
process.exit(0);
