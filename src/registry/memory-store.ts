/** A store that keeps everything for as long as the process lives. */

import type { StoredInstance } from './instance.ts';
import { type LogQuery, type LogRecord, matchesQuery } from './log.ts';
import type { LogLimits, Store, StoreChange, StoreContents } from './store.ts';

/** Records kept at most, whatever the limits say: memory is not disk. */
const MAX_RECORDS = 100_000;

/** Keeps everything in maps and a list. */
export class MemoryStore implements Store {
  readonly #instances = new Map<string, StoredInstance>();
  /** The oldest first. */
  #records: LogRecord[] = [];
  #reserved = 0;

  async load(): Promise<StoreContents> {
    const lastRecord = this.#records.at(-1)?.number ?? 0;
    return { instances: [...this.#instances.values()], reserved: this.#reserved, lastRecord };
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    for (const change of changes) this.#write(change);
  }

  async records(query: LogQuery): Promise<LogRecord[]> {
    const found: LogRecord[] = [];
    for (let at = this.#records.length - 1; at >= 0 && found.length < query.limit; at -= 1) {
      const record = this.#records[at] as LogRecord;
      if (matchesQuery(record, query)) found.push(record);
    }
    return found;
  }

  async trim({ records, ageMs }: LogLimits, wall: number): Promise<void> {
    const most = Math.min(records, MAX_RECORDS);
    const firstYoung = this.#records.findIndex(({ time }) => time >= wall - ageMs);
    const tooOld = firstYoung === -1 ? this.#records.length : firstYoung;
    const cut = Math.max(tooOld, this.#records.length - most);
    if (cut > 0) this.#records = this.#records.slice(cut);
  }

  async close(): Promise<void> {}

  #write(change: StoreChange): void {
    if (change.kind === 'put') this.#instances.set(keyOf(change.instance.registration), change.instance);
    else if (change.kind === 'drop') this.#instances.delete(keyOf(change));
    else if (change.kind === 'record') this.#records.push(change.record);
    else if (change.kind === 'reserve') this.#reserved = change.index;
    else {
      const instance = this.#instances.get(keyOf(change));
      const { status, changedAt } = change;
      if (instance) this.#instances.set(keyOf(change), { ...instance, status, changedAt });
    }
  }
}

/** A name has no slash. */
const keyOf = ({ name, id }: { readonly name: string; readonly id: string }): string => `${name}/${id}`;
