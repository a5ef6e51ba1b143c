/** Takes the first of several servers that somebody is at. */

import { NettkError } from '../errors.ts';

const NOBODY: readonly string[] = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'];
const SILENT: readonly string[] = ['TIMEOUT', 'ETIMEDOUT', 'NO_ANSWER'];
/** What may be done twice: a connection, or a question that changes nothing (clients/ask.ts). */
const HARMLESS = /^(connect|ask) /;

/** Was nobody there, so that nothing can have been done yet? */
export function isNobodyThere(error: unknown): error is NettkError {
  if (!(error instanceof NettkError)) return false;
  return NOBODY.includes(error.code) || (SILENT.includes(error.code) && HARMLESS.test(error.action));
}

/**
 * Does something with the first target, or the next where nobody is there.
 *
 * @param name what they are together, for the error
 * @param onNext told before the next one is tried
 * @throws what the attempt throws; where nobody is at any of them, one error that says so
 */
export async function tryEach<T, R>(
  name: string,
  targets: readonly T[],
  attempt: (target: T) => Promise<R>,
  onNext: (error: NettkError) => void = () => {},
): Promise<R> {
  let last: NettkError | undefined;
  for (const target of targets) {
    if (last) onNext(last);
    try {
      return await attempt(target);
    } catch (error) {
      if (targets.length === 1 || !isNobodyThere(error)) throw error;
      last = error;
    }
  }
  const reason = `nobody is there at any of ${targets.length} servers; the last: ${last?.message}`;
  throw new NettkError({
    code: last?.code === 'ECONNREFUSED' ? 'REFUSED' : 'TIMEOUT',
    action: name,
    reason,
    cause: last,
  });
}
