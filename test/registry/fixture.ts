/** A registry whose clock, chance and commits the test holds in its hand. */

import { DeadlineHeap } from '../../src/host/deadline-heap.ts';
import type { Check, Due } from '../../src/registry/instance.ts';
import type { Caller } from '../../src/registry/log.ts';
import { MemoryStore } from '../../src/registry/memory-store.ts';
import { Registry, type RegistryParts } from '../../src/registry/registry.ts';

/** The documented rules. */
export const RULES = { intervalMs: 5_000, timeoutMs: 1_000, fail: 3, rise: 2, dropAfter: 6 };

/** A clock that stands until it is moved. */
export class FakeClock {
  monotonic = 1_000_000;
  unix = Date.UTC(2026, 10, 23);
  now = (): number => this.monotonic;
  wall = (): number => this.unix;

  /** Time passes on both clocks. */
  advance(ms: number): void {
    this.monotonic += ms;
    this.unix += ms;
  }
}

/** Somebody who asks. */
export const caller = (address = '127.0.0.1', role: Caller['role'] = 'registrant'): Caller => ({
  address,
  port: 40_000,
  face: 'line',
  role,
});

export interface House {
  readonly registry: Registry;
  readonly clock: FakeClock;
  readonly store: MemoryStore;
  readonly notes: string[];
  /** Lets so much time pass, looking twice a second; `judge` says why a check fails. */
  pass(ms: number, judge?: (check: Check) => string | undefined): Promise<void>;
  /** Lets what is queued be written. */
  settle(): Promise<void>;
}

/** Opens one. */
export async function openHouse(parts: Partial<RegistryParts> = {}, clock = new FakeClock()): Promise<House> {
  const notes: string[] = [];
  const store = (parts.store as MemoryStore) ?? new MemoryStore();
  const registry = await Registry.open({
    store,
    clock,
    heap: new DeadlineHeap<Due>(),
    random: () => 0.5,
    defer: setImmediate,
    rules: RULES,
    logLimits: { records: 10_000, ageMs: 86_400_000 },
    mostChecks: 512,
    mayCheck: () => true,
    note: (line) => notes.push(line),
    ...parts,
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass: House['pass'] = async (ms, judge = () => undefined) => {
    for (let left = ms; left > 0; left -= 500) {
      clock.advance(Math.min(500, left));
      for (let due = registry.tick(); due.length > 0; due = registry.tick())
        for (const check of due) registry.settle(check, judge(check));
      await settle();
    }
  };
  return { registry, clock, store, notes, pass, settle };
}
