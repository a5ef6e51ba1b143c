/** Any sequence of requests, checks and times leads the registry where the plain model goes. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineHeap } from '../../src/host/deadline-heap.ts';
import type { Check, Due } from '../../src/registry/instance.ts';
import { MemoryStore } from '../../src/registry/memory-store.ts';
import { type RegistrationInput, readRegistration } from '../../src/registry/registration.ts';
import { Registry, type RegistryParts } from '../../src/registry/registry.ts';
import { caller, FakeClock, RULES } from './fixture.ts';
import { Model } from './model.ts';

/** `npm run test:long` tries more. */
const RUNS = process.env['NETTK_LONG'] ? 20_000 : 500;

const NAMES = ['a', 'b', 'c'];
const PORTS = [1, 2, 3, 4, 5, 6];
const OWNERS = ['10.0.0.1', '10.0.0.2'];
const CHECKS: readonly (readonly NonNullable<RegistrationInput['checks']>[number][])[] = [
  [],
  [{ kind: 'tcp' }],
  [{ kind: 'tcp', fail: 1, rise: 1, dropAfter: 3 }],
  [{ kind: 'tcp' }, { kind: 'http', path: '/', intervalMs: 2_000 }],
];

const name = fc.constantFrom(...NAMES);
const port = fc.constantFrom(...PORTS);
const owner = fc.constantFrom(...OWNERS);
const kindOfChecks = fc.nat(CHECKS.length - 1);
const ttlMs = fc.constantFrom(0, 0, 3_000, 10_000);
/** Which ports fail, by the bits of a number: most of them alike, or any. */
const failing = fc.oneof(fc.constantFrom(0, 0xff, 0b11110), fc.nat(0xff));

const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('register'), name, port, owner, kindOfChecks, ttlMs, weight: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fill'), owner, kindOfChecks, ttlMs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop'), name, port, owner }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renew'), name, port, owner, isWell: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 0, max: 40_000 }), failing }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('jump'), ms: fc.integer({ min: 0, max: 1e9 }), failing }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set clock'), ms: fc.integer({ min: -1e9, max: 1e9 }) }) },
) as fc.Arbitrary<Command>;

interface Command {
  readonly do: 'register' | 'fill' | 'drop' | 'renew' | 'pass' | 'jump' | 'set clock';
  readonly name: string;
  readonly port: number;
  readonly owner: string;
  readonly kindOfChecks: number;
  readonly ttlMs: number;
  readonly weight: number;
  readonly isWell: boolean;
  readonly ms: number;
  readonly failing: number;
}

/** The registry and the model, side by side. */
class Pair {
  readonly clock = new FakeClock();
  readonly model = new Model(RULES);
  #registry: Registry | undefined;
  readonly store = new MemoryStore();
  readonly #deferred: (() => void)[] = [];
  /** When each check began last. */
  readonly #begun = new WeakMap<Check, number>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  get registry(): Registry {
    return this.#registry as Registry;
  }

  async open(): Promise<void> {
    const parts: RegistryParts = {
      store: this.store,
      clock: this.clock,
      heap: new DeadlineHeap<Due>(),
      random: this.#random,
      defer: (run) => this.#deferred.push(run),
      rules: RULES,
      logLimits: { records: 100, ageMs: 86_400_000 },
      mostChecks: 512,
      mayCheck: () => true,
      note: () => {},
    };
    this.#registry = await Registry.open(parts);
  }

  /** Lets what is queued be written and done. */
  async settle(): Promise<void> {
    while (this.#deferred.length > 0) {
      for (const run of this.#deferred.splice(0)) run();
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    }
    this.model.sweep();
  }

  async run(one: Command): Promise<void> {
    const key = `${one.name}/10.0.0.9:${one.port}`;
    const who = caller(one.owner);
    if (one.do === 'register') await this.#register([one]);
    else if (one.do === 'fill')
      await this.#register(NAMES.flatMap((name) => PORTS.map((port) => ({ ...one, name, port, weight: 0 }))));
    else if (one.do === 'drop') {
      const dropped = this.#outcome(this.registry.drop(one.name, `10.0.0.9:${one.port}`, who));
      await this.settle();
      expect(await dropped).toBe(this.model.drop(key, one.owner));
    } else if (one.do === 'renew') {
      const report = { isWell: one.isWell, output: '' };
      let isDone = true;
      try {
        this.registry.renew(one.name, `10.0.0.9:${one.port}`, who, report);
      } catch {
        isDone = false;
      }
      expect(isDone).toBe(this.model.renew(key, one.owner, one.isWell));
    } else if (one.do === 'pass')
      for (let left = one.ms; left > 0; left -= 700) await this.#look(Math.min(left, 700), one.failing);
    else if (one.do === 'jump') await this.#look(one.ms, one.failing);
    else this.clock.unix += one.ms;
    await this.settle();
  }

  async #register(all: readonly Command[]): Promise<void> {
    const asked = all.map((one) => {
      const checks = CHECKS[one.kindOfChecks] as NonNullable<RegistrationInput['checks']>;
      const { name, port, ttlMs } = one;
      const input: RegistrationInput = { name, port, ttlMs, checks, address: '10.0.0.9', weight: one.weight + 1 };
      return { input, owner: one.owner, outcome: this.#outcome(this.registry.register(input, caller(one.owner))) };
    });
    await this.settle();
    for (const { input, owner, outcome } of asked) {
      const expected = this.model.register(readRegistration(input, owner), owner);
      expect(await outcome).toBe(expected);
    }
  }

  async #outcome(done: Promise<unknown>): Promise<boolean> {
    return done.then(
      () => true,
      () => false,
    );
  }

  async #look(ms: number, failing: number): Promise<void> {
    this.clock.advance(ms);
    // Only so many begin in one go.
    for (let left = ms, isDone = false; !isDone; left = 0) {
      const checks = this.registry.tick();
      this.model.look(left);
      for (const check of checks) this.#judge(check, failing);
      isDone = checks.length === 0;
    }
    await this.settle();
  }

  #judge(check: Check, failing: number): void {
    const { name, id, port } = check.instance.registration;
    const place = check.instance.checks.indexOf(check);
    const key = `${name}/${id}`;
    const isWell = (failing & (1 << port)) === 0;
    this.registry.settle(check, isWell ? undefined : 'no');
    this.model.settle(key, place, isWell);
    this.#begun.set(check, this.model.time);
  }

  compare(): void {
    const { registry, model } = this;
    const statuses = new Map<string, string>();
    for (const service of registry.services())
      for (const { registration, status } of service.instances.values())
        statuses.set(`${registration.name}/${registration.id}`, status);
    const expected = new Map([...model.instances].map(([key, { status }]) => [key, status]));
    expect(new Map([...statuses].sort())).toEqual(new Map([...expected].sort()));
    expect(registry.size).toBe(model.instances.size);
    const counts = { new: 0, up: 0, failing: 0, suspect: 0, down: 0 };
    for (const { status } of model.instances.values()) counts[status] += 1;
    expect(registry.statuses).toEqual(counts);
    expect(registry.isSuspicious).toBe(model.suspectUntil !== undefined);
  }

  /** Nobody waits longer for a check than its interval, and the time between two looks. */
  comparePace(): void {
    for (const service of this.registry.services()) {
      for (const { checks } of service.instances.values()) {
        for (const check of checks) {
          const begun = this.#begun.get(check) ?? this.model.time;
          expect(this.model.time - begun).toBeLessThanOrEqual(check.intervalMs + 2_000);
        }
      }
    }
  }
}

describe('a registry', () => {
  it('does what the model does, in whatever order things happen', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { maxLength: 40, size: 'max' }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (commands, chance) => {
          const pair = new Pair(() => chance.next().value as number);
          await pair.open();
          let { index } = pair.registry.changes;
          for (const one of commands) {
            await pair.run(one);
            pair.compare();
            pair.comparePace();
            expect(pair.registry.changes.index).toBeGreaterThanOrEqual(index);
            index = pair.registry.changes.index;
          }
          const before = new Map(
            [...pair.model.instances].map(([key, { registration, status }]) => [key, { registration, status }]),
          );
          await pair.registry.close();
          const kept = (await pair.store.load()).instances.map(({ registration, status }) => [
            `${registration.name}/${registration.id}`,
            {
              registration,
              status: registration.checks.length === 0 && status === 'new' ? 'up' : status,
            },
          ]) as [string, unknown][];
          expect(new Map(kept.sort())).toEqual(new Map([...before].sort()));
          await pair.open();
          expect(pair.registry.size).toBe(before.size);
          expect(pair.registry.changes.index).toBeGreaterThanOrEqual(index);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
