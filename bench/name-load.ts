/**
 * A program: clients of the line face of the name server at PORT ask for SECONDS; prints as JSON how many answers came and
 * how long they took. Arguments: PORT WHAT CLIENTS IN-FLIGHT SECONDS; WHAT is `register`, or `lookup`, of one of the
 * services that `name-fill.ts` registered.
 */

import { connect } from 'node:net';
import { AnswerCounter, quantile, SERVICES, serviceName } from './name-client.ts';

/** What it found. */
export interface NameLoad {
  readonly answers: number;
  readonly errors: number;
  readonly seconds: number;
  /** Milliseconds from asking to the answer. */
  readonly p50: number;
  readonly p99: number;
}

/** Times kept at most: enough for the p99, little beside the work. */
const MAX_TIMES = 1_000_000;

const [port, clients, inFlight, seconds] = [2, 4, 5, 6].map((place) => Number(process.argv[place])) as [
  number,
  number,
  number,
  number,
];
const what = process.argv[3];

let isOver = false;
let answers = 0;
let errors = 0;
let next = 0;
const times: number[] = [];

/** The next thing to ask; registrations are of as many services as lookups, each of an instance of its own. */
function question(): string {
  next += 1;
  const name = serviceName(next % SERVICES);
  if (what === 'lookup') return `lookup ${name}\n`;
  return `register ${name} 127.0.0.1:${1 + (next % 65_000)} id=${process.pid}-${next} check=none\n`;
}

async function client(): Promise<void> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  const asked: number[] = [];
  const counter = new AnswerCounter();
  const ask = (count: number): void => {
    const now = performance.now();
    let text = '';
    for (let i = 0; i < count; i += 1) {
      text += question();
      asked.push(now);
    }
    if (text !== '') socket.write(text);
  };
  await new Promise<void>((done, failed) => {
    socket.on('error', failed).on('connect', () => ask(inFlight));
    socket.on('data', (chunk: Buffer) => {
      const count = counter.take(chunk);
      const now = performance.now();
      for (const begun of asked.splice(0, count)) if (times.length < MAX_TIMES) times.push(now - begun);
      answers += count;
      if (!isOver) ask(count);
      else if (asked.length === 0) done();
    });
  });
  errors += counter.errors;
  socket.destroy();
}

const begun = performance.now();
setTimeout(() => {
  isOver = true;
}, seconds * 1_000);
await Promise.all(Array.from({ length: clients }, client));
const took = (performance.now() - begun) / 1_000;
times.sort((a, b) => a - b);
const found: NameLoad = { answers, errors, seconds: took, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
console.log(JSON.stringify(found));
