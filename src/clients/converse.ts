/** A conversation between two local streams and a connection: what netcat does. */

import type { Readable, Writable } from 'node:stream';
import { NettkError, wrapSystemError } from '../errors.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import type { Conn } from '../services/service.ts';
import { cutInto } from '../stream/cut.ts';
import { inTime } from '../stream/in-time.ts';
import { pump } from '../stream/join.ts';
import { lingerClose } from '../stream/linger.ts';

/** How long what was taken from the input may still need to leave after the peer's end, in milliseconds. */
const FLUSH_GRACE_MS = 5_000;
/** A peer that says nothing for this long after all is sent is left, in milliseconds; nobody listens to it. */
const SEND_ONLY_SILENCE_MS = 200;
/** The longest datagram made of the input, in bytes: nc.openbsd's, far enough below what UDP can carry. */
const MAX_INPUT_DATAGRAM_BYTES = 16_384;
/** How long a silent input is waited for after the peer's end, in milliseconds. */
const INPUT_PATIENCE_MS = 500;

/** The local side of a conversation, and when it is over. */
export interface ConverseOptions {
  /** What to send; left out, nothing is sent and our side stays open. */
  readonly input?: Readable | undefined;
  /** Where the peer's data goes; left out, it is read and dropped, and the input's end is the end. */
  readonly output?: Writable | undefined;
  /** Ends the conversation this long after the input's end, in milliseconds; over UDP, after this much silence then. */
  readonly afterEofMs?: number | undefined;
  /** Fails when nothing moved either way for this long, in milliseconds. */
  readonly idleMs?: number | undefined;
  /**
   * After the peer's end: an input that was silent for this long has nothing more to send, in milliseconds; 500 by
   * default, 0 where a person types.
   */
  readonly inputPatienceMs?: number | undefined;
  /** Does not tell the peer that the input has ended. */
  readonly noShutdown?: boolean | undefined;
  /** Breaks the conversation off. */
  readonly signal: AbortSignal;
}

/** How many bytes went each way. */
export interface Conversed {
  readonly sent: number;
  readonly received: number;
}

/**
 * Sends the input and writes what comes back, at the same time.
 *
 * - The input's end half-closes the connection, and the reading goes on.
 * - The peer's end finishes the conversation once all it said is written, whether the input has ended or not; but an
 *   input that keeps coming is sent first, as long as the peer takes it: its end may be a half-close like ours.
 * - The connection is closed afterwards; the output stays open.
 * - Over UDP, what is read from the input at once is a datagram, or several where it is longer than 16 KiB.
 *
 * @throws NettkError when the connection fails or is idle too long; the output's own error; the signal's reason
 */
export async function converse(conn: Conn, options: ConverseOptions): Promise<Conversed> {
  options.signal.throwIfAborted();
  conn.on('error', () => {});
  const talk = new Conversation(conn, options);
  try {
    return await talk.run();
  } finally {
    talk.close();
  }
}

class Conversation {
  readonly #conn: Conn;
  readonly #options: ConverseOptions;
  readonly #stop = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  #peerEnded = false;
  /** Rejects what runs when a limit or the signal says so. */
  readonly #broken = Promise.withResolvers<never>();

  constructor(conn: Conn, options: ConverseOptions) {
    this.#conn = conn;
    this.#options = options;
    this.#broken.promise.catch(() => {});
    options.signal.addEventListener('abort', this.#onAbort);
  }

  async run(): Promise<Conversed> {
    const up = this.#send();
    up.catch((error: unknown) => {
      // A peer that stops reading shows as the connection's own error or end; only the input's failure is news here.
      if (this.#options.input?.errored) this.#broken.reject(wrapSystemError(error, 'read standard input'));
    });
    this.#watchIdle();
    try {
      const received = await Promise.race([this.#receive(up), this.#broken.promise]);
      await Promise.race([this.#inputQuiet(up), this.#broken.promise]);
      this.#stop.abort();
      const sent = await inTime(up, FLUSH_GRACE_MS, () => new Error('the peer takes no more')).catch(() => 0);
      return { sent, received };
    } catch (error) {
      const ours = this.#options.output?.errored || error instanceof NettkError || this.#options.signal.aborted;
      throw ours ? error : wrapSystemError(error, `talk to ${formatEndpoint(this.#conn.peer)}`);
    }
  }

  close(): void {
    this.#stop.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#options.input?.pause();
    this.#conn.destroy();
  }

  #onAbort = (): void => {
    this.#broken.reject(this.#options.signal.reason);
  };

  #send(): Promise<number> {
    const { input, noShutdown } = this.#options;
    if (!input) return Promise.resolve(0);
    const { signal } = this.#stop;
    const keepOpen = noShutdown === true;
    if (this.#conn.peer.scheme !== 'udp') return pump(input, this.#conn, { signal, keepOpen });
    const datagrams = cutInto(MAX_INPUT_DATAGRAM_BYTES);
    pump(input, datagrams, { signal }).catch((error: Error) => datagrams.destroy(error));
    return pump(datagrams, this.#conn, { keepOpen });
  }

  /** Resolves at the peer's end, or after the input's where that decides. */
  async #receive(up: Promise<number>): Promise<number> {
    const { input, output } = this.#options;
    let received = 0;
    this.#conn.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    const down = output ? pump(this.#conn, output, { keepOpen: true }) : this.#drop();
    const ends: Promise<unknown>[] = [
      down.then(() => {
        this.#peerEnded = true;
      }),
    ];
    if (input)
      ends.push(
        up
          .then(() => this.#afterEof())
          .catch(async () => {
            await down;
          }),
      );
    await Promise.race(ends);
    return received;
  }

  #drop(): Promise<void> {
    this.#conn.resume();
    return new Promise((resolve, reject) => {
      this.#conn.on('end', resolve).on('close', resolve).on('error', reject);
    });
  }

  /** Resolves when the input's end is to finish the conversation; never where the peer's end alone does. */
  #afterEof(): Promise<void> {
    const isDatagram = this.#conn.peer.scheme === 'udp';
    const { afterEofMs: waitMs, output } = this.#options;
    if (waitMs === undefined) return output ? new Promise(() => {}) : this.#leave();
    return new Promise((resolve) => {
      const timer = this.#timer(resolve, waitMs);
      if (isDatagram) this.#conn.on('data', () => timer.refresh());
    });
  }

  /** Leaving at once would reset what the peer has not read yet where it is still sending; datagrams know no reset. */
  #leave(): Promise<void> {
    if (this.#conn.peer.scheme === 'udp') return Promise.resolve();
    return lingerClose(this.#conn, { silenceMs: SEND_ONLY_SILENCE_MS });
  }

  /** Resolves when the input has ended, cannot be sent, or nothing of it came for a while though there was room. */
  #inputQuiet(up: Promise<number>): Promise<void> {
    const { input, inputPatienceMs = INPUT_PATIENCE_MS } = this.#options;
    if (!input || !this.#peerEnded) return Promise.resolve();
    return new Promise((resolve) => {
      let news = false;
      const timer = setInterval(() => {
        if (!news && !this.#conn.writableNeedDrain) resolve();
        news = false;
      }, inputPatienceMs);
      this.#timers.add(timer);
      input.on('data', () => {
        news = true;
      });
      up.then(
        () => resolve(),
        () => resolve(),
      );
    });
  }

  #watchIdle(): void {
    const { idleMs } = this.#options;
    if (!idleMs) return;
    const action = `talk to ${formatEndpoint(this.#conn.peer)}`;
    const reason = `no data for ${idleMs / 1_000} s`;
    const timer = this.#timer(() => this.#broken.reject(new NettkError({ code: 'TIMEOUT', action, reason })), idleMs);
    this.#conn.on('data', () => timer.refresh());
    this.#options.input?.on('data', () => timer.refresh());
  }

  #timer(run: () => void, ms: number): NodeJS.Timeout {
    const timer = setTimeout(run, ms);
    this.#timers.add(timer);
    return timer;
  }
}
