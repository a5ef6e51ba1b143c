/** A deadline on anything awaited. */

/**
 * The result of some work, or an error when it takes longer. The work itself goes on: whoever owns its stream ends it.
 *
 * @param ms milliseconds
 * @throws what `late` makes, when the time is over
 */
export async function inTime<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
