/** What a registry writes without anybody waiting for it: statuses, records of the log, the numbers it may give out. */

import type { NettkError } from '../errors.ts';
import type { ChangeFeed } from './changes.ts';
import type { Clock } from './clock.ts';
import type { Counters } from './counters.ts';
import type { Instance } from './instance.ts';
import type { Behind } from './journal.ts';
import { LogBuffer, type LogEntry, type LogRecord } from './log.ts';
import type { StoreChange } from './store.ts';

/** Change numbers reserved at once: a restart skips those that were not given out. */
export const INDEX_BLOCK = 1_000_000;
/** Records that wait for a store that cannot write; the oldest of more are lost. */
const MAX_WAITING_RECORDS = 20_000;
/** Statuses, and records, written with one commit at most: whoever registers waits for them. */
const MAX_TAKEN = 128;

/** What it is about, and who is told where it cannot be written. */
export interface BehindParts {
  readonly changes: ChangeFeed;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly note: (line: string) => void;
}

/** Collects it between commits. */
export class WriteBehind implements Behind {
  readonly #changes: ChangeFeed;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #note: (line: string) => void;
  /** Often the same ones: counted, and taken once a second. */
  readonly often = new LogBuffer();
  readonly #followers = new Set<(record: LogRecord) => void>();
  readonly #changed = new Set<Instance>();
  /** Those whose status is being written. */
  #taken: Instance[] = [];
  #records: LogRecord[] = [];
  #number: number;
  #reserved: number;
  #isFailing = false;

  /** Numbers go on from the last record there was; change numbers may be given out up to the reserved one. */
  constructor(
    { changes, clock, counters, note }: BehindParts,
    { number, reserved }: { readonly number: number; readonly reserved: number },
  ) {
    this.#changes = changes;
    this.#clock = clock;
    this.#counters = counters;
    this.#note = note;
    this.#number = number;
    this.#reserved = reserved;
  }

  /** Can nothing be written at the moment? */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Makes a record, to be written with the change that it is about. */
  record(entry: LogEntry, time: number = this.#clock.wall()): LogRecord {
    this.#number += 1;
    return { number: this.#number, time, ...entry };
  }

  /** Writes a record soon. */
  add(entry: LogEntry): void {
    this.#records.push(this.record(entry));
  }

  /** Writes an instance's status soon. */
  statusChanged(instance: Instance): void {
    this.#changed.add(instance);
  }

  /** An instance is gone: its status is nobody's business. */
  forget(instance: Instance): void {
    this.#changed.delete(instance);
  }

  /** Hears of every record once it is written, until the returned function is called. */
  follow(listener: (record: LogRecord) => void): () => void {
    this.#followers.add(listener);
    return () => this.#followers.delete(listener);
  }

  /** Takes what was counted, so that it is written. */
  collect(): void {
    const wall = this.#clock.wall();
    for (const { time, ...entry } of this.often.take(wall)) this.#records.push(this.record(entry, time));
  }

  /** Is there anything to be written? */
  get isWaiting(): boolean {
    return this.#records.length > 0 || this.#changed.size > 0 || this.#needsNumbers;
  }

  take(): readonly StoreChange[] {
    const changes: StoreChange[] = [];
    this.#taken = [];
    for (const instance of this.#changed) {
      if (this.#taken.length === MAX_TAKEN) break;
      const { registration, status, changedAt } = instance;
      this.#changed.delete(instance);
      this.#taken.push(instance);
      changes.push({ kind: 'status', name: registration.name, id: registration.id, status, changedAt });
    }
    for (const record of this.#records.splice(0, MAX_TAKEN)) changes.push({ kind: 'record', record });
    if (this.#needsNumbers) changes.push({ kind: 'reserve', index: this.#changes.index + INDEX_BLOCK });
    return changes;
  }

  written(changes: readonly StoreChange[]): void {
    for (const change of changes) {
      if (change.kind === 'reserve') this.#reserved = change.index;
      else if (change.kind === 'record') for (const follower of this.#followers) follower(change.record);
    }
    if (this.#isFailing && changes.length > 0) {
      this.#isFailing = false;
      this.#note('registrations can be saved again');
    }
  }

  putBack(changes: readonly StoreChange[], error: NettkError): void {
    for (const instance of this.#taken) this.#changed.add(instance);
    const records = changes.flatMap((change) => (change.kind === 'record' ? [change.record] : []));
    this.#records = [...records, ...this.#records];
    const lost = this.#records.splice(0, Math.max(0, this.#records.length - MAX_WAITING_RECORDS));
    this.#counters.lostRecords += lost.length;
    if (!this.#isFailing) this.#note(`registrations cannot be saved, and are refused: ${error.message}`);
    this.#isFailing = true;
  }

  get #needsNumbers(): boolean {
    return this.#reserved - this.#changes.index < INDEX_BLOCK / 2;
  }
}
