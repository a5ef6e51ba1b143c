/** Who is due when: checks and leases in one heap, checks never in step, so many at once and no more. */

import { Check, type Due, Lease } from './instance.ts';

/** A heap by deadline, handed in. */
export interface Heap {
  /** The entry with the earliest deadline, left where it is. */
  readonly first: Due | undefined;
  push(entry: Due): void;
  /** Takes an entry out; false where it is not in. */
  remove(entry: Due): boolean;
}

/** Each wait is shorter than the interval by up to this part of it, so that checks never march in step. */
const JITTER = 0.1;
/** Checks begun in one go: opening more connections in one turn of the event loop would hold up everybody else. */
const MOST_STARTED = 16;

/** Plans checks and the ends of leases. */
export class Schedule {
  readonly #heap: Heap;
  readonly #random: () => number;
  readonly #mostRunning: number;
  /** Those whose time has come while as many as may be were running, the first first. */
  readonly #overdue = new Set<Check>();
  readonly #startedAt = new Map<Check, number>();

  constructor(heap: Heap, random: () => number, mostRunning: number) {
    this.#heap = heap;
    this.#random = random;
    this.#mostRunning = mostRunning;
  }

  /** How many checks run. */
  get running(): number {
    return this.#startedAt.size;
  }

  /** How many checks would run if more might at once. */
  get overdue(): number {
    return this.#overdue.size;
  }

  /** When there is something to do, in monotonic milliseconds: the next check or lease is due, or more may run by now. */
  get next(): number | undefined {
    const isReady = this.#overdue.size > 0 && this.#startedAt.size < this.#mostRunning;
    return isReady ? Number.NEGATIVE_INFINITY : this.#heap.first?.deadline;
  }

  /** Plans a check that was never run: now, or at any time within its interval. */
  add(check: Check, now: number, isSpread: boolean): void {
    check.deadline = isSpread ? now + check.intervalMs * this.#random() : now;
    this.#heap.push(check);
  }

  /** Has a check that waits run now. */
  hurry(check: Check, now: number): void {
    if (!this.#heap.remove(check)) return;
    check.deadline = now;
    this.#heap.push(check);
  }

  /** Gives a lease its whole time from now on. */
  renew(lease: Lease, now: number): void {
    if (lease.ttlMs === 0) return;
    lease.expires = now + lease.ttlMs;
    // One that is in the heap is looked at when its old time comes, which is cheaper than moving it each time.
    if (lease.place !== -1) return;
    lease.deadline = lease.expires;
    this.#heap.push(lease);
  }

  /** A check or lease is no more; a check that runs keeps its place among those until it is settled. */
  forget(part: Check | Lease): void {
    this.#heap.remove(part);
    if (part instanceof Check) this.#overdue.delete(part);
  }

  /** Takes out what is due: the checks that may run now, and leases that were not renewed. */
  due(now: number): { readonly checks: readonly Check[]; readonly lapsed: readonly Lease[] } {
    const lapsed: Lease[] = [];
    for (let first = this.#heap.first; first !== undefined && first.deadline <= now; first = this.#heap.first) {
      this.#heap.remove(first);
      if (first instanceof Check) this.#overdue.add(first);
      else if (first instanceof Lease && first.expires <= now) lapsed.push(first);
      else this.#postpone(first as Lease);
    }
    return { checks: this.#start(now), lapsed };
  }

  /** A check is done; plans its next turn, unless it was forgotten meanwhile. */
  settled(check: Check, isForgotten: boolean): void {
    const started = this.#startedAt.get(check);
    this.#startedAt.delete(check);
    if (started === undefined || isForgotten) return;
    check.deadline = started + check.intervalMs * (1 - JITTER * this.#random());
    this.#heap.push(check);
  }

  #postpone(lease: Lease): void {
    lease.deadline = lease.expires;
    this.#heap.push(lease);
  }

  #start(now: number): Check[] {
    const started: Check[] = [];
    for (const check of this.#overdue) {
      if (this.#startedAt.size >= this.#mostRunning || started.length >= MOST_STARTED) break;
      this.#overdue.delete(check);
      this.#startedAt.set(check, now);
      started.push(check);
    }
    return started;
  }
}
