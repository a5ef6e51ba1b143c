/** A tap on a byte stream: everything that passes is also shown to somebody, who may hold it back. */

/**
 * Makes a stage that hands every chunk to `record` and passes it on once that has resolved.
 *
 * @param record what it throws ends the stream: a log that cannot be written is not passed over
 */
export function tap(record: (chunk: Buffer) => Promise<void> | void) {
  return async function* tapped(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      await record(chunk);
      yield chunk;
    }
  };
}
