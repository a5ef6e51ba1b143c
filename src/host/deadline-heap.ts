/** A binary heap by deadline: the next one is at hand, any one leaves in O(log n). */

/** Something that waits for a moment. */
export interface Entry<M extends bigint | number = bigint> {
  /** A moment of a monotonic clock, in whatever unit; it does not change while the entry is in a heap. */
  readonly deadline: M;
  /** Its place in the heap, kept by the heap; -1 while it is in none. */
  place: number;
}

/** Entries, the earliest deadline first. */
export class DeadlineHeap<E extends Entry<bigint | number>> {
  readonly #entries: E[] = [];

  /** How many entries wait. */
  get size(): number {
    return this.#entries.length;
  }

  /** The entry with the earliest deadline, left where it is. */
  get first(): E | undefined {
    return this.#entries[0];
  }

  /** Adds an entry, O(log n). */
  push(entry: E): void {
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  /** Takes an entry out, O(log n); false where it is not in. */
  remove(entry: E): boolean {
    const place = entry.place;
    if (this.#entries[place] !== entry) return false;
    const last = this.#entries.pop() as E;
    entry.place = -1;
    if (last === entry) return true;
    this.#rise(last, place);
    if (last.place === place) this.#sink(last, place);
    return true;
  }

  /** Counts the entries due at `moment` or before, but not past `most`: looks at no more than 2 × `most` + 1. */
  countDue(moment: E['deadline'], most: number): number {
    const places = [0];
    let count = 0;
    for (let place = places.pop(); place !== undefined && count < most; place = places.pop()) {
      const entry = this.#entries[place];
      if (entry === undefined || entry.deadline > moment) continue;
      count += 1;
      places.push(2 * place + 1, 2 * place + 2);
    }
    return count;
  }

  #rise(entry: E, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#entries[above] as E;
      if (parent.deadline <= entry.deadline) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(entry, place);
  }

  #sink(entry: E, from: number): void {
    let place = from;
    for (;;) {
      const left = this.#entries[2 * place + 1];
      const right = this.#entries[2 * place + 2];
      const child = left && right && right.deadline < left.deadline ? right : left;
      if (child === undefined || child.deadline >= entry.deadline) break;
      const below = child.place;
      this.#put(child, place);
      place = below;
    }
    this.#put(entry, place);
  }

  #put(entry: E, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }
}
