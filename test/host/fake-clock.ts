/** A clock for tests: its time passes only as its alarms go off, each as early or late as the test wants. */

import type { Clock } from '../../src/host/sleeper.ts';

const NS_PER_MS = 1_000_000n;
/** A turn of the event loop takes this long here, in nanoseconds. */
const TURN_NS = 20_000n;
/** Above this setTimeout goes off at once. */
const TIMER_OVERFLOW_MS = 2 ** 31;

interface Alarm {
  readonly at: bigint;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  readonly #alarms = new Set<Alarm>();
  readonly #skewNs: () => bigint;
  time = 1_000_000_000n;
  /** How many alarms have gone off. */
  turns = 0;

  /** @param skewNs how much later (or, negative, earlier) than set the next timer goes off */
  constructor(skewNs: () => bigint = () => 0n) {
    this.#skewNs = skewNs;
  }

  get pendingAlarms(): number {
    return this.#alarms.size;
  }

  now(): bigint {
    return this.time;
  }

  after(ms: number, wake: () => void): () => void {
    if (!Number.isInteger(ms) || ms < 1) throw new RangeError(`a timer of ${ms} ms`);
    const real = ms >= TIMER_OVERFLOW_MS ? 1 : ms;
    const at = this.time + BigInt(real) * NS_PER_MS + this.#skewNs();
    // However early a timer goes off, a turn of the loop has passed: without that a test could stand still for ever.
    const soonest = this.time + TURN_NS;
    return this.#set(at > soonest ? at : soonest, wake);
  }

  soon(wake: () => void): () => void {
    return this.#set(this.time + TURN_NS, wake);
  }

  /** Lets the next alarm go off; false where there is none. */
  step(): boolean {
    const [next] = [...this.#alarms].toSorted((a, b) => (a.at < b.at ? -1 : 1));
    if (next === undefined) return false;
    this.#alarms.delete(next);
    this.turns += 1;
    if (next.at > this.time) this.time = next.at;
    next.wake();
    return true;
  }

  /** Lets time pass until a moment, or until nothing is left to happen. */
  runUntil(moment: bigint): void {
    while (this.time < moment && this.step());
  }

  #set(at: bigint, wake: () => void): () => void {
    const alarm: Alarm = { at, wake };
    this.#alarms.add(alarm);
    return () => void this.#alarms.delete(alarm);
  }
}
