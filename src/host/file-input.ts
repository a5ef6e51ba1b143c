/** An input that is a regular file, read at once and in pieces: a disk answers without being waited for, as pipes do not. */

import { createReadStream, type ReadStream, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { PieceReading, PieceSource, TakePiece } from '../stream/pieces.ts';
import { isRegularFile } from './regular-file.ts';

/** What is read at once, in bytes. */
const PIECE_BYTES = 1_048_576;
/** The same where the stream is read by its events, through the thread pool. */
const CHUNK_BYTES = 262_144;

/** The open file as a stream, from where it stands; undefined where it is no regular file. Its end leaves it open. */
export function fileInput(fd: number): Readable | undefined {
  if (!isRegularFile(fd)) return undefined;
  const stream = createReadStream('', { fd, autoClose: false, highWaterMark: CHUNK_BYTES });
  const readPieces = (take: TakePiece): PieceReading | undefined => {
    // Once the stream has begun, a read of its own may be under way.
    if (stream.readableFlowing !== null) return undefined;
    const reading = new FileReading(stream, fd, take);
    reading.resume();
    return reading;
  };
  return Object.assign(stream, { readPieces }) satisfies PieceSource;
}

class FileReading implements PieceReading {
  readonly #stream: ReadStream;
  readonly #fd: number;
  readonly #take: TakePiece;
  readonly #memory = Buffer.allocUnsafeSlow(PIECE_BYTES);
  #next: NodeJS.Immediate | undefined;

  constructor(stream: ReadStream, fd: number, take: TakePiece) {
    this.#stream = stream;
    this.#fd = fd;
    this.#take = take;
  }

  /** One piece in a turn of the event loop: signals, timers and the other direction have theirs too. */
  resume(): void {
    this.#next = setImmediate(this.#readPiece);
  }

  stop(): void {
    clearImmediate(this.#next);
  }

  #readPiece = (): void => {
    try {
      const count = readSync(this.#fd, this.#memory);
      if (count === 0) this.#stream.push(null);
      else if (this.#take(this.#memory.subarray(0, count))) this.resume();
      if (count === 0) this.#stream.resume();
    } catch (error) {
      this.#stream.destroy(error as Error);
    }
  };
}
