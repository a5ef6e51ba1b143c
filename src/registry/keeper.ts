/** Keeps the health of all instances: what checks and leases find out becomes statuses, by the rules. */

import { Census } from './census.ts';
import type { Clock } from './clock.ts';
import { type HealthRules, judge, type Status } from './health.ts';
import { type Check, type Instance, Lease } from './instance.ts';
import type { Schedule } from './schedule.ts';
import { Suspicion } from './suspicion.ts';
import type { Table } from './table.ts';

/** An instance's own word. */
export interface Report {
  /** It is to be used. */
  readonly isWell: boolean;
  /** Why, in a few words. */
  readonly output: string;
  /** Those who wait for changes are told, even if its status is the same. */
  readonly isNews?: boolean;
}

/** A mass failure is put down to ourselves for so many times as long as it takes to be down. */
const SUSPECT_FACTOR = 4;

/** What the keeper tells. */
export interface KeeperEvents {
  /** An instance has another status. */
  changed(instance: Instance, before: Status, reason: string): void;
  /** A lease was not renewed in time, for the first time. */
  lapsed(instance: Instance): void;
  /** An instance has failed so often that it has to go. */
  spent(instance: Instance): void;
  /** Something whoever runs the server should know. */
  note(line: string): void;
}

/** What the keeper works with. */
export interface KeeperParts {
  readonly table: Table;
  readonly schedule: Schedule;
  readonly clock: Clock;
  readonly rules: HealthRules;
  readonly events: KeeperEvents;
}

/** The health of all instances. */
export class Keeper {
  readonly census = new Census();
  readonly #table: Table;
  readonly #schedule: Schedule;
  readonly #clock: Clock;
  readonly #rules: HealthRules;
  readonly #events: KeeperEvents;
  readonly #suspicion: Suspicion;
  readonly #longestMs: number;

  constructor({ table, schedule, clock, rules, events }: KeeperParts) {
    this.#table = table;
    this.#schedule = schedule;
    this.#clock = clock;
    this.#rules = rules;
    this.#events = events;
    this.#longestMs = SUSPECT_FACTOR * rules.fail * rules.intervalMs;
    this.#suspicion = new Suspicion(this.census, rules.intervalMs + rules.timeoutMs, this.#longestMs);
  }

  /** Do most fail, so that it is put down to ourselves? */
  get isSuspicious(): boolean {
    return this.#suspicion.isOn;
  }

  /** Begins to keep an instance. @param before the status that an earlier run of the server knew it to have */
  admit(instance: Instance, before?: Status): void {
    const now = this.#clock.now();
    instance.build(this.#rules);
    if (before === 'down' && !instance.isWatched) {
      // Nothing else can have made it so but its own word.
      instance.lease = new Lease(instance, 0, this.#rules);
      instance.lease.hasSaidDown = true;
    }
    for (const part of instance.parts) part.restore(before ?? 'new');
    // To register is the first word of a lease.
    if (instance.lease) instance.lease.isKnown = true;
    instance.status = judge(instance.parts);
    this.census.enter(instance);
    for (const check of instance.checks) this.#schedule.add(check, now, before !== undefined);
    if (instance.lease) this.#schedule.renew(instance.lease, now);
  }

  /** Keeps an instance no more. */
  release(instance: Instance): void {
    this.census.leave(instance);
    this.#suspicion.forget(instance);
    for (const check of instance.checks) this.#schedule.forget(check);
    if (instance.lease) this.#schedule.forget(instance.lease);
  }

  /** An instance says that it is well, or that it is not to be used. */
  renew(instance: Instance, isWell: boolean, output: string): void {
    const lease = this.#takeWord(instance, !isWell);
    if (!lease) return;
    if (isWell) lease.pass(output);
    else lease.fail(output, Math.max(1, lease.limits.fail - lease.failures));
    this.#schedule.renew(lease, this.#clock.now());
    this.#refresh(instance, output);
  }

  /** An instance registered again as it was: it is alive, whatever was counted, and is looked at now. */
  revive(instance: Instance): void {
    for (const part of instance.parts) part.forgive();
    const now = this.#clock.now();
    if (instance.lease) this.renew(instance, true, '');
    if (instance.status !== 'down') return;
    for (const check of instance.checks) this.#schedule.hurry(check, now);
  }

  /** A check is done; `failure` is why it failed. What is not kept any more is passed over. */
  settle(check: Check, failure?: string): void {
    const { instance } = check;
    const isForgotten = !instance.checks.includes(check) || !this.#isKept(instance);
    this.#schedule.settled(check, isForgotten);
    if (isForgotten) return;
    if (failure === undefined) check.pass('');
    else check.fail(failure);
    this.#refresh(instance, check.output);
  }

  /** Does what is due now; returns the checks that are to be run, each to be settled. */
  tick(): readonly Check[] {
    const now = this.#clock.now();
    if (this.#suspicion.end(now)) this.#endSuspicion();
    const { checks, lapsed } = this.#schedule.due(now);
    for (const lease of lapsed) this.#lapse(lease, now);
    // Only now: who lapses together is judged together.
    for (const { instance, output } of lapsed) this.#judge(instance, output);
    for (const { instance } of lapsed) this.#dropIfSpent(instance);
    return checks;
  }

  #isKept(instance: Instance): boolean {
    const { name, id } = instance.registration;
    return this.#table.get(name, id) === instance;
  }

  /** The lease that an instance's word goes to; one that promised nothing gets one only for bad news. */
  #takeWord(instance: Instance, isBad: boolean): Lease | undefined {
    if (!instance.lease && isBad) {
      this.census.leave(instance);
      instance.lease = new Lease(instance, 0, this.#rules);
      this.census.enter(instance);
    }
    if (instance.lease) instance.lease.hasSaidDown = isBad;
    return instance.lease;
  }

  #lapse(lease: Lease, now: number): void {
    const { instance } = lease;
    if (!lease.isDown) this.#events.lapsed(instance);
    lease.fail('not renewed in time', lease.isDown ? 1 : Math.max(1, lease.limits.fail - lease.failures));
    this.#schedule.renew(lease, now);
    if (instance.status !== 'down') this.#set(instance, 'failing');
  }

  /** Something was found out about an instance. */
  #refresh(instance: Instance, reason: string): void {
    this.#judge(instance, reason);
    this.#dropIfSpent(instance);
  }

  /** Finds out its status anew. */
  #judge(instance: Instance, reason: string): void {
    const before = instance.status;
    const found = judge(instance.parts);
    this.#set(instance, found === 'down' ? this.#fallen(instance) : found);
    if (instance.status !== before) this.#events.changed(instance, before, reason);
  }

  /** Nobody goes while most fail, but who said so itself. */
  #dropIfSpent(instance: Instance): void {
    const mayGo = !this.#suspicion.isOn || instance.lease?.hasSaidDown;
    if (mayGo && instance.parts.some((part) => part.isSpent)) this.#events.spent(instance);
  }

  /** Down, or suspect where most fail. */
  #fallen(instance: Instance): Status {
    if (instance.status === 'down' || instance.lease?.hasSaidDown) return 'down';
    this.#set(instance, 'failing');
    const fellBefore = this.#suspicion.begin(this.#clock.now());
    if (fellBefore) this.#beginSuspicion(fellBefore);
    return this.#suspicion.isOn ? 'suspect' : 'down';
  }

  #set(instance: Instance, status: Status): void {
    if (instance.status === status) return;
    this.census.leave(instance);
    instance.status = status;
    this.census.enter(instance);
    if (status === 'down' && !instance.lease?.hasSaidDown) this.#suspicion.noteFallen(instance, this.#clock.now());
    else this.#suspicion.forget(instance);
  }

  #beginSuspicion(fellBefore: readonly Instance[]): void {
    const seconds = this.#longestMs / 1_000;
    this.#events.note(`most instances fail at once: they are suspect, and still served for at most ${seconds} s`);
    for (const instance of fellBefore) {
      this.#set(instance, 'suspect');
      this.#events.changed(instance, 'down', 'most fail at once');
    }
  }

  #endSuspicion(): void {
    this.#events.note('no instance is suspect any more: what fails is down');
    for (const service of this.#table.services()) {
      for (const instance of service.instances.values()) {
        if (instance.status !== 'suspect') continue;
        for (const part of instance.parts) part.forgive();
        this.#refresh(instance, 'still failing');
      }
    }
  }
}
