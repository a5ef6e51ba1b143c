/** The feed of changes: each has a number that grows, and those who wait for one are told. */

import type { Status } from './health.ts';
import type { Instance } from './instance.ts';

/** What can happen to an instance. */
export type ChangeKind = 'registered' | 'updated' | 'dropped' | Status;

/** Something that happened to an instance. */
export interface ChangeEvent {
  readonly index: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly kind: ChangeKind;
  readonly name: string;
  readonly instance: Instance;
  /** Its status afterwards. */
  readonly status: Status;
}

/** Changes kept for those who come back and ask what they missed. */
const KEPT = 4_096;
/** Long polls at once. */
export const MAX_WAITING = 10_000;

/** The name under which those wait who wait for any change; no service has it. */
const ANY = '';

/** Changes from a first index on. */
export class ChangeFeed {
  #index: number;
  readonly #wall: () => number;
  /** The last changes in a ring, by index modulo its size. */
  readonly #kept: ChangeEvent[] = [];
  readonly #first: number;
  readonly #listeners = new Set<(change: ChangeEvent) => void>();
  /** What wakes those who wait, by the service they wait for. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #waitingCount = 0;

  /** @param index of the last change there was */
  constructor(index: number, wall: () => number) {
    this.#index = index;
    this.#first = index;
    this.#wall = wall;
  }

  /** The number of the last change. */
  get index(): number {
    return this.#index;
  }

  /** How many wait for a change. */
  get waiting(): number {
    return this.#waitingCount;
  }

  /** Numbers a change of an instance, and tells it. */
  add(kind: ChangeKind, instance: Instance): void {
    this.#index += 1;
    instance.index = this.#index;
    const { name } = instance.registration;
    const change = { index: this.#index, time: this.#wall(), kind, name, instance, status: instance.status };
    this.#kept[this.#index % KEPT] = change;
    for (const listener of this.#listeners) listener(change);
    for (const key of [name, ANY]) for (const wake of this.#waiting.get(key) ?? []) wake();
  }

  /** Hears of every change from now on, at once, until the returned function is called. */
  subscribe(listener: (change: ChangeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The changes after an index, of all or of one service; undefined where some of them are not known any more, or the index
   * is none of ours.
   */
  since(index: number, name?: string): ChangeEvent[] | undefined {
    if (index < Math.max(this.#first, this.#index - KEPT) || index > this.#index) return undefined;
    const changes: ChangeEvent[] = [];
    for (let at = index + 1; at <= this.#index; at += 1) {
      const change = this.#kept[at % KEPT] as ChangeEvent;
      if (name === undefined || change.name === name) changes.push(change);
    }
    return changes;
  }

  /**
   * Waits for a change after an index, of any service or of one; resolves at once where there was one, or it is not known
   * any more whether there was. Where too many wait already it resolves at once too: whoever asks, asks again.
   *
   * @returns the index then; the same as before where the signal aborted
   */
  after(index: number, name: string | undefined, signal: AbortSignal): Promise<number> {
    const missed = this.since(index, name);
    const isLate = missed === undefined || missed.length > 0;
    if (isLate || signal.aborted || this.#waitingCount >= MAX_WAITING) return Promise.resolve(this.#index);
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#leave(name ?? ANY, wake);
        signal.removeEventListener('abort', wake);
        resolve(this.#index);
      };
      this.#enter(name ?? ANY, wake);
      signal.addEventListener('abort', wake);
    });
  }

  #enter(name: string, wake: () => void): void {
    const others = this.#waiting.get(name);
    if (others) others.add(wake);
    else this.#waiting.set(name, new Set([wake]));
    this.#waitingCount += 1;
  }

  #leave(name: string, wake: () => void): void {
    const all = this.#waiting.get(name);
    if (!all?.delete(wake)) return;
    this.#waitingCount -= 1;
    if (all.size === 0) this.#waiting.delete(name);
  }
}
