/** The time protocol's four bytes: seconds since 1900, unsigned, big-endian (RFC 868). */

import { NettkError } from '../errors.ts';

/** Seconds from 1900-01-01 to 1970-01-01 (RFC 868). */
const EPOCH_OFFSET_S = 2_208_988_800;
/** The counter wraps after this many seconds, first on 2036-02-07. */
const ERA_S = 2 ** 32;

/** How many bytes a time is. */
const TIME_BYTES = 4;

/** Encodes a Unix time in milliseconds; fractions of a second are cut, the era is not told. */
export function encodeTime(unixMs: number): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES);
  const seconds = Math.floor(unixMs / 1_000) + EPOCH_OFFSET_S;
  bytes.writeUInt32BE(((seconds % ERA_S) + ERA_S) % ERA_S);
  return bytes;
}

/**
 * Decodes a time to Unix milliseconds, in the era that puts it nearest to `nearMs`. More than four bytes are taken (a
 * known server sends eight); the first four count.
 *
 * @throws NettkError `PROTOCOL` for fewer than four bytes
 */
export function decodeTime(bytes: Uint8Array, nearMs: number = Date.now()): number {
  if (bytes.length < TIME_BYTES) {
    throw new NettkError({ code: 'PROTOCOL', action: 'read a time', reason: `${bytes.length} bytes instead of 4` });
  }
  const counter = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const nearS = nearMs / 1_000 + EPOCH_OFFSET_S;
  const era = Math.round((nearS - counter) / ERA_S);
  return (counter + era * ERA_S - EPOCH_OFFSET_S) * 1_000;
}
