/** An output that is a regular file, written at once: by the time a write returns the system has it all, or said why not. */

import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { BorrowingSink } from '../stream/pieces.ts';
import { isRegularFile } from './regular-file.ts';

/** The open file as a stream, from where it stands; undefined where it is no regular file. It stays open. */
export function fileOutput(fd: number): Writable | undefined {
  if (!isRegularFile(fd)) return undefined;
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      try {
        writeWhole(fd, chunk);
      } catch (error) {
        return done(error as Error);
      }
      done();
    },
  });
  return Object.assign(stream, { isBorrowing: true as const }) satisfies BorrowingSink;
}

/** On a disk that fills up a write comes back short first; only the next one says why (write(2)). */
function writeWhole(fd: number, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length; ) written += writeSync(fd, chunk, written);
}
