/** The facts of an expected failure, for comparing. */

import { NettkError } from '../../src/errors.ts';

/** The NettkError that a call throws; fails where it throws none. */
export function failureOf(call: () => unknown): NettkError {
  try {
    call();
  } catch (error) {
    if (error instanceof NettkError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The NettkError that a promise rejects with; fails where it does not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<NettkError> {
  const outcome = await promise.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error,
  );
  if (outcome instanceof NettkError) return outcome;
  throw outcome;
}
