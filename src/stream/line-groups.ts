/** Lines out of a byte stream as they come, all that one read completes at once: for whoever answers very many. */

import type { Readable } from 'node:stream';
import { LineSplitter, type ReadLinesOptions } from './lines.ts';

/** Reads a stream by groups of lines. It listens until it is closed, so that a line costs no listeners of its own. */
export class LineGroups {
  readonly #stream: Readable;
  readonly #signal: AbortSignal | undefined;
  readonly #splitter: LineSplitter;
  #wake: (() => void) | undefined;
  #failure: unknown;
  #isOver = false;

  /** @param options as of `readLines`, but that there is no waiting for silence */
  constructor(stream: Readable, { signal, maxLength }: Omit<ReadLinesOptions, 'unframedAfterMs'> = {}) {
    this.#stream = stream;
    this.#signal = signal;
    this.#splitter = new LineSplitter(maxLength);
    for (const event of EVENTS) stream.on(event, this.#onEvent);
    signal?.addEventListener('abort', this.#onEvent);
  }

  /**
   * The next lines, as UTF-8 text without line ends; undefined at the end of the stream, or when the signal has aborted and
   * nothing is there to be read.
   *
   * @throws NettkError `TOO_LONG` past the maximum, after the lines before it; the stream's own error when it fails
   */
  async next(): Promise<readonly string[] | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isOver) return undefined;
      const lines = this.#take();
      if (lines.length > 0) return lines;
      if (this.#failure !== undefined || this.#isOver) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Listens no more. The stream stays open. */
  close(): void {
    for (const event of EVENTS) this.#stream.off(event, this.#onEvent);
    this.#signal?.removeEventListener('abort', this.#onEvent);
  }

  readonly #onEvent = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  };

  /** Reads until there are lines, or nothing is left: only then does a stream tell that there is more. */
  #take(): readonly string[] {
    for (let chunk = this.#stream.read(); chunk !== null && chunk !== undefined; chunk = this.#stream.read()) {
      const lines = this.#split(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      if (lines.length > 0 || this.#failure !== undefined) return lines;
    }
    return this.#rest();
  }

  #split(bytes: Buffer): readonly string[] {
    const lines: string[] = [];
    try {
      for (const line of this.#splitter.push(bytes)) lines.push(line.bytes.toString('utf8'));
    } catch (error) {
      this.#failure = error;
    }
    return lines;
  }

  /** Nothing is left to be read: is it over? */
  #rest(): readonly string[] {
    const { errored, readableEnded, destroyed } = this.#stream;
    if (errored) this.#failure = errored;
    else if (readableEnded || destroyed) {
      this.#isOver = true;
      const rest = this.#splitter.flush();
      if (rest) return [rest.bytes.toString('utf8')];
    } else if (this.#signal?.aborted) this.#isOver = true;
    return [];
  }
}

const EVENTS = ['readable', 'end', 'close', 'error'] as const;
