/** Answers that are kept as they were written, one for each order of their records, within a bound on their memory. */

import type { DnsBody } from '../../protocols/dns-answer.ts';

/** Different orders of the same records that are kept. */
const MAX_TURNS = 16;
/** What all of one server may take, in bytes. */
const MAX_KEPT_BYTES = 67_108_864;
/** What one takes besides what it says, in bytes: the objects around it. */
const OVERHEAD_BYTES = 512;

/** The memory that the answers of one server share. When it is used up all are forgotten, and written again when asked for. */
export class AnswerShelf {
  readonly #limit: number;
  readonly #answers = new Set<TurningAnswer>();
  #bytes = 0;

  /** @param limit in bytes */
  constructor(limit = MAX_KEPT_BYTES) {
    this.#limit = limit;
  }

  /** What is in use, in bytes; never more than the limit, but for a single answer that is longer. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Makes room for an answer; gives it in memory of its own, for it was written in what many share and would hold on to all of that. */
  keep(answer: TurningAnswer, body: DnsBody): DnsBody {
    const size = body.bytes.length + OVERHEAD_BYTES;
    if (this.#bytes + size > this.#limit) this.#clear();
    this.#answers.add(answer);
    this.#bytes += size;
    const bytes = Buffer.allocUnsafeSlow(body.bytes.length);
    body.bytes.copy(bytes);
    return { ...body, bytes };
  }

  #clear(): void {
    for (const answer of this.#answers) answer.forget();
    this.#answers.clear();
    this.#bytes = 0;
  }
}

/** Writes the answer whose so manieth record comes first. */
export type Write = (turn: number) => DnsBody;

/** An answer whose records come in another order each time; each order is written once, while there is room for it. */
export class TurningAnswer {
  /** What it says, for the log. */
  readonly text: string;
  readonly #write: Write;
  readonly #shelf: AnswerShelf;
  readonly #bodies: (DnsBody | undefined)[];
  #asked: number;

  /** @param count how many records change places, and which of them begins; a service that changes often begins elsewhere each time */
  constructor(text: string, [count, first]: readonly [number, number], shelf: AnswerShelf, write: Write) {
    this.text = text;
    this.#asked = first;
    this.#write = write;
    this.#shelf = shelf;
    this.#bodies = new Array(Math.min(Math.max(count, 1), MAX_TURNS));
  }

  /** The next one in turn. It counts for itself: resolvers ask in pairs (A and AAAA), and no question may skip another's turns. */
  next(): DnsBody {
    const turn = this.#asked % this.#bodies.length;
    this.#asked += 1;
    // Making room may forget the other orders of this one.
    this.#bodies[turn] ??= this.#shelf.keep(this, this.#write(turn));
    return this.#bodies[turn];
  }

  /** Keeps nothing of what was written. */
  forget(): void {
    this.#bodies.fill(undefined);
  }
}
