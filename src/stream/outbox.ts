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
  /**
   * Joins what is given in one turn of the event loop into writes of about so many bytes: for many small chunks. Each chunk
   * is a write of its own where this is left out.
   */
  readonly joinBytes?: number;
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
    if (this.#limits.joinBytes !== undefined) {
      if (this.#waiting.length === 0) writeNextTurn(this);
    } else if (this.#waiting.length === 0 && !this.#sink.writableNeedDrain) {
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
    this.write();
    if (this.#emptied) this.#patience?.refresh();
  };

  /** Writes what waits, as much as the sink takes now; called for whoever joins chunks. */
  write(): void {
    if (this.#limits.joinBytes === undefined) this.#writeEach();
    else this.#writeJoined(this.#limits.joinBytes);
    this.#settle();
  }

  #writeEach(): void {
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
  }

  #writeJoined(most: number): void {
    while (this.#waiting.length > 0 && !this.#sink.writableNeedDrain) {
      const chunks = takeUpTo(this.#waiting, most);
      const joined = joinOnce(chunks);
      this.#cost -= joined.length + chunks.length * CHUNK_COST_BYTES;
      this.#sink.write(joined);
    }
  }

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

/** Outboxes with something to write in the next turn of the event loop. */
let unwritten: Outbox[] = [];

function writeNextTurn(outbox: Outbox): void {
  if (unwritten.length === 0) setImmediate(writeAll);
  unwritten.push(outbox);
}

function writeAll(): void {
  const all = unwritten;
  unwritten = [];
  for (const outbox of all) outbox.write();
  // Kept for readers of the same turn only.
  lastChunks = [];
  lastJoined = NOTHING;
}

/** Takes chunks off the front, of so many bytes together at most, but one at least. */
function takeUpTo(waiting: Uint8Array[], most: number): Uint8Array[] {
  let bytes = 0;
  let count = 0;
  while (count < waiting.length) {
    bytes += (waiting[count] as Uint8Array).length;
    if (bytes > most && count > 0) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

const NOTHING: Uint8Array = Buffer.alloc(0);
let lastChunks: readonly Uint8Array[] = [];
let lastJoined: Uint8Array = NOTHING;

/** Joins chunks; many readers get the very same ones, so what was joined last is used again. */
function joinOnce(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  const isSame = chunks.length === lastChunks.length && chunks.every((chunk, i) => chunk === lastChunks[i]);
  if (!isSame) {
    lastChunks = chunks;
    lastJoined = Buffer.concat(chunks);
  }
  return lastJoined;
}
