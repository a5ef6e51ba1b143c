/** Makes changes durable before they are answered: those that come while one commit is under way share the next one. */

import { NettkError } from '../errors.ts';
import type { Owned } from './admission.ts';
import type { Store, StoreChange } from './store.ts';

/** Requests in one commit at most: with more, the first of them, and everybody else, would wait too long. */
const MAX_BATCH = 128;
/** Requests that wait at most; more are refused. */
const MAX_QUEUE = 100_000;

/** A change that somebody waits for. */
export interface Operation<T> {
  /**
   * Decides when its turn comes; what it throws refuses it alone.
   *
   * @param batch what the requests before it in the same commit will have done
   * @returns what is to be written; nothing where there is nothing to change
   */
  plan(batch: Batch): readonly StoreChange[];
  /** Does it, once it is durable. */
  apply(): T;
}

/** What the requests of a commit do to instances, by key: what will be there, or undefined for what will be gone. */
export type Batch = Map<string, Owned | undefined>;

/** What is to be written whether or not somebody waits. */
export interface Behind {
  /** Is there anything? */
  readonly isWaiting: boolean;
  /** Takes what waits to be written, or as much of it as fits in a commit. */
  take(): readonly StoreChange[];
  /** It was written. */
  written(changes: readonly StoreChange[]): void;
  /** It could not be: it waits again. */
  putBack(changes: readonly StoreChange[], error: NettkError): void;
}

interface Queued {
  readonly operation: Operation<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The queue before a store. */
export class Journal {
  readonly #store: Store;
  readonly #behind: Behind;
  readonly #defer: (run: () => void) => void;
  #queue: Queued[] = [];
  #isPlanned = false;
  #writing: Promise<boolean> | undefined;

  /** @param defer calls back soon, when the requests at hand have been read */
  constructor(store: Store, behind: Behind, defer: (run: () => void) => void) {
    this.#store = store;
    this.#behind = behind;
    this.#defer = defer;
  }

  /** Queues a change; resolves with what it gives once it is durable. Rejects where it is refused or cannot be written. */
  submit<T>(operation: Operation<T>): Promise<T> {
    if (this.#queue.length >= MAX_QUEUE) {
      return Promise.reject(new NettkError({ code: 'BUSY', action: 'register', reason: 'too many requests at once' }));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ operation, resolve: resolve as (value: unknown) => void, reject });
      this.flush();
    });
  }

  /** Writes soon what waits. */
  flush(): void {
    if (this.#isPlanned || this.#writing) return;
    this.#isPlanned = true;
    this.#defer(() => {
      this.#isPlanned = false;
      this.#run();
    });
  }

  /** Writes all that waits; resolves when it is written, or could not be. */
  async settle(): Promise<void> {
    let isWritten = true;
    while (this.#writing || this.#queue.length > 0 || (isWritten && this.#behind.isWaiting)) {
      await this.#writing;
      isWritten = await this.#run();
    }
  }

  #run(): Promise<boolean> {
    this.#writing ??= this.#write().then((isWritten) => {
      this.#writing = undefined;
      if (this.#queue.length > 0 || (isWritten && this.#behind.isWaiting)) this.flush();
      return isWritten;
    });
    return this.#writing;
  }

  async #write(): Promise<boolean> {
    const batch: Batch = new Map();
    const changes: StoreChange[] = [];
    const accepted: Queued[] = [];
    for (const queued of this.#queue.splice(0, MAX_BATCH)) {
      try {
        changes.push(...queued.operation.plan(batch));
        accepted.push(queued);
      } catch (error) {
        queued.reject(error);
      }
    }
    const behind = this.#behind.take();
    try {
      // What was known before the requests comes before them.
      const all = [...behind, ...changes];
      if (all.length > 0) await this.#store.commit(all);
      this.#behind.written(all);
    } catch (error) {
      if (!(error instanceof NettkError)) throw error;
      this.#behind.putBack(behind, error);
      for (const { reject } of accepted) reject(error);
      return false;
    }
    for (const { operation, resolve } of accepted) resolve(operation.apply());
    return true;
  }
}
