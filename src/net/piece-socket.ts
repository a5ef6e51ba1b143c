/** Sockets at the ends of a pump that moves pieces (stream/pieces.ts): TCP, Unix, TLS, and pipes, which Node calls sockets too. */

import { Socket } from 'node:net';
import type { Stream } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type PieceReading, type TakePiece, takeWaiting } from '../stream/pieces.ts';
import { type OwnMemory, readIntoOwn, sharedMemory } from './own-memory.ts';
import { RecordReading } from './record-reading.ts';

/** Offers what a socket can; another stream, a terminal for one, stays as it is. */
export function offerPieces<S extends Stream>(stream: S): S {
  if (!(stream instanceof Socket) || 'isTTY' in stream) return stream;
  return Object.assign(stream, { isBorrowing: true as const, readPieces });
}

function readPieces(this: Socket, take: TakePiece): PieceReading | undefined {
  const isTls = (this as Partial<TLSSocket>).encrypted === true;
  const reading = isTls ? new RecordReading(this, take) : new SocketReading(this, take);
  return reading.start() ? reading : undefined;
}

/** Where a socket reads whose last read left something over, in bytes. */
const BULK_BYTES = 524_288;
/** Memory kept for the next socket in need of it. */
const MAX_SPARE = 4;

const spare: Uint8Array[] = [];

class SocketReading implements PieceReading, OwnMemory {
  readonly #socket: Socket;
  readonly #take: TakePiece;
  #isStopped = false;
  /** Memory of this socket's own, while much comes: what the next read goes to. */
  #bulk: Uint8Array | undefined;
  /** The same with pieces in it that are still in use. */
  #lent: Uint8Array[] = [];
  #isMore = false;

  constructor(socket: Socket, take: TakePiece) {
    this.#socket = socket;
    this.#take = take;
  }

  start(): boolean {
    if (!readIntoOwn(this.#socket, this)) return false;
    if (takeWaiting(this.#socket, this.#take)) this.#socket.resume();
    else this.#socket.pause();
    return true;
  }

  onRead(count: number, memory: Uint8Array): boolean {
    this.#isMore = count === memory.length;
    const read = memory.subarray(0, count);
    if (this.#isStopped) return this.#socket.push(Buffer.from(read));
    if (memory !== this.#bulk) return this.#take(Buffer.from(read));
    const isDone = this.#take(read);
    if (isDone) return true;
    this.#lent.push(memory);
    this.#bulk = undefined;
    return false;
  }

  next(): Uint8Array {
    if (this.#isMore && !this.#isStopped) {
      this.#bulk ??= spare.pop() ?? Buffer.allocUnsafeSlow(BULK_BYTES);
      return this.#bulk;
    }
    if (this.#bulk) giveBack(this.#bulk);
    this.#bulk = undefined;
    return sharedMemory();
  }

  resume(): void {
    this.#lent.forEach(giveBack);
    this.#lent = [];
    this.#socket.resume();
  }

  /** A piece in use, and memory that the next read goes to, are left to the garbage collector. */
  stop(): void {
    this.#isStopped = true;
    this.#bulk = undefined;
  }
}

function giveBack(memory: Uint8Array): void {
  if (spare.length < MAX_SPARE) spare.push(memory);
}
