/** How many instances there are of each status. */

import type { Status } from './health.ts';
import type { Instance } from './instance.ts';

/** Counts instances; whoever changes one takes it out before and puts it back after. */
export class Census {
  readonly counts: Record<Status, number> = { new: 0, up: 0, failing: 0, suspect: 0, down: 0 };
  /** Those that nothing is known of but that they are registered: they have neither check nor lease. */
  #unwatched = 0;

  /** Counts an instance. */
  enter(instance: Instance): void {
    this.#add(instance, 1);
  }

  /** Does not count it any more. */
  leave(instance: Instance): void {
    this.#add(instance, -1);
  }

  /** Those of which something is known, and it is good. */
  get well(): number {
    return this.counts.up - this.#unwatched;
  }

  /** Those that fail, and are not down. */
  get ill(): number {
    return this.counts.failing + this.counts.suspect;
  }

  #add(instance: Instance, one: number): void {
    this.counts[instance.status] += one;
    if (!instance.isWatched) this.#unwatched += one;
  }
}
