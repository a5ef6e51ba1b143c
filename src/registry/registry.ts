/** The registry: who is registered, how they are, who asked. It has no sockets, timers, clock or files of its own. */

import { NettkError } from '../errors.ts';
import { notFound, onlyOneOf, refuseForeignChecks, refuseReader, refuseStranger } from './admission.ts';
import { INDEX_BLOCK, WriteBehind } from './behind.ts';
import { ChangeFeed } from './changes.ts';
import { type Clock, PatientClock } from './clock.ts';
import { Counters, mostAsked } from './counters.ts';
import type { HealthRules, Status } from './health.ts';
import type { Check, Instance } from './instance.ts';
import { Journal } from './journal.ts';
import { Keeper, type Report } from './keeper.ts';
import { type Caller, entryOf, type LogQuery, type LogRecord, NOBODY, shortAnswer } from './log.ts';
import { type RegistrationInput, readRegistration } from './registration.ts';
import { Roll } from './roll.ts';
import { type Heap, Schedule } from './schedule.ts';
import type { LogLimits, Store, StoreContents } from './store.ts';
import { type Service, Table } from './table.ts';

/** How often what was counted is written, and the log trimmed, in milliseconds. */
const COLLECT_MS = 1_000;
/** Records of the log read at once at most. */
export const MAX_LOG_READ = 1_000;

/** What a registry is made of. */
export interface RegistryParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly heap: Heap;
  /** From 0 up to, but not, 1. */
  readonly random: () => number;
  /** Calls back when the requests at hand have been read. */
  readonly defer: (run: () => void) => void;
  readonly rules: HealthRules;
  readonly logLimits: LogLimits;
  /** How many checks run at once at most. */
  readonly mostChecks: number;
  /** May a registrant have this address checked? */
  readonly mayCheck: (registrant: string, address: string) => boolean;
  /** Told what whoever runs the server should know. */
  readonly note: (line: string) => void;
}

/** A lookup, for the log and the counters. */
export interface Lookup {
  /** What was asked for, as far as it can be a name; else empty. */
  readonly name: string;
  readonly service: Service | undefined;
  readonly answer: string;
  /** The answer was at hand. */
  readonly isHit: boolean;
}

/** A registry at work. Whoever owns it calls `tick` at least once a second and runs the checks that it returns. */
export class Registry {
  /** Everything that happens to instances, numbered. */
  readonly changes: ChangeFeed;
  readonly counters = new Counters();
  readonly #parts: RegistryParts;
  readonly #clock: PatientClock;
  readonly #table = new Table();
  readonly #schedule: Schedule;
  readonly #behind: WriteBehind;
  readonly #journal: Journal;
  readonly #keeper: Keeper;
  readonly #roll: Roll;
  #collectedAt: number;

  /**
   * Opens a registry over a store.
   *
   * @throws NettkError where the store cannot be read or written
   */
  static async open(parts: RegistryParts): Promise<Registry> {
    const contents = await parts.store.load();
    const registry = new Registry(parts, contents);
    // Only now: a store that holds nonsense is left as it is.
    await parts.store.commit([{ kind: 'reserve', index: contents.reserved + INDEX_BLOCK }]);
    return registry;
  }

  private constructor(parts: RegistryParts, contents: StoreContents) {
    const { store, heap, random, rules, mostChecks, note, defer } = parts;
    const { counters } = this;
    const table = this.#table;
    const clock = new PatientClock(parts.clock);
    const changes = new ChangeFeed(contents.reserved, () => clock.wall());
    changes.subscribe(({ name, index }) => table.service(name)?.changed(index));
    const numbers = { number: contents.lastRecord, reserved: contents.reserved + INDEX_BLOCK };
    const behind = new WriteBehind({ changes, clock, counters, note }, numbers);
    const journal = new Journal(store, behind, defer);
    const schedule = new Schedule(heap, random, mostChecks);
    const events = {
      changed: (instance: Instance, before: Status, reason: string) => this.#statusChanged(instance, before, reason),
      lapsed: (instance: Instance) => this.#lapsed(instance),
      spent: (instance: Instance) => this.#roll.expire(instance),
      note,
    };
    this.#keeper = new Keeper({ table, schedule, clock, rules, events });
    this.#roll = new Roll({ table, keeper: this.#keeper, journal, behind, changes, counters, clock });
    this.#parts = parts;
    this.#clock = clock;
    this.changes = changes;
    this.#behind = behind;
    this.#journal = journal;
    this.#schedule = schedule;
    this.#collectedAt = clock.now();
    for (const stored of contents.instances) this.#roll.restore(stored);
  }

  /** How many instances there are. */
  get size(): number {
    return this.#table.size;
  }

  /** How many instances have each status. */
  get statuses(): Readonly<Record<Status, number>> {
    return this.#keeper.census.counts;
  }

  /** Do most instances fail at once, so that they are only suspect? */
  get isSuspicious(): boolean {
    return this.#keeper.isSuspicious;
  }

  /** Are registrations refused because they cannot be saved? */
  get isUnsaved(): boolean {
    return this.#behind.isFailing;
  }

  /** Checks that run, and those that would run if more might at once. */
  get checks(): { readonly running: number; readonly overdue: number } {
    return { running: this.#schedule.running, overdue: this.#schedule.overdue };
  }

  /** All services, in the order of their registration. */
  services(): IterableIterator<Service> {
    return this.#table.services();
  }

  /** A service; undefined where nobody is registered under the name. Case does not count. */
  service(name: string): Service | undefined {
    return this.#table.service(name) ?? this.#table.service(name.toLowerCase());
  }

  /** All instances with an id, whatever their service. */
  withId(id: string): readonly Instance[] {
    return this.#table.withId(id);
  }

  /** The services asked for most often, the first first. */
  top(most: number): Service[] {
    return mostAsked(this.#table, most);
  }

  /**
   * One instance; without an id, the only one of the service that the caller may change.
   *
   * @throws NettkError `NOT_FOUND`; `USAGE` where several may be meant
   */
  find(name: string, id: string | undefined, caller: Caller): Instance {
    const service = this.service(name);
    if (!service) throw notFound(name);
    const found = id === undefined ? onlyOneOf(service, caller) : service.instances.get(id);
    if (!found) throw notFound(name, id);
    return found;
  }

  /**
   * Registers an instance, or updates the one with the same name and id. Resolves when that is durable.
   *
   * @throws NettkError `USAGE` what is wrong, `REFUSED` why not, `BUSY`, or why it could not be saved
   */
  async register(input: RegistrationInput, caller: Caller): Promise<Instance> {
    try {
      refuseReader(caller, 'register');
      const registration = readRegistration(input, caller.address);
      refuseForeignChecks(registration, caller, this.#parts.mayCheck);
      return await this.#roll.enter(registration, caller);
    } catch (error) {
      this.#refused(error, input.name, caller);
      throw error;
    }
  }

  /**
   * Withdraws an instance. Resolves when that is durable.
   *
   * @throws NettkError `NOT_FOUND`, `REFUSED`, `BUSY`, or why it could not be saved
   */
  async drop(name: string, id: string, caller: Caller): Promise<Instance> {
    try {
      refuseReader(caller, 'drop');
      return await this.#roll.withdraw(name.toLowerCase(), id, caller);
    } catch (error) {
      this.#refused(error, name, caller);
      throw error;
    }
  }

  /**
   * Takes an instance's word that it is well, which renews its lease, or that it is not to be used.
   *
   * @throws NettkError `NOT_FOUND` and `REFUSED`
   */
  renew(name: string, id: string | undefined, caller: Caller, report: Report = WELL): Instance {
    refuseReader(caller, 'renew');
    const instance = this.find(name, id, caller);
    refuseStranger(instance, caller, 'renew');
    this.counters.renewed += 1;
    const { index } = instance;
    this.#keeper.renew(instance, report.isWell, shortAnswer(report.output));
    if (report.isNews && instance.index === index) this.changes.add(instance.status, instance);
    return instance;
  }

  /** Counts a lookup and writes it to the log. */
  noteLookup({ name, service, answer, isHit }: Lookup, caller: Caller): void {
    const wall = this.#clock.wall();
    this.counters.lookup(service, caller.address, isHit, wall);
    const entry = { ...entryOf(caller), kind: 'lookup', name, id: '', answer: shortAnswer(answer) } as const;
    this.#behind.often.add({ ...entry, isCached: isHit }, wall);
  }

  /** The newest records of the log that match, the newest first. */
  logRecords(query: LogQuery): Promise<LogRecord[]> {
    return this.#parts.store.records({ ...query, limit: Math.min(query.limit, MAX_LOG_READ) });
  }

  /** Hears of every record of the log once it is written, until the returned function is called. */
  followLog(listener: (record: LogRecord) => void): () => void {
    return this.#behind.follow(listener);
  }

  /** Does what is due; returns the checks that are to be run now, each to be settled. */
  tick(): readonly Check[] {
    const checks = this.#keeper.tick();
    if (this.#clock.now() - this.#collectedAt >= COLLECT_MS) this.#collect();
    return checks;
  }

  /** How long nothing is due, in milliseconds; a second at most. */
  get idleMs(): number {
    const next = this.#schedule.next;
    if (next === undefined) return COLLECT_MS;
    return Math.min(COLLECT_MS, Math.max(0, next - this.#clock.now()));
  }

  /** A check was run; `failure` says why it failed, in a few words. */
  settle(check: Check, failure?: string): void {
    if (failure === undefined) this.counters.passes += 1;
    else this.counters.failures += 1;
    this.#keeper.settle(check, failure === undefined ? undefined : shortAnswer(failure));
  }

  /** Writes what waits, and closes the store. */
  async close(): Promise<void> {
    this.#behind.collect();
    await this.#journal.settle();
    await this.#parts.store.close();
  }

  #collect(): void {
    this.#collectedAt = this.#clock.now();
    this.#behind.collect();
    if (this.#behind.isWaiting) this.#journal.flush();
    this.#parts.store.trim(this.#parts.logLimits, this.#clock.wall()).catch((error: unknown) => {
      // What cannot be written is told where somebody waits for it.
      if (!(error instanceof NettkError)) throw error;
    });
  }

  #statusChanged(instance: Instance, before: Status, reason: string): void {
    instance.changedAt = this.#clock.wall();
    this.changes.add(instance.status, instance);
    this.#behind.statusChanged(instance);
    const { status } = instance;
    const isRecovery = status === 'up' && before !== 'failing';
    if (!isRecovery && status !== 'suspect' && status !== 'down') return;
    this.#behind.add({ ...NOBODY, kind: status, ...keysOf(instance), answer: shortAnswer(reason) });
  }

  #lapsed(instance: Instance): void {
    this.counters.lapsed += 1;
    this.#behind.add({ ...NOBODY, kind: 'lapsed', ...keysOf(instance), answer: 'not renewed in time' });
  }

  #refused(error: unknown, name: string, caller: Caller): void {
    if (!(error instanceof NettkError)) return;
    this.counters.refused += 1;
    const what = { kind: 'refused', name: name.slice(0, 63), id: '', answer: shortAnswer(error.message) } as const;
    this.#behind.often.add({ ...entryOf(caller), ...what }, this.#clock.wall());
  }
}

/** What a renewal says where it says nothing else. */
const WELL: Report = { isWell: true, output: '' };

const keysOf = ({ registration: { name, id } }: Instance) => ({ name, id });
