/**
 * Standard input and output lent to one conversation as a stream: it ends and breaks, they stay. What was read and not
 * taken goes back.
 */

import { Duplex, type Readable, type Writable } from 'node:stream';
import { wrapSystemError } from '../errors.ts';

/** Lends an input and an output; both have their error listeners elsewhere. */
export class Lease extends Duplex {
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #patienceMs: number;
  #attached = false;
  #news = false;
  #patience: NodeJS.Timeout | undefined;

  /**
   * @param patienceMs after the other side's end, an input that was silent for this long has nothing more to say; it goes
   *   on being sent as long as it keeps coming
   */
  constructor(input: Readable, output: Writable, patienceMs: number) {
    super();
    this.#input = input;
    this.#output = output;
    this.#patienceMs = patienceMs;
  }

  override _read(): void {
    if (!this.#attached) this.#attach();
    this.#input.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#output.write(chunk, (error) => done(error));
  }

  override _final(done: () => void): void {
    done();
    this.#patience = setInterval(() => {
      if (!this.#news && this.readableLength === 0) this.#end();
      this.#news = false;
    }, this.#patienceMs);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#detach();
    this.#input.pause();
    const unread: Buffer[] = [];
    for (let chunk = this.read() as Buffer | null; chunk !== null; chunk = this.read() as Buffer | null)
      unread.push(chunk);
    if (unread.length > 0 && !this.#input.readableEnded) this.#input.unshift(Buffer.concat(unread));
    done(error);
  }

  #attach(): void {
    this.#attached = true;
    this.#input.on('data', this.#onData).on('end', this.#end).on('error', this.#onError);
    if (this.#input.readableEnded) this.#end();
    if (this.#input.errored) this.#onError(this.#input.errored);
  }

  #detach(): void {
    clearInterval(this.#patience);
    this.#input.off('data', this.#onData).off('end', this.#end).off('error', this.#onError);
  }

  #onData = (chunk: Buffer): void => {
    this.#news = true;
    if (!this.push(chunk)) this.#input.pause();
  };

  #onError = (error: Error): void => {
    this.destroy(wrapSystemError(error, 'read standard input'));
  };

  #end = (): void => {
    this.#detach();
    this.#input.pause();
    this.push(null);
  };
}
