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

/** A read that brings so much, in bytes, is worth memory of the socket's own. */
const MUCH_BYTES = 16_384;
/** That memory, in bytes. */
const OWN_BYTES = 524_288;
/** How many sockets may have some at once; the others do with the shared memory. */
const MAX_OWN = 128;
/** Memory kept for the next socket in need of it. */
const MAX_SPARE = 4;

/** What is read into the shared memory is copied to memory of this size, in bytes, which is used again too. */
const COPY_BYTES = 65_536;

const spare: Uint8Array[] = [];
const spareCopies: Uint8Array[] = [];
let taken = 0;

function takeOwn(): Uint8Array | undefined {
  if (taken >= MAX_OWN) return undefined;
  taken++;
  return spare.pop() ?? Buffer.allocUnsafeSlow(OWN_BYTES);
}

function giveBack(memory: Uint8Array): void {
  if (memory.length === OWN_BYTES) taken--;
  const kept = memory.length === OWN_BYTES ? spare : spareCopies;
  if (kept.length < MAX_SPARE) kept.push(memory);
}

class SocketReading implements PieceReading, OwnMemory {
  readonly #socket: Socket;
  readonly #take: TakePiece;
  #isStopped = false;
  /** Memory of this socket's own, while much comes: what the next read goes to. */
  #own: Uint8Array | undefined;
  /** The same with pieces in it that are still in use. */
  #lent: Uint8Array[] = [];
  #isMuch = false;

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
    if (memory !== this.#own) return this.#isMuch ? this.#takeCopy(read) : this.#take(Buffer.from(read));
    const isDone = this.#take(read);
    if (isDone) return true;
    this.#lent.push(memory);
    this.#own = undefined;
    return false;
  }

  /** Garbage of this size would grow to tens of megabytes before it is collected: it is not on V8's heap. */
  #takeCopy(read: Uint8Array): boolean {
    const copy = spareCopies.pop() ?? Buffer.allocUnsafeSlow(COPY_BYTES);
    copy.set(read);
    const isDone = this.#take(copy.subarray(0, read.length));
    if (isDone) giveBack(copy);
    else this.#lent.push(copy);
    return isDone;
  }

  next(): Uint8Array {
    if (this.#isMuch && !this.#isStopped) {
      this.#own ??= takeOwn();
      return this.#own ?? sharedMemory();
    }
    if (this.#own) giveBack(this.#own);
    this.#own = undefined;
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
    const own = this.#lent.filter(({ length }) => length === OWN_BYTES);
    taken -= own.length + (this.#own ? 1 : 0);
    this.#lent = [];
    this.#own = undefined;
  }
}
