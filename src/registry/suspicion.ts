/**
 * The rule for when most fail at once: then the fault is more likely on this side, so those that would be down are only
 * suspect, and still served, for a bounded time.
 */

import type { Census } from './census.ts';
import type { Instance } from './instance.ts';

/** Fewer than so many failing are never taken for a mass failure. */
const MIN_FAILING = 10;

/** Watches for mass failures. */
export class Suspicion {
  readonly #census: Census;
  readonly #roundMs: number;
  readonly #longestMs: number;
  /** Those that went down within the last round and still are, and when, the first first. */
  readonly #fallen = new Map<Instance, number>();
  #endsAt: number | undefined;
  /** It has run out, and most have not been well since. */
  #isSpent = false;

  /**
   * @param roundMs in which all checks have had their turn
   * @param longestMs how long it lasts at most
   */
  constructor(census: Census, roundMs: number, longestMs: number) {
    this.#census = census;
    this.#roundMs = roundMs;
    this.#longestMs = longestMs;
  }

  /** Is it on? */
  get isOn(): boolean {
    return this.#endsAt !== undefined;
  }

  /** An instance went down. */
  noteFallen(instance: Instance, now: number): void {
    this.#fallen.set(instance, now);
  }

  /** An instance is not down any more, or gone. */
  forget(instance: Instance): void {
    this.#fallen.delete(instance);
  }

  /**
   * Looks whether it begins: an instance that is counted as failing is about to go down.
   *
   * @returns those that went down in this round already, where it begins now
   */
  begin(now: number): readonly Instance[] | undefined {
    if (this.isOn || this.#isSpent || !this.#isMass(now)) return undefined;
    this.#endsAt = now + this.#longestMs;
    const recent = [...this.#fallen.keys()];
    this.#fallen.clear();
    return recent;
  }

  /** Looks whether it is over: most are well again, or it has lasted long enough. */
  end(now: number): boolean {
    const isMass = this.#isMass(now);
    if (!isMass) this.#isSpent = false;
    if (this.#endsAt === undefined || (isMass && now < this.#endsAt)) return false;
    this.#isSpent = isMass;
    this.#endsAt = undefined;
    return true;
  }

  #isMass(now: number): boolean {
    for (const [instance, at] of this.#fallen) {
      if (now - at <= this.#roundMs) break;
      this.#fallen.delete(instance);
    }
    const ill = this.#census.ill + this.#fallen.size;
    return ill >= MIN_FAILING && ill > this.#census.well;
  }
}
