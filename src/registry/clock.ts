/** Time as the registry sees it: handed in, and patient. */

/** What time it is. */
export interface Clock {
  /** Monotonic milliseconds; all deadlines are of this clock. */
  now(): number;
  /** Milliseconds since 1970 as people's clocks have it; only shown and written down. */
  wall(): number;
}

/** How far the clock of deadlines runs from one look to the next, in milliseconds; whoever drives it looks twice as often. */
export const MAX_STEP_MS = 2_000;

/**
 * A clock that does not run on while nobody looks. A process that was stopped, or whose machine slept, wakes up with every
 * deadline past; it has no reason to blame anybody for that.
 */
export class PatientClock implements Clock {
  readonly #clock: Clock;
  #seen: number;
  #now: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#seen = clock.now();
    this.#now = this.#seen;
  }

  now(): number {
    const seen = this.#clock.now();
    this.#now += Math.min(Math.max(0, seen - this.#seen), MAX_STEP_MS);
    this.#seen = seen;
    return this.#now;
  }

  wall(): number {
    return this.#clock.wall();
  }
}
