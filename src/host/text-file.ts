/** Small text files, read whole and at once, but never past a limit. */

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { errorCode, NettkError, wrapSystemError } from '../errors.ts';

/** The most read where the caller names no other limit, in bytes. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

const CHUNK_BYTES = 65_536;
/** How long a pipe may keep us waiting for its next bytes, in milliseconds: nothing can interrupt such a wait. */
const PIPE_PATIENCE_MS = 10_000;
const PIPE_LOOK_MS = 5;

/**
 * Reads a text file as UTF-8; pipes and files of /proc, whose size is not known before, too. Bytes that are no UTF-8
 * become U+FFFD. A named pipe that nobody writes to is empty.
 *
 * @param maxBytes the most the file may hold
 * @throws NettkError `ENOENT`, `EACCES`, `EISDIR` … as the system says, `TOO_LONG` past the limit, `TIMEOUT` where a pipe
 *   is silent for 10 s
 */
export function readTextFile(path: string, maxBytes: number = MAX_TEXT_BYTES): string {
  return readSmallFile(path, maxBytes).toString('utf8');
}

/** The same as bytes. @throws NettkError as `readTextFile` */
export function readSmallFile(path: string, maxBytes: number = MAX_TEXT_BYTES): Buffer {
  const action = `read ${path}`;
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readAll(file, maxBytes, action);
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
    const count = readSome(file, chunk, action);
    if (count === 0) return Buffer.concat(chunks, length);
    length += count;
    if (length > maxBytes) {
      throw new NettkError({ code: 'TOO_LONG', action, reason: `longer than ${maxBytes} bytes`, blame: 'you' });
    }
    chunks.push(chunk.subarray(0, count));
  }
}

/** Reads what is there; waits a while for a pipe that has nothing yet. */
function readSome(file: number, chunk: Buffer, action: string): number {
  const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (let waited = 0; waited < PIPE_PATIENCE_MS; waited += PIPE_LOOK_MS) {
    try {
      return readSync(file, chunk);
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') throw error;
    }
    Atomics.wait(sleeper, 0, 0, PIPE_LOOK_MS);
  }
  throw new NettkError({ code: 'TIMEOUT', action, reason: `no data for ${PIPE_PATIENCE_MS / 1_000} s` });
}
