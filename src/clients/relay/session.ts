/** One conversation of a relay: two open sides joined until both have ended, one fails, or nothing moves. */

import type { Duplex } from 'node:stream';
import { NettkError, wrapSystemError } from '../../errors.ts';
import { join, reset } from '../../stream/join.ts';
import { Lease } from '../../stream/lease.ts';
import type { OpenSide } from './open-side.ts';

/** When a conversation is broken off. */
export interface SessionLimits {
  /** When nothing moved either way for this long, in milliseconds; 0 is never. */
  readonly idleMs: number;
  /** Breaks it off, with its reason. */
  readonly signal: AbortSignal;
  /** Once it aborts, a second of silence is enough: for datagrams, which have no end to wait for. */
  readonly goodbye?: AbortSignal | undefined;
}

/** Silence that ends a conversation after `goodbye`, in milliseconds. */
const GOODBYE_SILENCE_MS = 1_000;

/** What became of a conversation. */
export interface SessionResult {
  /** Bytes. */
  readonly leftToRight: number;
  readonly rightToLeft: number;
  /** How long it lasted, in milliseconds. */
  readonly ms: number;
  /** The side that ended first; nothing where neither did. */
  readonly first: 'left' | 'right' | undefined;
  /** Why it did not end in order: a NettkError, or the signal's reason. */
  readonly error?: unknown;
}

/** Joins two sides; closes both. Never throws. */
export async function runSession(left: OpenSide, right: OpenSide, limits: SessionLimits): Promise<SessionResult> {
  const start = performance.now();
  const seen = { leftToRight: 0, rightToLeft: 0, first: undefined as SessionResult['first'] };
  const streams = [left.stream, right.stream] as const;
  const watch = new Watch(streams, limits);
  streams.forEach((stream, i) => {
    stream.on('error', () => {});
    stream.once('end', () => {
      seen.first ??= i === 0 ? 'left' : 'right';
    });
  });
  try {
    await join(...streams, {
      onAToB: (count) => {
        seen.leftToRight += count;
        watch.moved();
      },
      onBToA: (count) => {
        seen.rightToLeft += count;
        watch.moved();
      },
    });
    return { ...seen, ms: elapsed(start) };
  } catch (error) {
    return { ...seen, ms: elapsed(start), error: watch.reason ?? failure(error, left, right) };
  } finally {
    watch.stop();
    for (const stream of streams) stream.destroy();
  }
}

const elapsed = (start: number): number => Math.round(performance.now() - start);

/** The side that has an error is the one that failed; the other was only reset for it. */
function failure(error: unknown, left: OpenSide, right: OpenSide): unknown {
  const side = right.stream.errored ? right : left.stream.errored ? left : undefined;
  // Whoever runs the program knows what a closed standard output means.
  if (side?.stream instanceof Lease) return side.stream.errored;
  return wrapSystemError(side?.stream.errored ?? error, `talk to ${side?.name ?? right.name}`);
}

/** Breaks a conversation off when it is idle, or the signal says so. */
class Watch {
  readonly #streams: readonly Duplex[];
  readonly #signal: AbortSignal;
  readonly #goodbye: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why it was broken off. */
  reason: unknown;

  constructor(streams: readonly Duplex[], { idleMs, signal, goodbye }: SessionLimits) {
    this.#streams = streams;
    this.#signal = signal;
    this.#goodbye = goodbye;
    if (idleMs > 0) this.#limit(idleMs);
    signal.addEventListener('abort', this.#onAbort);
    goodbye?.addEventListener('abort', this.#onGoodbye);
    if (goodbye?.aborted) this.#onGoodbye();
    if (signal.aborted) this.#onAbort();
  }

  moved(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#goodbye?.removeEventListener('abort', this.#onGoodbye);
  }

  #limit(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#breakOff(idle(ms)), ms);
  }

  #onGoodbye = (): void => this.#limit(GOODBYE_SILENCE_MS);

  #onAbort = (): void => this.#breakOff(this.#signal.reason);

  /** Unsent output makes an orderly end a lie: then the peer gets a reset. */
  #breakOff(reason: unknown): void {
    this.reason ??= reason;
    for (const stream of this.#streams) {
      if (stream.writableLength > 0 || this.#signal.aborted) reset(stream);
      else stream.destroy();
    }
  }
}

function idle(idleMs: number): NettkError {
  return new NettkError({ code: 'TIMEOUT', action: 'relay', reason: `idle: no data for ${idleMs / 1_000} s` });
}
