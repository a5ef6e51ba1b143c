/** An input that is a regular file, read at once and in pieces: a disk answers without being waited for, as pipes do not. */

import { createReadStream, type ReadStream, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { PieceReading, PieceSource, TakePiece } from '../stream/pieces.ts';
import { PieceSize } from './piece-size.ts';
import { isRegularFile } from './regular-file.ts';

/** The most that is read at once, in bytes. */
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
    reading.start();
    return reading;
  };
  return Object.assign(stream, { readPieces }) satisfies PieceSource;
}

class FileReading implements PieceReading {
  readonly #stream: ReadStream;
  readonly #fd: number;
  readonly #take: TakePiece;
  readonly #memory = Buffer.allocUnsafeSlow(PIECE_BYTES);
  readonly #size = new PieceSize(PIECE_BYTES);
  #next: NodeJS.Immediate | undefined;

  constructor(stream: ReadStream, fd: number, take: TakePiece) {
    this.#stream = stream;
    this.#fd = fd;
    this.#take = take;
  }

  /** One piece in a turn of the event loop: signals, timers and the other direction have theirs too. */
  start(): void {
    this.#next = setImmediate(this.#readPiece);
  }

  resume(): void {
    this.#size.returned();
    this.start();
  }

  stop(): void {
    clearImmediate(this.#next);
  }

  #readPiece = (): void => {
    try {
      const count = readSync(this.#fd, this.#memory, 0, this.#size.bytes, null);
      if (count === 0) this.#end();
      else this.#hand(this.#memory.subarray(0, count));
    } catch (error) {
      this.#stream.destroy(error as Error);
    }
  };

  #hand(piece: Uint8Array): void {
    const isDone = this.#take(piece);
    this.#size.taken(isDone);
    if (isDone) this.start();
  }

  /** The stream itself never looked at the file, and does not any more: what is added now is not ours. */
  #end(): void {
    this.#stream.push(null);
    this.#stream.resume();
  }
}
