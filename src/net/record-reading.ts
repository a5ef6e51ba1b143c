/**
 * Reading a TLS socket in pieces. Its records are 16 KiB at most (RFC 8446, section 5.1), too little to be worth a write
 * each: those of one turn of the event loop are gathered in memory of the socket's own and handed over together.
 */

import type { Socket } from 'node:net';
import { type PieceReading, type TakePiece, takeWaiting } from '../stream/pieces.ts';
import { type OwnMemory, readIntoOwn, sharedMemory } from './own-memory.ts';

/** What a whole record brings, in bytes: where one comes, more will. */
const RECORD_BYTES = 16_384;
/** Where records are gathered, in bytes. */
const GATHERED_BYTES = 262_144;

/** A reading of a TLS socket. */
export class RecordReading implements PieceReading, OwnMemory {
  readonly #socket: Socket;
  readonly #take: TakePiece;
  #isStopped = false;
  /** Is a piece in use, and the socket not read? */
  #isWaiting = false;
  /** Do whole records come? */
  #isMore = false;
  #memory: Uint8Array | undefined;
  /** What of it is gathered and not handed over. */
  #begin = 0;
  #end = 0;
  #later: NodeJS.Immediate | undefined;

  /** Does nothing yet. */
  constructor(socket: Socket, take: TakePiece) {
    this.#socket = socket;
    this.#take = take;
  }

  /** Begins with what was read before; says whether it can. */
  start(): boolean {
    if (!readIntoOwn(this.#socket, this)) return false;
    this.#isWaiting = !takeWaiting(this.#socket, this.#take);
    if (this.#isWaiting) this.#socket.pause();
    else this.#socket.resume();
    return true;
  }

  /** Gathers a record, or hands a single one over. */
  onRead(count: number, memory: Uint8Array): boolean {
    const read = memory.subarray(0, count);
    if (this.#isStopped) return this.#socket.push(Buffer.from(read));
    if (memory.buffer === this.#memory?.buffer) {
      this.#gather(memory.byteOffset - this.#memory.byteOffset, count);
    } else {
      this.#handGathered();
      this.#isMore = count >= RECORD_BYTES;
      this.#hand(Buffer.from(read));
    }
    return !this.#isWaiting;
  }

  /** Never leads into what is in use: it only goes back to the start of the memory when nothing is. */
  next(): Uint8Array {
    if (!this.#isMore || this.#isStopped) {
      if (this.#begin === this.#end) this.#memory = undefined;
      return sharedMemory();
    }
    if (this.#begin === this.#end && !this.#isWaiting) this.#begin = this.#end = 0;
    if (!this.#memory || this.#memory.length - this.#end < RECORD_BYTES) {
      this.#memory = Buffer.allocUnsafeSlow(GATHERED_BYTES);
      this.#begin = this.#end = 0;
    }
    return this.#memory.subarray(this.#end);
  }

  /** Reads on. */
  resume(): void {
    this.#isWaiting = false;
    this.#socket.resume();
  }

  /** Hands over what is gathered; from then on chunks are pushed. */
  stop(): void {
    this.#handGathered();
    this.#isStopped = true;
  }

  #gather(at: number, count: number): void {
    if (this.#begin === this.#end) this.#begin = at;
    this.#end = at + count;
    if (GATHERED_BYTES - this.#end < RECORD_BYTES) this.#handGathered();
    else this.#later ??= setImmediate(this.#handGathered);
  }

  #handGathered = (): void => {
    clearImmediate(this.#later);
    this.#later = undefined;
    if (!this.#memory || this.#begin === this.#end) return;
    const piece = this.#memory.subarray(this.#begin, this.#end);
    this.#begin = this.#end;
    this.#isMore = piece.length >= RECORD_BYTES;
    this.#hand(piece);
  };

  #hand(piece: Uint8Array): void {
    if (this.#take(piece)) return;
    this.#isWaiting = true;
    this.#socket.pause();
  }
}
