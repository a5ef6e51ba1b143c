/** The sleeps in flight on one connection: caps, duplicates, cancelling, and what a drain does to them. */

import { NS_PER_MS, type Sleeper } from '../../host/sleeper.ts';
import { RPC_CODES, RpcError, type RpcId } from '../../protocols/json-rpc.ts';
import { SLEEP_CODES, type SleepRequest, type SleepResult } from '../../protocols/sleep.ts';

/** Sleeps in flight on one connection, at most. */
export const MAX_IN_FLIGHT = 1_000;
/** Sleeps in flight on one server, at most. */
export const MAX_IN_FLIGHT_TOTAL = 100_000;
/** Answers need this long to leave before a drain cuts the connection, in milliseconds. */
const DRAIN_MARGIN_MS = 100;

const NS_PER_S = 1_000_000_000;

/** What the connections of one server share. */
export interface SleepHouse {
  readonly sleeper: Sleeper;
  /** The longest sleep taken, in seconds. */
  readonly maxSeconds: number;
  /** Sleeps in flight on all connections. */
  inFlight: number;
}

interface Running {
  readonly deadline: bigint;
  /** Frees its timers and rejects its promise. */
  fail(error: RpcError): void;
}

/** The sleeps of one connection. */
export class SleepCalls {
  readonly #house: SleepHouse;
  readonly #hold: () => () => void;
  readonly #running = new Map<RpcId, Running>();
  #release: (() => void) | undefined;
  #draining = false;

  /** @param hold suspends the connection's idle rule while sleeps are in flight; returns what ends that */
  constructor(house: SleepHouse, hold: () => () => void) {
    this.#house = house;
    this.#hold = hold;
  }

  /** The longest sleep taken, in seconds. */
  get maxSeconds(): number {
    return this.#house.maxSeconds;
  }

  /** How many are in flight. */
  get size(): number {
    return this.#running.size;
  }

  /**
   * Sleeps. Resolves at the end, never before; the time counts from this call.
   *
   * @throws RpcError busy, draining, a duplicate id (at once), or whatever ends the sleep early
   */
  start(id: RpcId, request: SleepRequest, onProgress?: (slept: number) => void): Promise<SleepResult> {
    const refusal = this.#refusal(id);
    if (refusal) return Promise.reject(refusal);
    const { sleeper } = this.#house;
    const started = Date.now();
    const begun = sleeper.now();
    const deadline = begun + secondsToNanoseconds(request.seconds);
    return new Promise((resolve, reject) => {
      const stopProgress = onProgress ? this.#reportProgress(begun, deadline, request, onProgress) : () => {};
      const wake = (): void => {
        stopProgress();
        this.#remove(id);
        const slept = nanosecondsToSeconds(sleeper.now() - begun);
        resolve({ requested: request.seconds, slept, started: started / 1_000, ended: Date.now() / 1_000 });
      };
      const stop = sleeper.wakeAt(deadline, wake);
      const fail = (error: RpcError): void => {
        stop();
        stopProgress();
        this.#remove(id);
        reject(error);
      };
      this.#add(id, { deadline, fail });
    });
  }

  /** Cancels one; false where no such sleep is in flight. */
  cancel(id: RpcId): boolean {
    const running = this.#running.get(id);
    running?.fail(new RpcError(SLEEP_CODES.cancelled, 'cancelled'));
    return running !== undefined;
  }

  /** The connection is gone: cancels all. */
  abandon(): void {
    for (const id of [...this.#running.keys()]) this.cancel(id);
  }

  /** The server shuts down: takes no more, cancels what will not end within the grace, lets the rest finish. */
  drain(graceMs: number): void {
    this.#draining = true;
    const last = this.#house.sleeper.now() + BigInt(Math.max(0, Math.floor(graceMs) - DRAIN_MARGIN_MS)) * NS_PER_MS;
    for (const running of [...this.#running.values()]) {
      if (running.deadline > last) running.fail(new RpcError(SLEEP_CODES.draining, 'cancelled: shutting down'));
    }
  }

  #refusal(id: RpcId): RpcError | undefined {
    if (this.#draining) return new RpcError(SLEEP_CODES.draining, 'shutting down');
    if (this.#running.has(id)) return new RpcError(RPC_CODES.invalidRequest, 'a sleep with this id is in flight');
    const isFull = this.size >= MAX_IN_FLIGHT || this.#house.inFlight >= MAX_IN_FLIGHT_TOTAL;
    return isFull ? new RpcError(SLEEP_CODES.busy, 'busy: too many sleeps in flight') : undefined;
  }

  #reportProgress(begun: bigint, deadline: bigint, request: SleepRequest, tell: (slept: number) => void): () => void {
    const { sleeper } = this.#house;
    const every = secondsToNanoseconds(request.progressEvery ?? request.seconds);
    let next = begun;
    let stop = (): unknown => undefined;
    const schedule = (): void => {
      next += every;
      if (next < deadline) stop = sleeper.wakeAt(next, report);
    };
    const report = (): void => {
      tell(nanosecondsToSeconds(sleeper.now() - begun));
      schedule();
    };
    schedule();
    return () => stop();
  }

  #add(id: RpcId, running: Running): void {
    if (this.size === 0) this.#release = this.#hold();
    this.#running.set(id, running);
    this.#house.inFlight += 1;
  }

  #remove(id: RpcId): void {
    this.#running.delete(id);
    this.#house.inFlight -= 1;
    if (this.size === 0) this.#release?.();
  }
}

/** Seconds as whole nanoseconds, rounded up: whoever sleeps them has slept the seconds. */
function secondsToNanoseconds(seconds: number): bigint {
  return BigInt(Math.ceil(seconds * NS_PER_S));
}

/** Nanoseconds as seconds in whole microseconds, rounded up. */
function nanosecondsToSeconds(nanoseconds: bigint): number {
  return Number((nanoseconds + 999n) / 1_000n) / 1_000_000;
}
