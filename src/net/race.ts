/** Attempts in parallel with staggered starts, the first success wins: happy eyeballs (RFC 8305, section 5). */

/** The pause before the next address is tried beside the ones still under way, in milliseconds (RFC 8305: 250). */
export const ATTEMPT_STAGGER_MS = 250;

/** One attempt: starts, and gives up when the signal aborts. */
export type Attempt<C, T> = (candidate: C, signal: AbortSignal) => Promise<T>;

/**
 * Tries the candidates in order, the next one as soon as one fails or the stagger has passed, and takes the first that
 * succeeds. The others are aborted; one that succeeds all the same is handed to `discard`.
 *
 * @throws the first candidate's error when all fail, or the signal's reason when it aborts first
 */
export function raceAttempts<C, T>(
  candidates: readonly C[],
  attempt: Attempt<C, T>,
  discard: (late: T) => void,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const errors: unknown[] = [];
    const under = new Set<AbortController>();
    let next = 0;
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    const stop = (): void => {
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      for (const controller of under) controller.abort();
    };
    const onAbort = (): void => {
      stop();
      reject(signal.reason);
    };
    const startNext = (): void => {
      clearTimeout(timer);
      const index = next++;
      if (index >= candidates.length) return;
      const controller = new AbortController();
      under.add(controller);
      if (next < candidates.length) timer = setTimeout(startNext, ATTEMPT_STAGGER_MS);
      attempt(candidates[index] as C, controller.signal).then(
        (result) => {
          under.delete(controller);
          if (over) return discard(result);
          stop();
          resolve(result);
        },
        (error) => {
          under.delete(controller);
          errors[index] = error;
          if (over) return;
          if (next < candidates.length) startNext();
          else if (under.size === 0) {
            stop();
            reject(errors[0]);
          }
        },
      );
    };
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    startNext();
  });
}
