/** Memory that is used again: as garbage it would grow to tens of megabytes before V8, on whose heap it is not, looks. */

/** Kept for whoever needs some next. */
const MAX_SPARE = 4;

/** Memories of one size. */
export class MemoryPool {
  readonly #bytes: number;
  readonly #most: number;
  readonly #spare: Uint8Array[] = [];
  #taken = 0;

  /** @param most how many may be taken at once */
  constructor(bytes: number, most: number) {
    this.#bytes = bytes;
    this.#most = most;
  }

  /** One of this size with anything in it; undefined where too many are taken. */
  take(): Uint8Array | undefined {
    if (this.#taken >= this.#most) return undefined;
    this.#taken++;
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Takes one back that nobody uses any more. */
  giveBack(memory: Uint8Array): void {
    this.#taken--;
    if (this.#spare.length < MAX_SPARE) this.#spare.push(memory);
  }

  /** Leaves one that is still in use to the garbage collector. */
  forget(): void {
    this.#taken--;
  }
}
