/** A limit on bytes a second: a token bucket with a small burst, which holds the source back. */

const NS_PER_S = 1_000_000_000;
/** What may pass at once after a silence, as time: enough to make up for a late timer, too little to be felt. */
const BURST_NS = 50_000_000;
/** The most handed on in one piece, in bytes; a piece is also at most a burst. */
const MAX_PIECE_BYTES = 65_536;

/** A monotonic clock that can be waited for. */
export interface Pace {
  /** Monotonic nanoseconds. */
  now(): bigint;
  /** Resolves once `now()` has reached the moment, never before. */
  until(moment: bigint): Promise<void>;
}

/**
 * Makes a stage that lets this many bytes a second through, and at most 50 ms' worth at once.
 *
 * @param bytesPerSecond at least 1
 * @param isDatagram chunks are datagrams: each passes whole, and is paid for by the wait after it
 */
export function limitRate(bytesPerSecond: number, pace: Pace, isDatagram = false) {
  const burstBytes = Math.floor((bytesPerSecond * BURST_NS) / NS_PER_S);
  const pieceBytes = isDatagram ? Number.MAX_SAFE_INTEGER : Math.min(Math.max(burstBytes, 1), MAX_PIECE_BYTES);
  return async function* limited(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const start = pace.now();
    // When all that has passed so far is paid for, in nanoseconds after the start; a number keeps the fractions.
    let paidAt = 0;
    for await (const chunk of source) {
      for (const piece of cut(chunk, pieceBytes)) {
        await pace.until(start + BigInt(Math.ceil(paidAt)));
        yield piece;
        const unusedFrom = Number(pace.now() - start) - BURST_NS;
        paidAt = Math.max(paidAt, unusedFrom) + (piece.length * NS_PER_S) / bytesPerSecond;
      }
    }
  };
}

function* cut(chunk: Buffer, maxBytes: number): Generator<Buffer> {
  if (chunk.length <= maxBytes) yield chunk;
  else for (let at = 0; at < chunk.length; at += maxBytes) yield chunk.subarray(at, at + maxBytes);
}
