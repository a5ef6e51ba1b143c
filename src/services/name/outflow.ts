/** Gathers what is said within one turn of the event loop into one write: thousands of short answers cost one call. */

import type { Writable } from 'node:stream';
import { drained } from '../../stream/drained.ts';

/** Text on its way to a stream. */
export class Outflow {
  readonly #stream: Writable;
  #text = '';
  #isPlanned = false;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** How much waits for a peer that does not read, in characters and bytes. */
  get waiting(): number {
    return this.#text.length + this.#stream.writableLength;
  }

  /** Says something after what was said before. */
  push(text: string): void {
    this.#text += text;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    process.nextTick(() => this.flush());
  }

  /** Resolves when the peer has read most of what waits, or the stream is closed. */
  drained(): Promise<void> {
    this.flush();
    return drained(this.#stream);
  }

  /** Hands over what was said; to a stream that is closed, it is nothing. */
  flush(): void {
    this.#isPlanned = false;
    const text = this.#text;
    this.#text = '';
    if (text !== '' && this.#stream.writable) this.#stream.write(text);
  }
}
