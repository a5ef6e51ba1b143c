/** Attempts in parallel with staggered starts, the first success wins: happy eyeballs (RFC 8305, section 5). */

/** The pause before the next address is tried beside the ones still under way, in milliseconds (RFC 8305: 250). */
export const ATTEMPT_STAGGER_MS = 250;

/** One attempt: starts, and gives up when the signal aborts. */
export type Attempt<C, T> = (candidate: C, signal: AbortSignal) => Promise<T>;

/**
 * Tries the candidates in order, the next one as soon as one fails or the stagger has passed, and takes the first that
 * succeeds. The others are aborted; one that succeeds all the same is handed to `discard`.
 *
 * @param candidates at least one
 * @throws the first candidate's error when all fail, or the signal's reason when it aborts first
 */
export async function raceAttempts<C, T>(
  candidates: readonly C[],
  attempt: Attempt<C, T>,
  discard: (late: T) => void,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const race = new Race(candidates, attempt, discard);
  const onAbort = (): void => race.giveUp(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await race.run();
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

class Race<C, T> {
  readonly #candidates: readonly C[];
  readonly #attempt: Attempt<C, T>;
  readonly #discard: (late: T) => void;
  readonly #outcome = Promise.withResolvers<T>();
  readonly #underWay = new Set<AbortController>();
  readonly #errors: unknown[] = [];
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(candidates: readonly C[], attempt: Attempt<C, T>, discard: (late: T) => void) {
    this.#candidates = candidates;
    this.#attempt = attempt;
    this.#discard = discard;
  }

  run(): Promise<T> {
    this.#startNext();
    return this.#outcome.promise;
  }

  giveUp(reason: unknown): void {
    this.#stop();
    this.#outcome.reject(reason);
  }

  #startNext(): void {
    clearTimeout(this.#timer);
    const index = this.#next++;
    const controller = new AbortController();
    this.#underWay.add(controller);
    if (this.#hasMore()) this.#timer = setTimeout(() => this.#startNext(), ATTEMPT_STAGGER_MS);
    this.#attempt(this.#candidates[index] as C, controller.signal).then(
      (result) => this.#succeeded(result, controller),
      (error) => this.#failed(index, error, controller),
    );
  }

  #succeeded(result: T, controller: AbortController): void {
    this.#underWay.delete(controller);
    if (this.#over) this.#discard(result);
    else this.#stop();
    this.#outcome.resolve(result);
  }

  #failed(index: number, error: unknown, controller: AbortController): void {
    this.#underWay.delete(controller);
    this.#errors[index] = error;
    if (this.#over) return;
    if (this.#hasMore()) this.#startNext();
    else if (this.#underWay.size === 0) this.giveUp(this.#errors[0]);
  }

  #hasMore(): boolean {
    return this.#next < this.#candidates.length;
  }

  #stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    for (const controller of this.#underWay) controller.abort();
  }
}
