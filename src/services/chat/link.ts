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

/** Lines that one client may have handled in a turn of the event loop, and for how long, in milliseconds; then it is the others' turn. */
const LINES_PER_TURN = 256;
const MS_PER_TURN = 5;

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
  /** What came and is not split yet: a line takes many times the memory of its byte, so they are made one by one. */
  #chunks: Buffer[] = [];
  #lines: Iterator<Line, void> | undefined;
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
      this.#chunks.push(initial);
      this.#hasEnded = hasEnded;
      this.#run();
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

  /** Reads on only when that one, where too much waits for it, has room again. */
  waitFor(slow: ChatLink): void {
    if (slow.#isOver || !slow.#outbox.isFull) return;
    slow.#waiters ??= new Set();
    if (slow.#waiters.has(this)) return;
    slow.#waiters.add(this);
    this.#holds += 1;
  }

  /** Reads nothing more, writes what waits, and is over. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#chunks = [];
    this.#lines = undefined;
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
    this.#chunks.push(chunk);
    this.#run();
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    this.#run();
  };

  readonly #onClose = (): void => {
    const { errored } = this.#stream;
    const wasOver = this.#isOver;
    this.#isOver = true;
    if (!wasOver) this.#guard(() => this.#handler.onGone(errored ? 'connection lost' : 'connection closed'));
    this.#leave();
  };

  #run(): void {
    this.#guard(() => {
      const start = performance.now();
      let count = 0;
      while (this.#holds === 0 && !this.#isOver) {
        const line = this.#nextLine();
        if (!line) {
          this.#readOn();
          return;
        }
        this.#holdFor(this.#handler.onLine(line));
        // Who does not read the answers is not asked for more questions.
        this.waitFor(this);
        count += 1;
        if (count === LINES_PER_TURN || performance.now() - start > MS_PER_TURN) this.#holdATurn();
      }
      if (!this.#isOver) this.#stream.pause();
    });
  }

  #nextLine(): Line | undefined {
    for (;;) {
      const next = this.#lines?.next();
      if (next && !next.done) return next.value;
      const chunk = this.#chunks.shift();
      this.#lines = chunk && this.#splitter.push(chunk);
      if (!chunk) return this.#hasEnded ? this.#splitter.flush() : undefined;
    }
  }

  #readOn(): void {
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
      this.#over.reject(error);
      this.#fail(error, 'internal error');
    }
  }

  #fail(error: unknown, reason: string): void {
    const wasOver = this.#isOver;
    this.#isOver = true;
    reset(this.#stream);
    try {
      if (!wasOver) this.#handler.onGone(reason);
    } catch (bug) {
      this.#over.reject(bug);
    }
    this.#over.reject(error);
    this.#leave();
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    clearTimeout(this.#timer);
    // Who waits for it goes on: an outbox that is closed has room.
    this.#outbox.close();
    this.#handler.onOver();
    this.#over.resolve();
    this.#stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
  }
}

/** The close that follows an error tells all there is to know. */
function ignore(): void {}
