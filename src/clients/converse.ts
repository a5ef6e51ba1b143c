/** A conversation between two local streams and a connection, and its end: what netcat does (docs/netcat.md). */

import type { Readable, Writable } from 'node:stream';
import { NettkError, wrapSystemError } from '../errors.ts';
import type { Conn } from '../net/conn.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { cutInto, cutIntoLines } from '../stream/cut.ts';
import { pump, reset } from '../stream/join.ts';
import { lingerClose } from '../stream/linger.ts';

/** A peer that says nothing for this long after all is sent is left, in milliseconds; nobody listens to it. */
const SEND_ONLY_SILENCE_MS = 200;
/** The same once whoever was at the near end has gone, in milliseconds: the peer may still be reading what they said. */
const GONE_SILENCE_MS = 1_000;
/** The longest datagram made of the input, in bytes: nc.openbsd's, far enough below what UDP can carry. */
const MAX_INPUT_DATAGRAM_BYTES = 16_384;
/** How long a silent input is waited for after the peer's end, in milliseconds. */
const INPUT_PATIENCE_MS = 500;

/** A time, and what it means when it is over. */
export interface TimeLimit {
  /** Milliseconds, 1 to 2^31 - 1. */
  readonly ms: number;
  /** 0: the conversation ends in order; 1: it fails. */
  readonly exit: 0 | 1;
}

/** When a conversation is over, besides at the end of both sides. */
export interface EndPolicy {
  /** Over a stream: this long after the input's end. */
  readonly afterEof?: TimeLimit | undefined;
  /** Over UDP, which has no end: after this much silence once the input has ended. */
  readonly silenceAfterEof?: TimeLimit | undefined;
  /** When nothing moved either way for this long. */
  readonly idle?: TimeLimit | undefined;
  /** Reads and drops what the peer says; the input's end is the end. */
  readonly sendOnly?: boolean | undefined;
  /** Leaves the input alone and our side open. */
  readonly recvOnly?: boolean | undefined;
  /** Does not tell the peer that the input has ended. */
  readonly noShutdown?: boolean | undefined;
  /** After the peer's end, goes on sending until the input's own. */
  readonly waitStdin?: boolean | undefined;
  /**
   * After the peer's end: an input that was silent for this long has nothing more to send, in milliseconds; 500 by
   * default, 0 where a person types.
   */
  readonly inputPatienceMs?: number | undefined;
}

/** The local side of a conversation. */
export interface ConverseOptions extends EndPolicy {
  /** What to send; left out, nothing is sent and our side stays open. */
  readonly input?: Readable | undefined;
  /** Where the peer's data goes; left out, it is read and dropped. */
  readonly output?: Writable | undefined;
  /** Over UDP: a datagram for each line of the input, or, where left out, for what is read of it at once. */
  readonly datagrams?: 'line' | 'chunk' | undefined;
  /** At the peer's end, ends the output too: a program's standard input. */
  readonly endOutput?: boolean | undefined;
  /** Resolves when whoever is at the near end has gone: once all it said is sent, that is the end. */
  readonly gone?: Promise<unknown> | undefined;
  /** Breaks the conversation off. */
  readonly signal: AbortSignal;
  /** Hears once what went each way, also where the conversation fails. */
  onOver?(result: Conversed): void;
}

/** How many bytes went each way. */
export interface Conversed {
  /** What the system took of what we sent. */
  readonly sent: number;
  readonly received: number;
  /** How long it lasted, in milliseconds. */
  readonly ms: number;
}

/**
 * Sends the input and writes what comes back, at the same time. Closes the connection afterwards; the output stays open.
 * Over UDP, what is longer than 16 KiB leaves in several datagrams.
 *
 * @throws NettkError when the connection fails, is idle for too long, or takes no more; the output's own error; the
 *   signal's reason
 */
export async function converse(conn: Conn, options: ConverseOptions): Promise<Conversed> {
  options.signal.throwIfAborted();
  conn.on('error', () => {});
  const talk = new Conversation(conn, options);
  try {
    await talk.run();
    return talk.result;
  } catch (error) {
    talk.breakOff();
    throw error;
  } finally {
    talk.close();
    options.onOver?.(talk.result);
  }
}

class Conversation {
  readonly #conn: Conn;
  readonly #options: ConverseOptions;
  readonly #input: Readable | undefined;
  readonly #output: Writable | undefined;
  readonly #action: string;
  /** Ends the input where it stands. */
  readonly #enough = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Settles what runs when a limit, the input or the signal says so. */
  readonly #stopped = Promise.withResolvers<void>();
  #idle: NodeJS.Timeout | undefined;
  #inputNews = false;
  #sent = 0;
  #received = 0;
  readonly #start = performance.now();

  constructor(conn: Conn, options: ConverseOptions) {
    this.#conn = conn;
    this.#options = options;
    this.#input = options.recvOnly ? undefined : options.input;
    this.#output = options.sendOnly ? undefined : options.output;
    this.#action = `talk to ${formatEndpoint(conn.peer)}`;
    this.#stopped.promise.catch(() => {});
    options.signal.addEventListener('abort', this.#onAbort);
  }

  get result(): Conversed {
    // What a stream of datagrams still holds is counted in datagrams; they leave at once.
    const waiting = this.#conn.writableObjectMode ? 0 : this.#conn.writableLength;
    return { sent: this.#sent - waiting, received: this.#received, ms: performance.now() - this.#start };
  }

  async run(): Promise<void> {
    const up = this.#sendUp();
    const down = this.#takeDown();
    this.#watch(up);
    this.#watchIdle();
    try {
      const first = await Promise.race([
        down.then(() => 'peer' as const),
        this.#afterInput(up, down),
        this.#stopped.promise,
      ]);
      if (first === 'peer') await Promise.race([this.#restOfInput(up), this.#stopped.promise]);
    } catch (error) {
      const ours = this.#output?.errored || error instanceof NettkError || this.#options.signal.aborted;
      throw ours ? error : wrapSystemError(error, this.#action);
    }
  }

  /** Makes the peer notice that what it got is not all: an end in order would call it whole. */
  breakOff(): void {
    const isOurs = this.#input?.errored || this.#output?.errored || this.#conn.writableLength > 0;
    if (isOurs) reset(this.#conn);
  }

  close(): void {
    this.#enough.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#input?.pause();
    this.#conn.destroy();
  }

  #onAbort = (): void => {
    this.#stopped.reject(this.#options.signal.reason);
  };

  /** Everything that is sent goes through here. */
  #sendUp(): Promise<unknown> {
    if (!this.#input) return Promise.resolve();
    const keepOpen = this.#options.noShutdown === true;
    const onBytes = (count: number): void => {
      this.#sent += count;
      this.#inputNews = true;
      this.#idle?.refresh();
    };
    const { signal } = this.#enough;
    if (!this.#isDatagram) return pump(this.#input, this.#conn, { signal, keepOpen, onBytes });
    const cut = this.#options.datagrams === 'line' ? cutIntoLines : cutInto;
    const datagrams = cut(MAX_INPUT_DATAGRAM_BYTES);
    pump(this.#input, datagrams, { signal }).catch((error: Error) => datagrams.destroy(error));
    return pump(datagrams, this.#conn, { keepOpen, onBytes });
  }

  /** Everything that comes goes through here; resolves once all is written after the peer's end. */
  #takeDown(): Promise<unknown> {
    const onBytes = (count: number): void => {
      this.#received += count;
      this.#idle?.refresh();
    };
    const keepOpen = this.#options.endOutput !== true;
    if (this.#output) return pump(this.#conn, this.#output, { keepOpen, onBytes });
    this.#conn.on('data', (chunk: Buffer) => onBytes(chunk.length)).resume();
    return new Promise((resolve, reject) => {
      this.#conn.on('end', resolve).on('close', resolve).on('error', reject);
    });
  }

  get #isDatagram(): boolean {
    return this.#conn.peer.scheme === 'udp';
  }

  /** A peer that stops reading shows as the connection's own error or end; only the input's failure is news here. */
  #watch(up: Promise<unknown>): void {
    up.catch((error: unknown) => {
      if (this.#input?.errored) this.#stopped.reject(wrapSystemError(error, 'read standard input'));
    });
  }

  /** Resolves when the input's end is to finish the conversation; never where the peer's end alone does. */
  async #afterInput(up: Promise<unknown>, down: Promise<unknown>): Promise<'input' | 'peer'> {
    if (!this.#input) return new Promise(() => {});
    const failed = await up.then(
      () => false,
      () => true,
    );
    if (failed) return down.then(() => 'peer');
    const { afterEof, silenceAfterEof, sendOnly, gone } = this.#options;
    const limit = this.#isDatagram ? silenceAfterEof : afterEof;
    if (limit) await this.#wait(limit);
    else if (sendOnly) await this.#leave(SEND_ONLY_SILENCE_MS);
    else await (gone ?? new Promise(() => {})).then(() => this.#leave(GONE_SILENCE_MS));
    return 'input';
  }

  /** Leaving at once would reset what the peer has not read yet where it is still sending; datagrams know no reset. */
  #leave(silenceMs: number): Promise<void> {
    return this.#isDatagram ? Promise.resolve() : lingerClose(this.#conn, { silenceMs });
  }

  #wait({ ms, exit }: TimeLimit): Promise<void> {
    return new Promise((resolve, reject) => {
      const reason = `nothing more within ${ms / 1_000} s after the end of standard input`;
      const over = (): void =>
        exit === 0 ? resolve() : reject(new NettkError({ code: 'IDLE', action: this.#action, reason }));
      const timer = this.#timer(over, ms);
      if (this.#isDatagram) this.#conn.on('data', () => timer.refresh());
    });
  }

  /** After the peer's end, which may be a half-close like ours: what the input still brings is sent first. */
  async #restOfInput(up: Promise<unknown>): Promise<void> {
    if (!this.#options.waitStdin) {
      await Promise.race([up.catch(() => {}), this.#inputQuiet()]);
      this.#enough.abort();
    }
    await up;
  }

  /** Resolves when nothing came of the input for a while though there was room. */
  #inputQuiet(): Promise<void> {
    const patience = this.#options.inputPatienceMs ?? INPUT_PATIENCE_MS;
    return new Promise((resolve) => {
      this.#inputNews = false;
      const timer = setInterval(() => {
        if (!this.#inputNews && !this.#conn.writableNeedDrain) resolve();
        this.#inputNews = false;
      }, patience);
      this.#timers.add(timer);
    });
  }

  #watchIdle(): void {
    const { idle } = this.#options;
    if (!idle) return;
    const reason = `no data for ${idle.ms / 1_000} s`;
    const over = (): void =>
      idle.exit === 0
        ? this.#stopped.resolve()
        : this.#stopped.reject(new NettkError({ code: 'IDLE', action: this.#action, reason }));
    this.#idle = this.#timer(over, idle.ms);
  }

  #timer(run: () => void, ms: number): NodeJS.Timeout {
    const timer = setTimeout(run, ms);
    this.#timers.add(timer);
    return timer;
  }
}
