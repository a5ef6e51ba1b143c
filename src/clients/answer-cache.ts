/**
 * What a name server said, kept for a while: fresh answers for as long as it said that they may be kept, the last one for a
 * bounded time where it does not answer, a refusal for a moment. Who asks for the same meanwhile waits for the same answer.
 */

import { NettkError } from '../errors.ts';
import type { RecordLine } from '../protocols/record-line.ts';

/** An answer as it is kept. */
export interface KeptAnswer {
  readonly records: readonly RecordLine[];
  /** When it came, in milliseconds of the cache's clock. */
  readonly at: number;
}

/** Where answers are kept, by key. */
export interface AnswerStore {
  load(key: string): KeptAnswer | undefined;
  save(key: string, answer: KeptAnswer): void;
  /** Forgets one, or all. */
  drop(key?: string): void;
}

/** An answer, and where it comes from. */
export interface Answer {
  /** Those that are served; who comes first changes from one lookup to the next. */
  readonly records: readonly RecordLine[];
  /** `server`: just asked; `cache`: may still be kept; `stale`: the server did not answer, and this is what it said last. */
  readonly source: 'server' | 'cache' | 'stale';
  /** How old it is, in milliseconds. */
  readonly ageMs: number;
  /** Why it is stale. */
  readonly error?: NettkError;
}

/** What a cache is made of. */
export interface AnswerCacheParts {
  readonly store: AnswerStore;
  /** Asks the name server; REFUSED where it said that there is none. */
  readonly ask: (name: string) => Promise<readonly RecordLine[]>;
  /** Milliseconds, never backwards where the store does not outlive the process. */
  readonly now: () => number;
  /** How long the last answer will do where the server does not give one, in milliseconds; 0 is never. */
  readonly staleMs: number;
  /** How long it is believed that there is none, in milliseconds. */
  readonly negativeMs: number;
}

/** A server that did not answer is not asked again for so long, where an old answer will do, in milliseconds. */
const REST_MS = 1_000;
/** No answer is kept for longer, whatever it says, in seconds. */
const MAX_TTL_S = 86_400;
/** Refusals kept at most. */
const MAX_REFUSALS = 1_000;

/** Looks services up. */
export class AnswerCache {
  readonly #parts: AnswerCacheParts;
  readonly #flights = new Map<string, Promise<Answer>>();
  readonly #refusals = new Map<string, { readonly error: NettkError; readonly until: number }>();
  #resting: { readonly error: NettkError; readonly until: number } | undefined;
  #turn = 0;

  constructor(parts: AnswerCacheParts) {
    this.#parts = parts;
  }

  /**
   * Looks a service up.
   *
   * @param mayBeKept an answer that may still be kept will do
   * @throws NettkError `NOT_FOUND` in the server's words; what kept it from answering, where no old answer will do
   */
  async lookup(name: string, mayBeKept = true): Promise<Answer> {
    const key = name.toLowerCase();
    const { store, now, staleMs } = this.#parts;
    const kept = store.load(key);
    const ageMs = kept ? now() - kept.at : 0;
    if (kept && mayBeKept && ageMs >= 0 && ageMs < ttlOf(kept)) return this.#turned(kept, 'cache', ageMs);
    const refusal = mayBeKept ? this.#refusals.get(key) : undefined;
    if (refusal && now() < refusal.until) throw refusal.error;
    const isUsable = kept && ageMs >= 0 && ageMs < ttlOf(kept) + staleMs && staleMs > 0;
    const resting = this.#resting;
    if (isUsable && mayBeKept && resting && now() < resting.until)
      return { ...this.#turned(kept, 'stale', ageMs), error: resting.error };
    try {
      return await this.#fly(key);
    } catch (error) {
      if (!isUsable || !mayGoStale(error)) throw error;
      this.#resting = { error, until: now() + REST_MS };
      return { ...this.#turned(kept, 'stale', now() - kept.at), error };
    }
  }

  /** Forgets what was said of a service, or of all. */
  forget(name?: string): void {
    this.#parts.store.drop(name?.toLowerCase());
    if (name === undefined) this.#refusals.clear();
    else this.#refusals.delete(name.toLowerCase());
  }

  #fly(key: string): Promise<Answer> {
    const flying = this.#flights.get(key);
    if (flying) return flying;
    const flight = this.#ask(key).finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  async #ask(key: string): Promise<Answer> {
    const { ask, store, now } = this.#parts;
    try {
      const records = await ask(key);
      this.#resting = undefined;
      this.#refusals.delete(key);
      store.save(key, { records, at: now() });
      return { records, source: 'server', ageMs: 0 };
    } catch (error) {
      if (!(error instanceof NettkError) || error.code !== 'REFUSED') throw error;
      store.drop(key);
      throw this.#refused(key, error);
    }
  }

  #refused(key: string, { action, reason, cause }: NettkError): NettkError {
    const { now, negativeMs } = this.#parts;
    const error = new NettkError({ code: 'NOT_FOUND', action, reason, cause });
    const [oldest] = this.#refusals.keys();
    if (this.#refusals.size >= MAX_REFUSALS && oldest !== undefined) this.#refusals.delete(oldest);
    if (negativeMs > 0) this.#refusals.set(key, { error, until: now() + negativeMs });
    return error;
  }

  /** The server takes turns which comes first; so do we when it is not asked. */
  #turned({ records }: KeptAnswer, source: Answer['source'], ageMs: number): Answer {
    this.#turn += 1;
    return { records: turnAbout(records, this.#turn), source, ageMs };
  }
}

/** How long an answer may be kept, in milliseconds: as long as all of it may. */
function ttlOf({ records }: KeptAnswer): number {
  const seconds = records.map((record) => Number(fieldOf(record, 'ttl') ?? 0));
  const least = Math.min(MAX_TTL_S, ...seconds);
  return records.length === 0 || !(least > 0) ? 0 : least * 1_000;
}

/** Those of the same priority take turns; the lowest priority stays first. */
function turnAbout(records: readonly RecordLine[], turn: number): RecordLine[] {
  const groups = new Map<string, RecordLine[]>();
  for (const record of records) {
    const priority = fieldOf(record, 'priority') ?? '0';
    groups.set(priority, [...(groups.get(priority) ?? []), record]);
  }
  return [...groups.values()].flatMap((group) => {
    const first = turn % group.length;
    return [...group.slice(first), ...group.slice(0, first)];
  });
}

const fieldOf = ({ fields }: RecordLine, name: string): string | undefined => fields.find(([key]) => key === name)?.[1];

/** Whoever is not the server we trust must not be papered over, nor what is wrong with the question. */
function mayGoStale(error: unknown): error is NettkError {
  return error instanceof NettkError && error.blame === 'them' && !['NOT_FOUND', 'UNVERIFIED'].includes(error.code);
}

/** Keeps answers in memory; past the most, those that were used longest ago are forgotten. */
export class AnswerMemory implements AnswerStore {
  readonly #most: number;
  readonly #answers = new Map<string, KeptAnswer>();

  constructor(most: number) {
    this.#most = most;
  }

  load(key: string): KeptAnswer | undefined {
    const answer = this.#answers.get(key);
    if (answer) {
      this.#answers.delete(key);
      this.#answers.set(key, answer);
    }
    return answer;
  }

  save(key: string, answer: KeptAnswer): void {
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > this.#most && oldest !== undefined) this.#answers.delete(oldest);
  }

  drop(key?: string): void {
    if (key === undefined) this.#answers.clear();
    else this.#answers.delete(key);
  }
}
