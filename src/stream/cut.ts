/** Cuts a byte stream into pieces of a bounded size, for a sink that takes no more at once, such as a UDP socket. */

import { Transform } from 'node:stream';

const LINE_END = 0x0a;

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

/**
 * Makes a stream whose chunks are lines, each with its line end, however the input was cut; the last one may lack it. A
 * line that is too long comes in pieces.
 *
 * @param maxBytes the longest line that stays whole, at least 1
 */
export function cutIntoLines(maxBytes: number): Transform {
  let rest = Buffer.alloc(0);
  return new Transform({
    readableObjectMode: true,
    transform(chunk: Buffer, _encoding, done) {
      let start = 0;
      while (start < chunk.length) {
        const end = chunk.indexOf(LINE_END, start) + 1 || chunk.length;
        const stop = Math.min(end, start + maxBytes - rest.length);
        const piece = Buffer.concat([rest, chunk.subarray(start, stop)]);
        const isWhole = piece.length === maxBytes || piece.at(-1) === LINE_END;
        if (isWhole) this.push(piece);
        rest = isWhole ? Buffer.alloc(0) : piece;
        start = stop;
      }
      done();
    },
    flush(done) {
      if (rest.length > 0) this.push(rest);
      done();
    },
  });
}
