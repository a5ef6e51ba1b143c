/** The client half of the name server's line face (name-line.ts), over any Duplex. */

import type { Duplex } from 'node:stream';
import { NettkError, wrapSystemError } from '../errors.ts';
import { inTime } from '../stream/in-time.ts';
import { readLines } from '../stream/lines.ts';
import { printable } from '../stream/printable.ts';
import { DotLinesDecoder } from './dot-lines.ts';
import { ERROR_MARK } from './name-line.ts';
import { parseRecord, type RecordLine } from './record-line.ts';

/** The longest line of an answer, in bytes: an instance with all its texts. */
const MAX_LINE_BYTES = 65_536;
/** As much of what a server says of a failure as an error needs, in characters. */
const MAX_REASON = 400;

/** How long to wait, and what breaks a wait off. */
export interface NameClientOptions {
  /** For each line of an answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Asks a name server, one command after the other. */
export class NameClient {
  readonly #stream: Duplex;
  readonly #options: NameClientOptions;
  readonly #lines: AsyncGenerator<string, void>;
  /** A line that is waited for already, and belongs to whoever reads next. */
  #ahead: Promise<IteratorResult<string, void>> | undefined;

  constructor(stream: Duplex, options: NameClientOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#lines = readLines(stream, { signal: options.signal, maxLength: MAX_LINE_BYTES });
  }

  /**
   * Sends a command, and waits for its whole answer.
   *
   * @throws NettkError `REFUSED` with the server's words, `NO_ANSWER`, `PROTOCOL`; the signal's reason
   */
  async ask(command: string): Promise<RecordLine[]> {
    const decoder = new DotLinesDecoder();
    this.#stream.write(`${command}\n`);
    for (;;) {
      const answer = decoder.push(await this.#next(this.#options.timeoutMs));
      if (answer) return readAnswer(answer);
    }
  }

  /**
   * Sends a command whose answer goes on until it is broken off, and yields its lines as they come. Ends where the server
   * ends it.
   *
   * @throws as `ask`
   */
  async *follow(command: string): AsyncGenerator<RecordLine, void> {
    this.#stream.write(`${command}\n`);
    for (;;) {
      const line = await this.#next(undefined);
      if (line === '.') return;
      const [record] = readAnswer([line.startsWith('.') ? line.slice(1) : line]);
      if (record) yield record;
    }
  }

  /** Resolves when the server ends the connection while nobody asks anything, or speaks unasked; or with the next answer. */
  async idle(): Promise<void> {
    this.#ahead ??= this.#lines.next();
    await this.#ahead.catch(() => {});
  }

  async #next(timeoutMs: number | undefined): Promise<string> {
    const { signal } = this.#options;
    try {
      const reading = this.#ahead ?? this.#lines.next();
      this.#ahead = undefined;
      const late = (): NettkError => noAnswer(`no answer within ${(timeoutMs ?? 0) / 1_000} s`);
      const next = await (timeoutMs === undefined ? reading : inTime(reading, timeoutMs, late));
      if (!next.done) return next.value;
    } catch (error) {
      signal.throwIfAborted();
      throw wrapSystemError(error, 'ask the name server');
    }
    signal.throwIfAborted();
    throw noAnswer('it closed the connection');
  }
}

function readAnswer(lines: readonly string[]): RecordLine[] {
  const [first] = lines;
  if (lines.length === 1 && first?.startsWith(ERROR_MARK)) throw refusal(first.slice(ERROR_MARK.length));
  return lines.map(parseRecord);
}

/** The server's own words, `WHAT: WHY; try HINT`. */
function refusal(words: string): NettkError {
  const text = printable(words.slice(0, MAX_REASON));
  const [, action = 'name server', reason = text] = /^([^:]+): (.*)$/.exec(text) ?? [];
  return new NettkError({ code: 'REFUSED', action, reason });
}

function noAnswer(reason: string): NettkError {
  return new NettkError({ code: 'NO_ANSWER', action: 'ask the name server', reason });
}
