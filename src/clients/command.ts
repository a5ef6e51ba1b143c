/** Asks a command server: one line out, an answer of lines ended by a dot in. */

import { NettkError, wrapSystemError } from '../errors.ts';
import type { Conn } from '../net/conn.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { DotLinesDecoder } from '../protocols/dot-lines.ts';
import { inTime } from '../stream/in-time.ts';
import { readLines } from '../stream/lines.ts';
import { exchange } from './ask-datagram.ts';

/** What starts the answer of a command that failed. */
const ERROR_MARK = 'error: ';

/** Sends commands over one connection. */
export class CommandClient {
  readonly #conn: Conn;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;
  readonly #lines: AsyncGenerator<string, void>;

  /** @param timeoutMs how long to wait for each line of an answer */
  constructor(conn: Conn, timeoutMs: number, signal: AbortSignal) {
    this.#conn = conn;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#lines = readLines(conn, { signal });
  }

  /**
   * Runs one command.
   *
   * @returns the answer's lines; a server that closes instead of the final dot has answered too
   * @throws NettkError `REFUSED` with the server's words when it says error; `NO_ANSWER`; the signal's reason
   */
  async run(line: string): Promise<string[]> {
    const answer = this.#conn.peer.scheme === 'udp' ? await this.#ask(line) : await this.#converse(line);
    const failed = answer.length === 1 && answer[0]?.startsWith(ERROR_MARK);
    if (!failed) return answer;
    const reason = (answer[0] as string).slice(ERROR_MARK.length);
    throw new NettkError({ code: 'REFUSED', action: `command ${JSON.stringify(line)}`, reason });
  }

  async #ask(line: string): Promise<string[]> {
    const options = { timeoutMs: this.#timeoutMs, tries: 2, signal: this.#signal };
    const answer = await exchange(this.#conn, Buffer.from(`${line}\n`), options);
    return answer.toString('utf8').replace(/\n$/, '').split('\n');
  }

  async #converse(line: string): Promise<string[]> {
    this.#conn.write(`${line}\n`);
    const decoder = new DotLinesDecoder();
    const soFar: string[] = [];
    for (;;) {
      const next = await this.#next();
      if (next.done && soFar.length > 0) return soFar;
      if (next.done) throw this.#noAnswer('closed without an answer');
      const whole = decoder.push(next.value);
      if (whole) return whole;
      soFar.push(next.value);
    }
  }

  async #next(): Promise<IteratorResult<string, void>> {
    const late = (): NettkError => this.#noAnswer(`no answer within ${this.#timeoutMs / 1_000} s`);
    try {
      return await inTime(this.#lines.next(), this.#timeoutMs, late);
    } catch (error) {
      throw wrapSystemError(error, `ask ${formatEndpoint(this.#conn.peer)}`);
    } finally {
      this.#signal.throwIfAborted();
    }
  }

  #noAnswer(reason: string): NettkError {
    return new NettkError({ code: 'NO_ANSWER', action: `ask ${formatEndpoint(this.#conn.peer)}`, reason });
  }
}
