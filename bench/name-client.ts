/** What the benches of the name server share: answers of the line face counted without being decoded. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { readLines } from '../src/stream/lines.ts';

/** Services that lookups are of, and registrations. */
export const SERVICES = 1_000;

/** The name of one of them. */
export const serviceName = (number: number): string => `service-${number}`;

const END = Buffer.from('\n.\n');
const ERROR = Buffer.from('error: ');

/** Counts answers, which end with a line that is a dot, in bytes cut anywhere; none is empty here. */
export class AnswerCounter {
  /** How many of them were errors, as far as they are not cut. */
  errors = 0;
  /** How much of the end of an answer was the end of the last chunk, in bytes. */
  #begun = 0;

  /** Takes bytes; returns how many answers they end. */
  take(chunk: Buffer): number {
    if (chunk.includes(ERROR)) this.errors += 1;
    let count = 0;
    let from = 0;
    if (this.#begun > 0 && END.subarray(this.#begun).equals(chunk.subarray(0, END.length - this.#begun))) {
      count += 1;
      from = END.length - this.#begun;
    }
    for (let at = chunk.indexOf(END, from); at !== -1; at = chunk.indexOf(END, at + END.length)) count += 1;
    this.#begun = [2, 1].find((length) => chunk.subarray(-length).equals(END.subarray(0, length))) ?? 0;
    return count;
  }
}

/** The value that so large a part of sorted values is not above. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Sends many commands over one connection, and waits for all answers; throws where one is an error. */
export async function askAll(port: number, commands: Iterable<string>): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const counter = new AnswerCounter();
  let asked = 0;
  let answered = 0;
  let wake = (): void => {};
  socket.on('data', (chunk: Buffer) => {
    answered += counter.take(chunk);
    wake();
  });
  const until = async (isEnough: () => boolean): Promise<void> => {
    while (!isEnough()) await new Promise<void>((resolve) => (wake = resolve));
  };
  for (const command of commands) {
    socket.write(`${command}\n`);
    asked += 1;
    if (asked - answered >= MAX_ASKED) await until(() => asked - answered < MAX_ASKED / 2);
  }
  await until(() => answered === asked);
  socket.destroy();
  if (counter.errors > 0) throw new Error('the name server refused something');
}

/** Commands on their way at most. */
const MAX_ASKED = 1_024;

/** Sends one command; the lines of its answer. */
export async function askOne(port: number, command: string): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${command}\n`);
  const lines: string[] = [];
  for await (const line of readLines(socket)) {
    if (line === '.') break;
    lines.push(line);
  }
  socket.destroy();
  return lines;
}
