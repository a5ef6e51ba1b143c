/** Small text files, read whole and at once, but never past a limit. */

import { closeSync, openSync, readSync } from 'node:fs';
import { NettkError, wrapSystemError } from '../errors.ts';

/** The most read where the caller names no other limit, in bytes. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;

const CHUNK_BYTES = 65_536;

/**
 * Reads a text file as UTF-8; pipes and files of /proc, whose size is not known before, too. Bytes that are no UTF-8
 * become U+FFFD.
 *
 * @param maxBytes the most the file may hold
 * @throws NettkError `ENOENT`, `EACCES`, `EISDIR` … as the system says, `TOO_LONG` past the limit
 */
export function readTextFile(path: string, maxBytes: number = MAX_TEXT_BYTES): string {
  const action = `read ${path}`;
  try {
    const file = openSync(path, 'r');
    try {
      return readAll(file, maxBytes, action).toString('utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw wrapSystemError(error, action);
  }
}

function readAll(file: number, maxBytes: number, action: string): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const count = readSync(file, chunk);
    if (count === 0) return Buffer.concat(chunks, length);
    length += count;
    if (length > maxBytes) {
      throw new NettkError({ code: 'TOO_LONG', action, reason: `longer than ${maxBytes} bytes`, blame: 'you' });
    }
    chunks.push(chunk.subarray(0, count));
  }
}
