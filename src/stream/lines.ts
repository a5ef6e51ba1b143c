/**
 * Lines out of a byte stream, cut anywhere: only LF ends a line (a CR before it belongs to the end), never U+2028,
 * never a lone CR; and no line grows past a maximum.
 */

import type { Readable } from 'node:stream';
import { NettkError } from '../errors.ts';
import { nextChunk } from './next-chunk.ts';

/** The longest line accepted where the caller names no other limit, in bytes without its end. */
export const MAX_LINE_BYTES = 65_536;

const LF = 0x0a;
const CR = 0x0d;

/** One line as it came. */
export interface Line {
  /** Its bytes without the end. */
  readonly bytes: Buffer;
  /** How it ended; empty where the stream ended, or went quiet, without a line end. */
  readonly ending: '\n' | '\r\n' | '';
  /** It passed the maximum and was dropped, where that is asked for; its bytes are empty then, and its end is told as LF. */
  readonly isTooLong?: true;
}

/** Splits bytes into lines; a codec's decoding half, without any I/O. */
export class LineSplitter {
  readonly #max: number;
  readonly #skips: boolean;
  #parts: Buffer[] = [];
  #length = 0;
  #isSkipping = false;

  /**
   * @param maxLength longest line in bytes, its end not counted
   * @param onLong what becomes of a longer one: an error, or a line marked `isTooLong` without its bytes
   */
  constructor(maxLength: number = MAX_LINE_BYTES, onLong: 'refuse' | 'skip' = 'refuse') {
    this.#max = maxLength;
    this.#skips = onLong === 'skip';
  }

  /** How many bytes wait for their line end. */
  get pending(): number {
    return this.#length;
  }

  /**
   * Takes the next bytes, cut anywhere, and yields the lines they complete. Iterate it to its end: bytes not reached are
   * not kept.
   *
   * @throws NettkError `TOO_LONG` when a line passes the maximum, after the lines before it were yielded
   */
  *push(chunk: Buffer): Generator<Line, void> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      yield this.#complete(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** Takes what is left without a line end, if anything is. */
  flush(): Line | undefined {
    if (this.#isSkipping || (this.#skips && this.#length > this.#max)) return this.#skipped('');
    return this.#length === 0 ? undefined : { bytes: this.#take(), ending: '' };
  }

  #keep(rest: Buffer): void {
    if (this.#isSkipping) return;
    this.#parts.push(rest);
    this.#length += rest.length;
    // One byte more than the maximum may still be the CR of the line's end.
    if (this.#length <= this.#max + 1) return;
    if (!this.#skips) this.#refuse();
    this.#isSkipping = true;
    this.#take();
  }

  #complete(last: Buffer): Line {
    this.#keep(last);
    if (this.#isSkipping) return this.#skipped('\n');
    const bytes = this.#take();
    const ending = bytes.at(-1) === CR ? '\r\n' : '\n';
    const line = ending === '\n' ? bytes : bytes.subarray(0, -1);
    if (line.length > this.#max) return this.#skips ? this.#skipped(ending) : this.#refuse();
    return { bytes: line, ending };
  }

  #skipped(ending: Line['ending']): Line {
    if (!this.#skips) this.#refuse();
    this.#isSkipping = false;
    this.#take();
    return { bytes: Buffer.alloc(0), ending, isTooLong: true };
  }

  #take(): Buffer {
    const whole = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    return whole;
  }

  #refuse(): never {
    throw new NettkError({
      code: 'TOO_LONG',
      action: 'read a line',
      reason: `longer than ${this.#max} bytes without a line end`,
    });
  }
}

/** How lines are read. */
export interface ReadLinesOptions {
  /** Longest line in bytes, its end not counted; `MAX_LINE_BYTES` by default. */
  readonly maxLength?: number;
  /** Bytes left without a line end for this long, in milliseconds, come out as a line of their own; 0 is never. */
  readonly unframedAfterMs?: number;
  /** Ends the reading between two lines, as if the stream had ended there. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a stream line by line, as bytes with their line ends. Leaves the stream open when it returns, so that an answer
 * can still be written: iterating a socket itself would destroy it.
 *
 * @throws NettkError `TOO_LONG` past the maximum; the stream's own error when it fails
 */
export async function* readRawLines(stream: Readable, options: ReadLinesOptions = {}): AsyncGenerator<Line, void> {
  const splitter = new LineSplitter(options.maxLength);
  for (;;) {
    const quietMs = splitter.pending > 0 ? (options.unframedAfterMs ?? 0) : 0;
    const event = await nextChunk(stream, quietMs, options.signal);
    if (event === 'stop') return;
    if (event === 'end' || event === 'quiet') {
      const rest = splitter.flush();
      if (rest) yield rest;
      if (event === 'end') return;
      continue;
    }
    yield* splitter.push(event);
  }
}

/**
 * Reads a stream line by line as UTF-8 text without line ends; see `readRawLines`.
 *
 * @example for await (const line of readLines(conn)) conn.write(`you said ${line}\n`);
 */
export async function* readLines(stream: Readable, options: ReadLinesOptions = {}): AsyncGenerator<string, void> {
  for await (const line of readRawLines(stream, options)) yield line.bytes.toString('utf8');
}
