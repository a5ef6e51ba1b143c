/**
 * Reading a socket into memory of our own. Node offers that only to who makes the socket (net.Socket, option `onread`),
 * which of accepted ones is Node itself: so this does to a live socket what that option does to a new one.
 */

import type { Socket } from 'node:net';

/** Where a socket reads to, and who hears of it. */
export interface OwnMemory {
  /** Called when `count` bytes have been read into the memory named last; false stops the reading until `resume()`. */
  onRead(count: number, memory: Uint8Array): boolean;
  /** The memory for the next read; asked after each one. */
  next(): Uint8Array;
}

/** Node's own names for what `onread` leaves in a socket (lib/net.js). */
interface Fields {
  readonly buffer: symbol;
  readonly callback: symbol;
  readonly generator: symbol;
}

type Inside = Record<symbol, unknown> & { readonly _handle?: { useUserBuffer?(memory: Uint8Array): void } | null };

let fields: Fields | undefined;

/** Where every socket reads at first, in bytes: what it gets is copied out at once. Most connections never need more. */
export const SHARED_BYTES = 65_536;

let shared: Uint8Array | undefined;

/** One memory for all sockets: a read fills it and is heard of in one go, before any other. */
export function sharedMemory(): Uint8Array {
  shared ??= Buffer.allocUnsafeSlow(SHARED_BYTES);
  return shared;
}

/**
 * Has a connected socket read into memory of ours, from its next read on; its chunks are then no longer pushed. May be
 * called again. Says whether it can be done: a Node that has changed inside cannot, nor can Windows, where memory is
 * handed to the system long before something comes.
 */
export function readIntoOwn(socket: Socket, own: OwnMemory): boolean {
  const inside = socket as unknown as Inside;
  fields ??= findFields(inside);
  if (!fields || process.platform === 'win32' || !inside._handle?.useUserBuffer) return false;
  const isNew = !inside[fields.buffer];
  inside[fields.callback] = (count: number, memory: Uint8Array): boolean => own.onRead(count, memory);
  inside[fields.generator] = (): Uint8Array => own.next();
  if (!isNew) return true;
  const memory = own.next();
  inside[fields.buffer] = memory;
  inside._handle.useUserBuffer(memory);
  return true;
}

function findFields(inside: Inside): Fields | undefined {
  const named = new Map(Object.getOwnPropertySymbols(inside).map((symbol) => [symbol.description, symbol]));
  const [buffer, callback, generator] = ['kBuffer', 'kBufferCb', 'kBufferGen'].map((name) => named.get(name));
  return buffer && callback && generator ? { buffer, callback, generator } : undefined;
}
