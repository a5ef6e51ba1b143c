/** One message, one answer, over one connection: lines over a stream, datagrams over UDP. */

import { NettkError, wrapSystemError } from '../errors.ts';
import type { Conn } from '../net/conn.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { inTime } from '../stream/in-time.ts';
import { type Line, readRawLines } from '../stream/lines.ts';
import { exchange } from './ask-datagram.ts';

/** A server that answers without a line end is taken to have finished after this much silence, in milliseconds. */
const UNFRAMED_AFTER_MS = 100;
/** The longest answer line taken, in bytes. */
const MAX_ANSWER_BYTES = 1_048_576;
/** A datagram is sent again after this long without an answer, in milliseconds. */
const UDP_PATIENCE_MS = 1_000;

/** Asks and waits, message by message. */
export class Dialogue {
  readonly #conn: Conn;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;
  readonly #lines: AsyncGenerator<Line, void>;

  /**
   * @param timeoutMs how long to wait for each answer
   * @param signal breaks the wait off with its reason
   */
  constructor(conn: Conn, timeoutMs: number, signal: AbortSignal) {
    this.#conn = conn;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#lines = readRawLines(conn, { signal, unframedAfterMs: UNFRAMED_AFTER_MS, maxLength: MAX_ANSWER_BYTES });
  }

  /**
   * Sends a message and returns its answer without the line end.
   *
   * @throws NettkError `NO_ANSWER` after the timeout or when the server closes instead; the signal's reason
   */
  ask(message: Uint8Array): Promise<Buffer> {
    return this.#conn.peer.scheme === 'udp' ? this.#askDatagram(message) : this.#askLine(message);
  }

  #askDatagram(message: Uint8Array): Promise<Buffer> {
    const tries = Math.max(1, Math.floor(this.#timeoutMs / UDP_PATIENCE_MS));
    return exchange(this.#conn, message, { timeoutMs: this.#timeoutMs, tries, signal: this.#signal });
  }

  async #askLine(message: Uint8Array): Promise<Buffer> {
    this.#conn.write(Buffer.concat([message, Buffer.from('\n')]));
    const late = (): NettkError => this.#noAnswer(`no answer within ${this.#timeoutMs / 1_000} s`);
    const next = await inTime(this.#lines.next(), this.#timeoutMs, late).catch((error: unknown) => {
      throw wrapSystemError(error, `ask ${formatEndpoint(this.#conn.peer)}`);
    });
    this.#signal.throwIfAborted();
    if (next.done)
      throw this.#noAnswer('closed without an answer', 'nettk timestamp --reconnect for servers that answer once');
    return next.value.bytes;
  }

  #noAnswer(reason: string, hint?: string): NettkError {
    return new NettkError({ code: 'NO_ANSWER', action: `ask ${formatEndpoint(this.#conn.peer)}`, reason, hint });
  }
}
