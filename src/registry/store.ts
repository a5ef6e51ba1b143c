/** Where a registry keeps what must survive it: the interface that every store has, and its conformance suite tests. */

import type { Status } from './health.ts';
import type { StoredInstance } from './instance.ts';
import type { LogQuery, LogRecord } from './log.ts';

/** One thing to be written. */
export type StoreChange =
  | { readonly kind: 'put'; readonly instance: StoredInstance }
  | { readonly kind: 'drop'; readonly name: string; readonly id: string }
  /** Of an instance that is there; others are passed over. */
  | {
      readonly kind: 'status';
      readonly name: string;
      readonly id: string;
      readonly status: Status;
      readonly changedAt: number;
    }
  | { readonly kind: 'record'; readonly record: LogRecord }
  /** Change numbers up to this one may be given out. */
  | { readonly kind: 'reserve'; readonly index: number };

/** What was kept. */
export interface StoreContents {
  readonly instances: readonly StoredInstance[];
  /** The highest change number that may ever have been given out. */
  readonly reserved: number;
  /** The number of the last record of the log; 0 where it is empty. */
  readonly lastRecord: number;
}

/** How much of the log is kept. */
export interface LogLimits {
  readonly records: number;
  readonly ageMs: number;
}

/** A store; its owner calls `commit` again only when the last one has settled. */
export interface Store {
  /** Reads what was kept; throws a NettkError where it is damaged or made by a later version. */
  load(): Promise<StoreContents>;
  /**
   * Writes all of the changes in order, or none. When it resolves they survive whatever happens to the process or the machine.
   *
   * @throws NettkError `ENOSPC`, `EROFS`, `EIO` …; the next commit may work
   */
  commit(changes: readonly StoreChange[]): Promise<void>;
  /** The newest records that match, the newest first. */
  records(query: LogQuery): Promise<LogRecord[]>;
  /**
   * Forgets records beyond the limits, the oldest first, some at a time.
   *
   * @param wall now, in milliseconds since 1970
   */
  trim(limits: LogLimits, wall: number): Promise<void>;
  close(): Promise<void>;
}
