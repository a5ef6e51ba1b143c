/** Has a sleep server sleep: connects, calls, and never waits longer than makes sense. */

import { NettkError } from '../errors.ts';
import { createSleeper, NS_PER_MS } from '../host/sleeper.ts';
import { dial } from '../net/dial.ts';
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts';
import type { TlsClientOptions } from '../net/secure.ts';
import { type SleepResult, sleepCall } from '../protocols/sleep.ts';

/** How much later than due an answer may come before the server counts as silent, in milliseconds. */
const ANSWER_GRACE_MS = 10_000;

/** How a sleep is asked for. */
export interface SleepOptions {
  /** Milliseconds for the connection. */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds for all of it, the connection included; a server refuses at once a sleep that would take longer. */
  readonly deadlineMs?: number | undefined;
  /** Cancels the sleep and gives up, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How TLS is spoken, where the endpoint's scheme asks for it. */
  readonly tls?: TlsClientOptions | undefined;
}

/**
 * Asks a server to sleep for some seconds and waits for it.
 *
 * @throws NettkError as `dial` and `sleepCall`; `DEADLINE` past the deadline, or at once where the sleep is longer; `NO_ANSWER` when nothing comes 10 s after the
 *   sleep should have been over
 * @example const { slept } = await sleepAt(parseEndpoint('127.0.0.1:21568'), 2.5);
 */
export async function sleepAt(target: Endpoint, seconds: number, options: SleepOptions = {}): Promise<SleepResult> {
  const action = `sleep at ${formatEndpoint(target)}`;
  if (options.deadlineMs !== undefined && seconds * 1_000 > options.deadlineMs) {
    const reason = `${seconds} s is longer than the deadline of ${options.deadlineMs / 1_000} s`;
    throw new NettkError({ code: 'DEADLINE', action, reason });
  }
  const limit = new TimeLimit(options.signal);
  try {
    if (options.deadlineMs !== undefined) limit.set(options.deadlineMs, deadlinePassed(action, options.deadlineMs));
    const begun = performance.now();
    const conn = await dial(target, {
      signal: limit.signal,
      connectTimeoutMs: options.connectTimeoutMs,
      tls: options.tls,
    });
    conn.on('error', () => {});
    limit.set(seconds * 1_000 + ANSWER_GRACE_MS, noAnswer(action));
    try {
      return await sleepCall(conn, seconds, {
        signal: limit.signal,
        deadlineMs: options.deadlineMs && Math.max(0, Math.floor(options.deadlineMs - (performance.now() - begun))),
      });
    } finally {
      conn.end(() => conn.destroy());
    }
  } finally {
    limit.clear();
  }
}

const deadlinePassed = (action: string, ms: number): NettkError =>
  new NettkError({ code: 'DEADLINE', action, reason: `deadline of ${ms / 1_000} s passed` });

const noAnswer = (action: string): NettkError =>
  new NettkError({ code: 'NO_ANSWER', action, reason: `no answer ${ANSWER_GRACE_MS / 1_000} s after it was due` });

/** A signal that aborts with another, or after times of any length (setTimeout ends at 24 days). */
class TimeLimit {
  readonly #controller = new AbortController();
  readonly #sleeper = createSleeper();
  readonly #parent: AbortSignal | undefined;
  readonly #timers: (() => boolean)[] = [];

  constructor(parent: AbortSignal | undefined) {
    this.#parent = parent;
    parent?.addEventListener('abort', this.#follow);
    if (parent?.aborted) this.#follow();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  set(ms: number, reason: NettkError): void {
    const deadline = this.#sleeper.now() + BigInt(Math.ceil(ms)) * NS_PER_MS;
    this.#timers.push(this.#sleeper.wakeAt(deadline, () => this.#controller.abort(reason)));
  }

  clear(): void {
    this.#parent?.removeEventListener('abort', this.#follow);
    for (const stop of this.#timers) stop();
  }

  readonly #follow = (): void => this.#controller.abort(this.#parent?.reason);
}
