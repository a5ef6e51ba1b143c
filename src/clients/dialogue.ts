/** One message, one answer, over one connection: a line or lines ended by a dot over a stream, datagrams over UDP. */

import { NettkError, wrapSystemError } from '../errors.ts';
import type { Conn } from '../net/conn.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { DotLinesDecoder } from '../protocols/dot-lines.ts';
import { inTime } from '../stream/in-time.ts';
import { type Line, readRawLines } from '../stream/lines.ts';
import { exchange } from './ask-datagram.ts';

/** A server that answers without a line end is taken to have finished after this much silence, in milliseconds. */
const UNFRAMED_AFTER_MS = 100;
/** The longest answer line taken, in bytes. */
const MAX_ANSWER_BYTES = 1_048_576;
/** A datagram is sent again after this long without an answer, in milliseconds. */
const UDP_PATIENCE_MS = 1_000;
/** What starts the answer to a command that failed. */
const ERROR_MARK = 'error: ';

/** Asks and waits, message by message; all answers of one connection are framed the same way. */
export class Dialogue {
  readonly #conn: Conn;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;
  #lines: AsyncGenerator<Line, void> | undefined;

  /**
   * @param timeoutMs how long to wait for each answer, and for each line of one
   * @param signal breaks the wait off with its reason
   */
  constructor(conn: Conn, timeoutMs: number, signal: AbortSignal) {
    this.#conn = conn;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
  }

  /**
   * Sends a message and returns its answer, one line without its end or one datagram.
   *
   * @throws NettkError `NO_ANSWER` after the timeout or when the server closes instead; the signal's reason
   */
  async ask(message: Uint8Array): Promise<Buffer> {
    if (this.#conn.peer.scheme === 'udp') return this.#askDatagram(message);
    this.#conn.write(Buffer.concat([message, Buffer.from('\n')]));
    this.#lines ??= this.#read({ unframedAfterMs: UNFRAMED_AFTER_MS });
    const next = await this.#next(this.#lines);
    if (next.done) throw this.#closed('nettk timestamp --reconnect for servers that answer once');
    return next.value.bytes;
  }

  /**
   * Runs a command of a command server.
   *
   * @returns the answer's lines; a server that closes instead of the final dot has answered too
   * @throws NettkError `REFUSED` with the server's words when it says error; `NO_ANSWER`; the signal's reason
   */
  async run(command: string): Promise<string[]> {
    const answer = this.#conn.peer.scheme === 'udp' ? await this.#runDatagram(command) : await this.#runLine(command);
    const failed = answer.length === 1 && answer[0]?.startsWith(ERROR_MARK);
    if (!failed) return answer;
    const reason = (answer[0] as string).slice(ERROR_MARK.length);
    throw new NettkError({ code: 'REFUSED', action: `command ${JSON.stringify(command)}`, reason });
  }

  async #runLine(command: string): Promise<string[]> {
    this.#conn.write(`${command}\n`);
    this.#lines ??= this.#read({});
    const decoder = new DotLinesDecoder();
    const soFar: string[] = [];
    for (;;) {
      const next = await this.#next(this.#lines);
      if (next.done && soFar.length > 0) return soFar;
      if (next.done) throw this.#closed();
      const line = next.value.bytes.toString('utf8');
      const whole = decoder.push(line);
      if (whole) return whole;
      soFar.push(line);
    }
  }

  async #runDatagram(command: string): Promise<string[]> {
    const answer = await this.#askDatagram(Buffer.from(`${command}\n`));
    return answer.toString('utf8').replace(/\n$/, '').split('\n');
  }

  #askDatagram(message: Uint8Array): Promise<Buffer> {
    const tries = Math.max(1, Math.floor(this.#timeoutMs / UDP_PATIENCE_MS));
    return exchange(this.#conn, message, { timeoutMs: this.#timeoutMs, tries, signal: this.#signal });
  }

  #read(framing: { unframedAfterMs?: number }): AsyncGenerator<Line, void> {
    return readRawLines(this.#conn, { signal: this.#signal, maxLength: MAX_ANSWER_BYTES, ...framing });
  }

  async #next(lines: AsyncGenerator<Line, void>): Promise<IteratorResult<Line, void>> {
    const late = (): NettkError => this.#noAnswer(`no answer within ${this.#timeoutMs / 1_000} s`);
    try {
      return await inTime(lines.next(), this.#timeoutMs, late);
    } catch (error) {
      throw wrapSystemError(error, `ask ${formatEndpoint(this.#conn.peer)}`);
    } finally {
      this.#signal.throwIfAborted();
    }
  }

  #closed(hint?: string): NettkError {
    return this.#noAnswer('closed without an answer', hint);
  }

  #noAnswer(reason: string, hint?: string): NettkError {
    return new NettkError({ code: 'NO_ANSWER', action: `ask ${formatEndpoint(this.#conn.peer)}`, reason, hint });
  }
}
