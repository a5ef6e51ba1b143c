/** Sockets at the ends of a pump that moves pieces (stream/pieces.ts): TCP, Unix, TLS, and pipes, which Node calls sockets too. */

import { Socket } from 'node:net';
import type { Stream } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { PieceSize } from '../host/piece-size.ts';
import { type PieceReading, type TakePiece, takeWaiting } from '../stream/pieces.ts';
import { MemoryPool } from './memory-pool.ts';
import { type OwnMemory, readIntoOwn, SHARED_BYTES, sharedMemory } from './own-memory.ts';
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

/** A read that brings so much, in bytes, is worth memory of the socket's own. */
const MUCH_BYTES = 16_384;
/** That memory, in bytes. */
const OWN_BYTES = 524_288;
/** How many sockets may have some at once; the others do with the shared memory. */
const MAX_OWN = 128;

const ownMemory = new MemoryPool(OWN_BYTES, MAX_OWN);
/** For copies of what came into the shared memory. */
const copyMemory = new MemoryPool(SHARED_BYTES, Number.POSITIVE_INFINITY);

/** Memory with a piece in it that is in use. */
interface Loan {
  readonly memory: Uint8Array;
  readonly from: MemoryPool;
}

class SocketReading implements PieceReading, OwnMemory {
  readonly #socket: Socket;
  readonly #take: TakePiece;
  #isStopped = false;
  /** Memory of this socket's own, while much comes: what the next read goes to. */
  #own: Uint8Array | undefined;
  #lent: Loan[] = [];
  #isMuch = false;
  /** Made where much comes. */
  #size: PieceSize | undefined;

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
    this.#isMuch = count >= MUCH_BYTES;
    const read = memory.subarray(0, count);
    if (this.#isStopped) return this.#socket.push(Buffer.from(read));
    if (this.#own && memory.buffer === this.#own.buffer) return this.#handOwn(this.#own, read);
    return this.#isMuch ? this.#handCopy(read) : this.#take(Buffer.from(read));
  }

  next(): Uint8Array {
    if (this.#isMuch && !this.#isStopped) {
      this.#own ??= ownMemory.take();
      this.#size ??= new PieceSize(OWN_BYTES);
      return this.#own?.subarray(0, this.#size.bytes) ?? sharedMemory();
    }
    if (this.#own) ownMemory.giveBack(this.#own);
    this.#own = undefined;
    return sharedMemory();
  }

  resume(): void {
    this.#size?.returned();
    for (const { memory, from } of this.#lent) from.giveBack(memory);
    this.#lent = [];
    this.#socket.resume();
  }

  /** A piece in use, and memory that the next read goes to, are left to the garbage collector. */
  stop(): void {
    this.#isStopped = true;
    for (const { from } of this.#lent) from.forget();
    if (this.#own) ownMemory.forget();
    this.#lent = [];
    this.#own = undefined;
  }

  #handOwn(memory: Uint8Array, piece: Uint8Array): boolean {
    const isDone = this.#take(piece);
    this.#size?.taken(isDone);
    // A pump that stops meanwhile has left it to the garbage collector.
    if (isDone || this.#isStopped) return isDone;
    this.#lent.push({ memory, from: ownMemory });
    this.#own = undefined;
    return false;
  }

  #handCopy(read: Uint8Array): boolean {
    const memory = copyMemory.take() ?? Buffer.allocUnsafeSlow(SHARED_BYTES);
    memory.set(read);
    const isDone = this.#take(memory.subarray(0, read.length));
    if (isDone) copyMemory.giveBack(memory);
    else if (this.#isStopped) copyMemory.forget();
    else this.#lent.push({ memory, from: copyMemory });
    return isDone;
  }
}
