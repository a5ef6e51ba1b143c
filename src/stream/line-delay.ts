/** One line, then a pause: for peers that cannot take more at once (ncat's --delay). */

import type { Pace } from './rate.ts';

const LF = 0x0a;
const NS_PER_MS = 1_000_000;

/**
 * Makes a stage that waits after each line before it hands on what follows; never less than the time given. Nothing is
 * kept back: the start of a line passes before its end has come.
 *
 * @param ms milliseconds, fractions too
 */
export function delayLines(ms: number, pace: Pace) {
  const pauseNs = BigInt(Math.ceil(ms * NS_PER_MS));
  return async function* delayed(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let goOnAt: bigint | undefined;
    for await (const chunk of source) {
      for (const piece of linesOf(chunk)) {
        if (goOnAt !== undefined) await pace.until(goOnAt);
        yield piece;
        goOnAt = piece.at(-1) === LF ? pace.now() + pauseNs : undefined;
      }
    }
  };
}

/** The chunk cut after each LF; an empty one, which is a datagram, as it is. */
function* linesOf(chunk: Buffer): Generator<Buffer> {
  if (chunk.length === 0) yield chunk;
  for (let start = 0; start < chunk.length; ) {
    const end = chunk.indexOf(LF, start);
    const next = end === -1 ? chunk.length : end + 1;
    yield chunk.subarray(start, next);
    start = next;
  }
}
