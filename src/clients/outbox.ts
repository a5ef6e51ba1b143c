/**
 * What waits to be written to one reader among many, bounded in bytes and in time: a reader that lags may hold the writers
 * back for a while, and then is somebody's to give up.
 */

import type { Writable } from 'node:stream';

/** How far behind a reader may be. */
export interface OutboxLimits {
  /** What may wait, in bytes; past it the outbox is full, until half of it is written. */
  readonly bytes: number;
  /** How long it may be full, or without any progress while it is being emptied for good, in milliseconds. */
  readonly patienceMs: number;
}

/** What an outbox tells. */
export interface OutboxEvents {
  /** It is full: whoever fills it should wait. */
  onFull(): void;
  /** There is room again. */
  onRoom(): void;
  /** Its reader was too slow for too long; called each time the patience is over. */
  onLate(): void;
  /** After `skip`: the reader takes again, and missed so many bytes. */
  onSkipped?(bytes: number): void;
}

/** What a waiting chunk costs besides its bytes, roughly: many small ones must not take more memory than few large ones. */
const CHUNK_COST_BYTES = 256;

/** One reader's queue, in order. */
export class Outbox {
  readonly #sink: Writable;
  readonly #limits: OutboxLimits;
  readonly #events: OutboxEvents;
  #waiting: Uint8Array[] = [];
  #cost = 0;
  #isFull = false;
  #isSealed = false;
  #isSkipping = false;
  #skipped = 0;
  #patience: NodeJS.Timeout | undefined;
  #emptied: PromiseWithResolvers<void> | undefined;

  constructor(sink: Writable, limits: OutboxLimits, events: OutboxEvents) {
    this.#sink = sink;
    this.#limits = limits;
    this.#events = events;
    sink.on('drain', this.#onDrain);
  }

  /** Is it to be waited for? */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Writes a chunk after all before it; nothing where it is sealed. The chunk is kept, not copied. */
  give(chunk: Uint8Array): void {
    if (this.#isSealed) return;
    if (this.#isSkipping) {
      this.#skipped += chunk.length;
      return;
    }
    if (this.#waiting.length === 0 && !this.#sink.writableNeedDrain) {
      this.#sink.write(chunk);
      return;
    }
    this.#waiting.push(chunk);
    this.#cost += chunk.length + CHUNK_COST_BYTES;
    if (this.#cost <= this.#limits.bytes || this.#isFull) return;
    this.#isFull = true;
    this.#startPatience();
    this.#events.onFull();
  }

  /** Takes no more, and resolves when all that waits is written; a reader that takes nothing meanwhile is late. */
  seal(): Promise<void> {
    this.#isSealed = true;
    if (this.#waiting.length === 0) return Promise.resolve();
    if (!this.#isFull && !this.#emptied) this.#startPatience();
    this.#emptied ??= Promise.withResolvers<void>();
    return this.#emptied.promise;
  }

  /** Forgets what waits, and all that comes until the reader takes something again. */
  skip(): void {
    this.#isSkipping = true;
    this.#skipped = this.#waiting.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#forget();
  }

  /** Forgets what waits, and writes nothing more. */
  close(): void {
    this.#isSealed = true;
    this.#sink.off('drain', this.#onDrain);
    this.#forget();
  }

  #forget(): void {
    this.#waiting = [];
    this.#cost = 0;
    this.#settle();
  }

  #onDrain = (): void => {
    if (this.#isSkipping) {
      this.#isSkipping = false;
      this.#events.onSkipped?.(this.#skipped);
      return;
    }
    this.#sink.cork();
    let taken = 0;
    while (taken < this.#waiting.length && !this.#sink.writableNeedDrain) {
      const chunk = this.#waiting[taken] as Uint8Array;
      this.#sink.write(chunk);
      this.#cost -= chunk.length + CHUNK_COST_BYTES;
      taken += 1;
    }
    this.#waiting.splice(0, taken);
    this.#sink.uncork();
    if (this.#emptied) this.#patience?.refresh();
    this.#settle();
  };

  #settle(): void {
    if (this.#isFull && this.#cost <= this.#limits.bytes / 2) {
      this.#isFull = false;
      if (!this.#emptied) clearTimeout(this.#patience);
      this.#events.onRoom();
    }
    if (this.#waiting.length > 0) return;
    clearTimeout(this.#patience);
    this.#emptied?.resolve();
  }

  #startPatience(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#events.onLate(), this.#limits.patienceMs);
  }
}
