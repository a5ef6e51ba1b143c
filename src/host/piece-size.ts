/** How much a file or a socket is read at once where pieces are moved (stream/pieces.ts). */

/** The least that is read at once, in bytes. */
const LEAST_BYTES = 65_536;
/** A piece that the sink is done with so soon may be larger the next time, in milliseconds. */
const QUICK_MS = 200;
/** One that takes it so long should be smaller: who watches for movement would see none. */
const SLOW_MS = 1_000;

/** How much to read at once: more while it leaves quickly, less while it does not. */
export class PieceSize {
  readonly #most: number;
  #bytes = LEAST_BYTES;
  #since = 0;

  /** @param most bytes, at least 65,536 */
  constructor(most: number) {
    this.#most = most;
  }

  /** The next read's size. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A piece was taken: done with at once, or in use from now on. */
  taken(isDone: boolean): void {
    if (isDone) this.#grow();
    else this.#since = performance.now();
  }

  /** The piece in use is free again. */
  returned(): void {
    const ms = performance.now() - this.#since;
    if (ms < QUICK_MS) this.#grow();
    else if (ms > SLOW_MS) this.#bytes = Math.max(LEAST_BYTES, this.#bytes / 2);
  }

  #grow(): void {
    this.#bytes = Math.min(this.#most, this.#bytes * 2);
  }
}
