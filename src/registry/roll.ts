/** The roll of who is registered: each entry and each removal is written before it is done. */

import { NettkError } from '../errors.ts';
import { notFound, type Owned, refuseStranger } from './admission.ts';
import type { WriteBehind } from './behind.ts';
import type { ChangeFeed } from './changes.ts';
import type { Clock } from './clock.ts';
import type { Counters } from './counters.ts';
import { isStatus } from './health.ts';
import { Instance, type StoredInstance } from './instance.ts';
import type { Batch, Journal } from './journal.ts';
import type { Keeper } from './keeper.ts';
import { type Caller, entryOf, type LogKind, NOBODY } from './log.ts';
import { hasSameHealth, isSame, type Registration, readRegistration } from './registration.ts';
import type { StoreChange } from './store.ts';
import type { Table } from './table.ts';

/** Instances in one registry at most. */
const MAX_INSTANCES = 250_000;

/** What the roll works with. */
export interface RollParts {
  readonly table: Table;
  readonly keeper: Keeper;
  readonly journal: Journal;
  readonly behind: WriteBehind;
  readonly changes: ChangeFeed;
  readonly counters: Counters;
  readonly clock: Clock;
}

/** Enters and removes instances. */
export class Roll {
  readonly #parts: RollParts;
  /** Those whose removal is on its way. */
  readonly #going = new Set<Instance>();

  constructor(parts: RollParts) {
    this.#parts = parts;
  }

  /**
   * Takes in what an earlier run of the server knew.
   *
   * @throws NettkError `DAMAGED` where it is nothing that can have been registered
   */
  restore(stored: StoredInstance): void {
    const registration = readStored(stored);
    const instance = new Instance(registration, stored.owner, stored.registeredAt);
    instance.changedAt = stored.changedAt;
    instance.index = this.#parts.changes.index;
    this.#parts.table.add(instance);
    this.#parts.keeper.admit(instance, stored.status);
    this.#parts.table.service(registration.name)?.changed(instance.index);
  }

  /** Registers an instance, or updates it. */
  enter(registration: Registration, caller: Caller): Promise<Instance> {
    return this.#parts.journal.submit({
      plan: (batch) => this.#planEntry(registration, caller, batch),
      apply: () => this.#applyEntry(registration, caller),
    });
  }

  /** Withdraws an instance. */
  withdraw(name: string, id: string, caller: Caller): Promise<Instance> {
    let leaving: Instance | undefined;
    return this.#parts.journal.submit({
      plan: (batch) => {
        const present = this.#present(name, id, batch);
        if (!present) throw notFound(name, id);
        refuseStranger(present, caller, 'drop');
        batch.set(keyOf(name, id), undefined);
        const entry = { ...entryOf(caller), kind: 'drop', name, id, answer: 'dropped' } as const;
        return [{ kind: 'drop', name, id }, this.#record(entry)];
      },
      apply: () => {
        leaving = this.#parts.table.get(name, id) as Instance;
        this.#remove(leaving);
        this.#parts.counters.withdrawn += 1;
        return leaving;
      },
    });
  }

  /** Drops an instance that has failed too often, unless it was registered anew or was well before that can be written. */
  expire(instance: Instance): void {
    if (this.#going.has(instance)) return;
    this.#going.add(instance);
    const { name, id } = instance.registration;
    let isGone = false;
    const done = this.#parts.journal.submit({
      plan: (batch) => {
        const isCurrent = !batch.has(keyOf(name, id)) && this.#parts.table.get(name, id) === instance;
        isGone = isCurrent && instance.parts.some((part) => part.isSpent);
        if (!isGone) return [];
        batch.set(keyOf(name, id), undefined);
        const answer = `${instance.failures} failures in a row`;
        return [{ kind: 'drop', name, id }, this.#record({ ...NOBODY, kind: 'dropped', name, id, answer })];
      },
      apply: () => {
        if (!isGone) return;
        this.#remove(instance);
        this.#parts.counters.dropped += 1;
      },
    });
    // Where it cannot be written, its next failure tries again; it is down already.
    done.catch(() => {}).finally(() => this.#going.delete(instance));
  }

  #planEntry(registration: Registration, caller: Caller, batch: Batch): StoreChange[] {
    const { table, clock } = this.#parts;
    const { name, id } = registration;
    const present = this.#present(name, id, batch);
    if (present) refuseStranger(present, caller, 'register');
    else if (table.size + batch.size >= MAX_INSTANCES) {
      throw new NettkError({ code: 'BUSY', action: 'register', reason: `${MAX_INSTANCES} instances are registered` });
    }
    if (present && isSame(present.registration, registration)) return [];
    const owner = present?.owner ?? caller.address;
    batch.set(keyOf(name, id), { owner, registration });
    const wall = clock.wall();
    const known = table.get(name, id);
    const keepsHealth = known && hasSameHealth(known.registration, registration);
    const instance: StoredInstance = {
      registration,
      owner,
      status: keepsHealth ? known.status : 'new',
      registeredAt: known?.registeredAt ?? wall,
      changedAt: keepsHealth ? known.changedAt : wall,
    };
    const kind: LogKind = present ? 'update' : 'register';
    return [{ kind: 'put', instance }, this.#record({ ...entryOf(caller), kind, name, id, answer: 'ok' })];
  }

  #applyEntry(registration: Registration, caller: Caller): Instance {
    const { table, keeper, changes, counters, clock } = this.#parts;
    const { name, id } = registration;
    const present = table.get(name, id);
    if (!present) {
      const instance = new Instance(registration, caller.address, clock.wall());
      table.add(instance);
      keeper.admit(instance);
      counters.registered += 1;
      changes.add('registered', instance);
      return instance;
    }
    if (isSame(present.registration, registration)) {
      counters.renewed += 1;
      keeper.revive(present);
      return present;
    }
    counters.updated += 1;
    if (hasSameHealth(present.registration, registration)) {
      present.registration = registration;
      keeper.revive(present);
    } else {
      keeper.release(present);
      present.registration = registration;
      present.changedAt = clock.wall();
      keeper.admit(present);
    }
    changes.add('updated', present);
    return present;
  }

  /** What is there when those before in the same commit are done. */
  #present(name: string, id: string, batch: Batch): Owned | undefined {
    const key = keyOf(name, id);
    return batch.has(key) ? batch.get(key) : this.#parts.table.get(name, id);
  }

  #remove(instance: Instance): void {
    const { table, keeper, behind, changes } = this.#parts;
    keeper.release(instance);
    table.remove(instance);
    behind.forget(instance);
    changes.add('dropped', instance);
  }

  #record(entry: Parameters<WriteBehind['record']>[0]): StoreChange {
    return { kind: 'record', record: this.#parts.behind.record(entry) };
  }
}

/** A damaged store may hold anything. */
function readStored({ registration, owner, status }: StoredInstance): Registration {
  try {
    if (!isStatus(status)) throw new TypeError(`${status} is no status`);
    return readRegistration(registration, owner);
  } catch (cause) {
    const reason = `the store is damaged: ${cause instanceof Error ? cause.message : cause}`;
    throw new NettkError({ code: 'DAMAGED', action: 'read what was registered', reason, cause });
  }
}

/** A name has no slash. */
const keyOf = (name: string, id: string): string => `${name}/${id}`;
