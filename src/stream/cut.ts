/** Cuts a byte stream into pieces of a bounded size, for a sink that takes no more at once, such as a UDP socket. */

import { Transform } from 'node:stream';

/**
 * Makes a stream whose chunks are at most this many bytes; smaller ones pass as they came.
 *
 * @param maxBytes at least 1
 */
export function cutInto(maxBytes: number): Transform {
  return new Transform({
    // A byte stream may join chunks that wait; each of these is to stay one.
    readableObjectMode: true,
    transform(chunk: Buffer, _encoding, done) {
      for (let start = 0; start < chunk.length; start += maxBytes) this.push(chunk.subarray(start, start + maxBytes));
      done();
    },
  });
}
