/**
 * Wakes callers at a moment of this machine's monotonic clock: never before it, and late by little.
 *
 * setTimeout alone does neither: it fires up to 1 ms early (nodejs/node#26578), and at once from 2^31 ms on. So every
 * deadline stands in one heap; one timer, in parts where the wait is long, goes off shortly before the first of them; and
 * the event loop turns without waiting for the rest of the way, unless so many are due that a turn costs more than it gains.
 */

import { DeadlineHeap, type Entry } from './deadline-heap.ts';

/** Nanoseconds in a millisecond. */
export const NS_PER_MS = 1_000_000n;
/** The longest one timer is set for, in milliseconds: well below 2^31, where setTimeout overflows. */
const MAX_PART_MS = 2 ** 30;
/** Nearer than this to a deadline, the loop turns instead of waiting: a timer of 1 ms takes up to 2. */
const SPIN_NS = 2n * NS_PER_MS;
/**
 * With more sleepers than this due within the next while, the loop does not turn for them but takes timers that are up to
 * 1 ms late: turning for each would take the whole processor (10,000 sleepers over 3 s), this bounds it to 64 %.
 */
const MAX_SPINNING = 32;
const CROWD_NS = 100n * NS_PER_MS;
/** Callers woken in one turn of the event loop; then input and output get theirs. */
const MAX_WOKEN_PER_TURN = 1_000;

/** Time and its alarms; tests hand in their own. */
export interface Clock {
  /** Monotonic nanoseconds. */
  now(): bigint;
  /** Calls back in about `ms` whole milliseconds, early or late; returns what takes it back. */
  after(ms: number, wake: () => void): () => void;
  /** Calls back in the next turn of the event loop; returns what takes it back. */
  soon(wake: () => void): () => void;
}

/** This machine's monotonic clock (CLOCK_MONOTONIC): wall clock changes do not move it. */
const MONOTONIC_CLOCK: Clock = {
  now: () => process.hrtime.bigint(),
  after(ms, wake) {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
  soon(wake) {
    const turn = setImmediate(wake);
    return () => clearImmediate(turn);
  },
};

/** Wakes any number of callers, each at its moment. */
export interface Sleeper {
  /** How many callers wait. */
  readonly pending: number;
  /** The clock's monotonic nanoseconds. */
  now(): bigint;
  /**
   * Calls `onDue` once `now()` has reached the deadline, never before, and never from within this call.
   *
   * @returns what takes it back; it is false where it came too late
   */
  wakeAt(deadline: bigint, onDue: () => void): () => boolean;
}

/**
 * Makes a sleeper. It keeps the process alive while callers wait.
 *
 * @example const sleeper = createSleeper(); sleeper.wakeAt(sleeper.now() + 5n * NS_PER_MS, () => console.log('5 ms'));
 */
export function createSleeper(clock: Clock = MONOTONIC_CLOCK): Sleeper {
  return new HeapSleeper(clock);
}

interface Waiting extends Entry {
  readonly onDue: () => void;
}

class HeapSleeper implements Sleeper {
  readonly #clock: Clock;
  readonly #heap = new DeadlineHeap<Waiting>();
  #stopAlarm: (() => void) | undefined;
  /** The deadline that the alarm was set for. */
  #alarmFor: bigint | undefined;
  #waking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.#heap.size;
  }

  now(): bigint {
    return this.#clock.now();
  }

  wakeAt(deadline: bigint, onDue: () => void): () => boolean {
    const entry: Waiting = { deadline, onDue, place: -1 };
    this.#heap.push(entry);
    this.#arm();
    return () => {
      const removed = this.#heap.remove(entry);
      if (removed) this.#arm();
      return removed;
    };
  }

  /** Sets the alarm for the first deadline, unless it stands there already. */
  #arm(): void {
    const first = this.#heap.first?.deadline;
    if (this.#waking || first === this.#alarmFor) return;
    this.#stopAlarm?.();
    this.#stopAlarm = undefined;
    this.#alarmFor = first;
    if (first !== undefined) this.#stopAlarm = this.#alarm(first);
  }

  #alarm(first: bigint): () => void {
    const now = this.#clock.now();
    const left = first - now;
    if (left > SPIN_NS)
      return this.#clock.after(Math.min(Number((left - NS_PER_MS) / NS_PER_MS), MAX_PART_MS), this.#wake);
    const crowded = left > 0n && this.#heap.countDue(now + CROWD_NS, MAX_SPINNING + 1) > MAX_SPINNING;
    if (crowded) return this.#clock.after(Number((left + NS_PER_MS - 1n) / NS_PER_MS), this.#wake);
    return this.#clock.soon(this.#wake);
  }

  readonly #wake = (): void => {
    this.#alarmFor = undefined;
    this.#waking = true;
    try {
      this.#wakeDue();
    } finally {
      this.#waking = false;
      this.#arm();
    }
  };

  #wakeDue(): void {
    const now = this.#clock.now();
    for (let woken = 0; woken < MAX_WOKEN_PER_TURN; woken += 1) {
      const first = this.#heap.first;
      if (first === undefined || first.deadline > now) return;
      this.#heap.remove(first);
      first.onDue();
    }
  }
}
