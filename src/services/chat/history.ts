/** What was said in a room, the newest of it, for those who come later. */

import { MAX_HISTORY_BYTES } from './limits.ts';

/** One message, as it was said. */
export interface Said {
  /** Unix time in milliseconds; never less than that of the message before. */
  readonly at: number;
  /** Unique on this server. */
  readonly id: string;
  /** `nick!user@host`, then. */
  readonly source: string;
  readonly nick: string;
  readonly command: 'PRIVMSG' | 'NOTICE';
  readonly text: string;
}

/** Which messages are wanted. */
export interface HistoryRange {
  /** After this time or message. */
  readonly after?: HistoryPoint | undefined;
  /** Before this time or message. */
  readonly before?: HistoryPoint | undefined;
  /** At most so many. */
  readonly limit: number;
  /** Where there are more: the newest of them, or the oldest. */
  readonly keep: 'newest' | 'oldest';
}

/** A place in the history: `timestamp=` in milliseconds, or `msgid=`. */
export type HistoryPoint = { readonly at: number } | { readonly id: string };

/** What one message costs besides its text, in bytes. */
const COST_BYTES = 200;

/** A bounded memory: so many messages, and so many bytes. */
export class History {
  readonly #max: number;
  #all: Said[] = [];
  /** Where it begins in `#all`: what is forgotten is cut off now and then. */
  #start = 0;
  #bytes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** How much is remembered. */
  get length(): number {
    return this.#all.length - this.#start;
  }

  /** Remembers a message, and forgets the oldest past the limits. */
  add(said: Said): void {
    if (this.#max === 0) return;
    this.#all.push(said);
    this.#bytes += costOf(said);
    while (this.length > this.#max || this.#bytes > MAX_HISTORY_BYTES) {
      this.#bytes -= costOf(this.#all[this.#start] as Said);
      this.#start += 1;
    }
    // What is forgotten takes memory until then: never more messages than are remembered.
    if (this.#start <= this.length) return;
    this.#all = this.#all.slice(this.#start);
    this.#start = 0;
  }

  /** The messages of a range, the oldest first. A message that is not remembered is no place: nothing then. */
  range({ after, before, limit, keep }: HistoryRange): Said[] {
    const all = this.#all.slice(this.#start);
    const from = after === undefined ? 0 : this.#placeBehind(all, after);
    const to = before === undefined ? all.length : this.#placeBefore(all, before);
    if (from === -1 || to === -1 || from >= to) return [];
    return keep === 'newest' ? all.slice(Math.max(from, to - limit), to) : all.slice(from, Math.min(to, from + limit));
  }

  /** So many messages at most, half of them before a place; a message that is the place is the first of the other half. */
  around(point: HistoryPoint, limit: number): Said[] {
    const all = this.#all.slice(this.#start);
    const place = this.#placeBefore(all, point);
    if (place === -1) return [];
    const from = Math.max(0, place - Math.floor(limit / 2));
    return all.slice(from, from + limit);
  }

  #placeBehind(all: readonly Said[], point: HistoryPoint): number {
    if ('id' in point) return all.findIndex(({ id }) => id === point.id) + 1 || -1;
    const place = all.findIndex(({ at }) => at > point.at);
    return place === -1 ? all.length : place;
  }

  #placeBefore(all: readonly Said[], point: HistoryPoint): number {
    if ('id' in point) return all.findIndex(({ id }) => id === point.id);
    const place = all.findIndex(({ at }) => at >= point.at);
    return place === -1 ? all.length : place;
  }
}

const costOf = ({ text, source }: Said): number => Buffer.byteLength(text) + source.length + COST_BYTES;
