/** Tries again what failed for reasons that may pass, later and later. */

import { NettkError } from '../errors.ts';

/** The first pause, in milliseconds; each one after is twice as long. */
const FIRST_PAUSE_MS = 250;
/** The longest pause, in milliseconds. */
const MAX_PAUSE_MS = 30_000;

/** How often, and whom to tell. */
export interface RetryOptions {
  /** How many more times after the first, 0 or more. */
  readonly retries: number;
  /** Gives up when it aborts, with its reason. */
  readonly signal: AbortSignal;
  /** Did what failed last for so long before that the count and the pauses begin anew? */
  hasLasted?(error: NettkError): boolean;
  /** Is there still something to try it again with? */
  mayGoOn?(): boolean;
  /** Told before each pause. */
  onPause?(error: NettkError, pauseMs: number): void;
  /** From 0 up to 1, for tests. */
  readonly random?: () => number;
  /** In place of a timer, for tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Attempts something until it works, at most `retries` more times. Only failures of the other side or the network are
 * tried again; a certificate that is not trusted will not become so, and a full disk is nobody's connection. The pause before each try is half fixed and half by
 * chance, so that many who lost the same server do not all come back at once.
 *
 * @throws the last failure; the signal's reason
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { random = Math.random, pause = pauseFor } = options;
  for (let tried = 0; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!mayPass(error) || options.mayGoOn?.() === false) throw error;
      if (options.hasLasted?.(error)) tried = 0;
      if (tried >= options.retries) throw error;
      const ms = backoffMs(tried, random);
      options.onPause?.(error, ms);
      await pause(ms, options.signal);
    }
  }
}

const LASTING: readonly string[] = ['UNVERIFIED', 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO'];

function mayPass(error: unknown): error is NettkError {
  return error instanceof NettkError && error.blame === 'them' && !LASTING.includes(error.code);
}

/**
 * How long to wait before the next try, in milliseconds: half fixed and half by chance, twice as long each time.
 *
 * @param tried how often it has failed before this time
 * @param random from 0 up to 1
 */
export function backoffMs(tried: number, random: () => number, maxMs: number = MAX_PAUSE_MS): number {
  const most = Math.min(FIRST_PAUSE_MS * 2 ** tried, maxMs);
  return Math.round(most / 2 + (random() * most) / 2);
}

/** Waits for some milliseconds. @throws the signal's reason, as soon as it aborts */
export function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', settle);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(settle, ms);
    signal.addEventListener('abort', settle);
    if (signal.aborted) settle();
  });
}
