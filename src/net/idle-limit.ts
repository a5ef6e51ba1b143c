/** A deadline between two chunks of a stream, which runs only while we wait for the stream, never while it waits for us. */

/**
 * Passes chunks on; calls `onIdle` once when none has come for the time given. Whoever is called ends the source.
 *
 * @param ms milliseconds between two chunks
 */
export async function* withIdleLimit<T>(source: AsyncIterable<T>, ms: number, onIdle: () => void): AsyncGenerator<T> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const timer = setTimeout(onIdle, ms);
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}
