/** Clients side by side over one pair of local streams: what any says is written, what is read goes to all. */

import { PassThrough, type Readable, Writable } from 'node:stream';
import type { Conn } from '../net/conn.ts';
import { type ConverseOptions, converse } from './converse.ts';
import type { Host } from './listen.ts';

/** Joins every client to the same input and output. */
export class Crowd implements Host {
  readonly #options: Omit<ConverseOptions, 'signal'>;
  readonly #input: Readable | undefined;
  readonly #members = new Set<PassThrough>();
  readonly #outputLost = Promise.withResolvers<void>();

  constructor(options: Omit<ConverseOptions, 'signal'>) {
    this.#options = options;
    this.#input = options.recvOnly ? undefined : options.input;
    this.#input?.on('data', (chunk: Buffer) => this.#tellAll(chunk)).pause();
    options.output?.on('error', () => this.#outputLost.resolve());
  }

  get over(): Promise<void> {
    return this.#outputLost.promise;
  }

  async talk(conn: Conn, signal: AbortSignal): Promise<number> {
    const input = new PassThrough();
    const { output } = this.#options;
    this.#members.add(input);
    this.#input?.resume();
    try {
      await converse(conn, {
        ...this.#options,
        input: this.#input && input,
        output: output && sharedOutput(output),
        signal,
      });
      return 0;
    } finally {
      this.#members.delete(input);
      input.destroy();
      // Nobody to hear it: the input waits for the next client.
      if (this.#members.size === 0) this.#input?.pause();
    }
  }

  finish(): void {
    this.#input?.pause();
    for (const input of this.#members) input.end();
  }

  /** Everybody gets the chunk; the input waits for those that are slow. */
  #tellAll(chunk: Buffer): void {
    const slow = [...this.#members].filter((member) => !member.write(chunk));
    if (slow.length === 0) return;
    this.#input?.pause();
    let waiting = slow.length;
    const onRoom = (): void => {
      waiting -= 1;
      if (waiting === 0 && this.#members.size > 0) this.#input?.resume();
    };
    for (const member of slow) onceEither(member, onRoom);
  }
}

/** Calls back once, at `drain` or `close`. */
function onceEither(stream: Writable, call: () => void): void {
  const settle = (): void => {
    stream.off('drain', settle).off('close', settle);
    call();
  };
  stream.on('drain', settle).on('close', settle);
}

/** A client's own way into an output that outlives it. */
function sharedOutput(output: Writable): Writable {
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      output.write(chunk, (error) => done(error));
    },
  });
}
