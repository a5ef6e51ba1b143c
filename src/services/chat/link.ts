/**
 * One client's connection as lines: read one after the other, held back while that would harm others, and written to with a bound.
 *
 * A client is not read while its own flood, or a reader that lags behind what it says, holds it. Nothing is lost by that: what it
 * sent waits in the system, and then in its own program.
 */

import type { Duplex } from 'node:stream';
import { NettkError } from '../../errors.ts';
import { reset } from '../../stream/join.ts';
import { type Line, LineSplitter } from '../../stream/lines.ts';
import { Outbox, type OutboxEvents } from '../../stream/outbox.ts';
import { OUTBOX_LIMITS } from './limits.ts';

/** Lines that one client may have handled in a turn of the event loop; then it is the others' turn. */
const LINES_PER_TURN = 256;

/** What becomes of a client's lines. */
export interface LinkHandler {
  /** Handles a line, and tells how long to wait before the next, in milliseconds. */
  onLine(line: Line): number;
  /** The client has ended its side, and all its lines are handled. */
  onEnd(): void;
  /** The connection is gone; nothing can be written any more. */
  onGone(reason: string): void;
  /** It is over: nothing more is read, and all that could be written is. */
  onOver(): void;
}

/** A connection under way. */
export class ChatLink implements OutboxEvents {
  readonly #stream: Duplex;
  readonly #splitter: LineSplitter;
  readonly #outbox: Outbox;
  readonly #over = Promise.withResolvers<void>();
  #handler!: LinkHandler;
  #lines: Line[] = [];
  #next = 0;
  #holds = 0;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;
  #isOver = false;
  #hasLeft = false;
  /** Clients that wait until this one has read more. */
  #waiters: Set<ChatLink> | undefined;
  /** When anything last came, in milliseconds of `performance.now`. */
  heardAt = performance.now();

  /** @param maxLine longest line in bytes; longer ones are handed on marked */
  constructor(stream: Duplex, maxLine: number) {
    this.#stream = stream;
    this.#splitter = new LineSplitter(maxLine, 'skip');
    this.#outbox = new Outbox(stream, OUTBOX_LIMITS, this);
  }

  /**
   * Handles lines until the client is gone or `finish` was called.
   *
   * @param initial what was read off the stream before
   * @throws what the handler throws; NettkError where the client was dropped
   */
  run(handler: LinkHandler, initial: Buffer, hasEnded: boolean): Promise<void> {
    this.#handler = handler;
    const stream = this.#stream;
    stream.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose).on('error', ignore);
    if (stream.destroyed) this.#onClose();
    else {
      this.#take(initial);
      if (hasEnded) this.#onEnd();
      else this.#run();
    }
    return this.#over.promise;
  }

  /** Is it held, so that its silence means nothing? */
  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** Writes after all before it; true where too much waits already. */
  give(bytes: Buffer): boolean {
    this.#outbox.give(bytes);
    return this.#outbox.isFull;
  }

  /** Reads on only when that one has room again. */
  waitFor(slow: ChatLink): void {
    if (slow.#isOver) return;
    slow.#waiters ??= new Set();
    if (slow.#waiters.has(this)) return;
    slow.#waiters.add(this);
    this.#holds += 1;
  }

  /** Reads nothing more, writes what waits, and is over. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lines = [];
    this.#stream.resume();
    this.#outbox.seal().then(() => this.#leave());
  }

  /** Whoever speaks to it waits: they are told by `give`. */
  onFull(): void {}

  /** There is room again. */
  onRoom(): void {
    const waiters = this.#waiters;
    this.#waiters = undefined;
    for (const waiter of waiters ?? []) waiter.#release();
  }

  /** It read too little for too long. */
  onLate(): void {
    const reason = `reads too slowly: more than ${OUTBOX_LIMITS.bytes} bytes have waited for too long`;
    this.#fail(new NettkError({ code: 'TIMEOUT', action: 'chat', reason }), reason);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.heardAt = performance.now();
    if (this.#isOver) return;
    this.#take(chunk);
    this.#run();
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    const rest = this.#splitter.flush();
    if (rest) this.#lines.push(rest);
    this.#run();
  };

  readonly #onClose = (): void => {
    const { errored } = this.#stream;
    const wasOver = this.#isOver;
    this.#isOver = true;
    if (!wasOver) this.#guard(() => this.#handler.onGone(errored ? 'connection lost' : 'connection closed'));
    this.#leave();
  };

  #take(chunk: Buffer): void {
    for (const line of this.#splitter.push(chunk)) this.#lines.push(line);
  }

  #run(): void {
    this.#guard(() => {
      let count = 0;
      while (this.#next < this.#lines.length && this.#holds === 0 && !this.#isOver) {
        const line = this.#lines[this.#next] as Line;
        this.#next += 1;
        this.#holdFor(this.#handler.onLine(line));
        count += 1;
        if (count === LINES_PER_TURN) this.#holdATurn();
      }
      this.#flow();
    });
  }

  #flow(): void {
    if (this.#isOver) return;
    if (this.#next < this.#lines.length || this.#holds > 0) {
      this.#stream.pause();
      return;
    }
    this.#lines = [];
    this.#next = 0;
    if (this.#hasEnded) this.#handler.onEnd();
    else this.#stream.resume();
  }

  #holdFor(ms: number): void {
    if (ms <= 0) return;
    this.#holds += 1;
    this.#timer = setTimeout(() => this.#release(), ms);
  }

  #holdATurn(): void {
    this.#holds += 1;
    setImmediate(() => this.#release());
  }

  #release(): void {
    this.#holds -= 1;
    this.heardAt = performance.now();
    if (this.#holds === 0 && !this.#isOver) this.#run();
  }

  /** A bug in what handles one client's lines ends that client's session only. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error, 'internal error');
    }
  }

  #fail(error: unknown, reason: string): void {
    this.#over.reject(error);
    const wasOver = this.#isOver;
    this.#isOver = true;
    reset(this.#stream);
    if (!wasOver) this.#handler.onGone(reason);
    this.#leave();
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    clearTimeout(this.#timer);
    this.#outbox.close();
    this.onRoom();
    this.#handler.onOver();
    this.#over.resolve();
    this.#stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
  }
}

/** The close that follows an error tells all there is to know. */
function ignore(): void {}
