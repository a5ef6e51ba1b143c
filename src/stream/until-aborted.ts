/** A signal that is awaited, or that ends a wait. */

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/**
 * The result of some work, or the signal's reason as soon as it aborts. The work itself goes on.
 *
 * @param discard takes a result that comes too late
 * @throws the signal's reason, or what the work throws
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, discard?: (late: T) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason);
      if (discard) work.then(discard).catch(() => {});
    };
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
