/**
 * A program: asks the name server at PORT for one service every 5 ms for SECONDS, and prints as JSON how long the answers
 * took. Arguments: PORT SECONDS.
 */

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AnswerCounter, quantile, serviceName } from './name-client.ts';

/** How long answers took, in milliseconds. */
export interface Probed {
  readonly asked: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const PAUSE_MS = 5;

const [port, seconds] = [2, 3].map((place) => Number(process.argv[place])) as [number, number];
const socket = connect(port, '127.0.0.1').setNoDelay(true);
await once(socket, 'connect');
const counter = new AnswerCounter();
const times: number[] = [];
const end = performance.now() + seconds * 1_000;
for (let begun = performance.now(); begun < end; begun = performance.now()) {
  // A service that is not registered yet is answered too.
  socket.write(`lookup ${serviceName(0)}\n`);
  for (let count = 0; count === 0; ) count = counter.take(((await once(socket, 'data')) as [Buffer])[0]);
  times.push(performance.now() - begun);
  await delay(PAUSE_MS);
}
times.sort((a, b) => a - b);
const found: Probed = {
  asked: times.length,
  p50: quantile(times, 0.5),
  p99: quantile(times, 0.99),
  max: times.at(-1) ?? 0,
};
console.log(JSON.stringify(found));
process.exit(0);
