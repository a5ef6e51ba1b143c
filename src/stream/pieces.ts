/**
 * Bytes that are moved without a new chunk for every piece, where both ends of a pump can: the source reads into memory
 * that it uses again, and the sink tells when it has let go of it.
 */

import type { Readable, Writable } from 'node:stream';

/**
 * Takes a piece. True: done with it, its memory may be used again. False: the piece is in use until `resume`, and what
 * comes all the same meanwhile is in other memory.
 */
export type TakePiece = (piece: Uint8Array) => boolean;

/** A reading in pieces that is under way. */
export interface PieceReading {
  /** Goes on after a piece that was kept, which nobody uses any more. */
  resume(): void;
  /** Hands over what is held back, once, and goes back to `data` events; the memory of a piece in use stays as it is. */
  stop(): void;
}

/** A source that can hand out pieces instead of emitting `data`. Its end, error and close remain events. */
export interface PieceSource extends Readable {
  /** Starts with what was read before; undefined where it cannot, and then nothing has changed. */
  readPieces(take: TakePiece): PieceReading | undefined;
}

/** A sink that only borrows: nobody looks at what was written any more once `writableLength` is 0. */
export interface BorrowingSink extends Writable {
  readonly isBorrowing: true;
}

/**
 * Hands over all that a source has read before, chunk by chunk: Node's read() gives one of them only.
 *
 * @returns whether all of it was done with
 */
export function takeWaiting(source: Readable, take: TakePiece): boolean {
  let isDone = true;
  for (let chunk = source.read() as Buffer | null; chunk !== null; chunk = source.read() as Buffer | null) {
    isDone = take(chunk);
  }
  return isDone;
}

/**
 * Reads a source in pieces where both ends can; undefined where they cannot, or where somebody else listens for the
 * source's chunks, who would hear nothing.
 */
export function readPieces(source: Readable, sink: Writable, take: TakePiece): PieceReading | undefined {
  const { isBorrowing = false } = sink as Partial<BorrowingSink>;
  if (!isBorrowing || source.listenerCount('data') > 0 || source.listenerCount('readable') > 0) return undefined;
  return (source as Partial<PieceSource>).readPieces?.(take);
}
