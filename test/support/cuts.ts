/** Byte streams cut anywhere, for what has to be right wherever they are cut. */

import fc from 'fast-check';

/** Cuts bytes at these places; places past the end are left out. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const inside = [0, ...places.filter((place) => place <= bytes.length).sort((a, b) => a - b), bytes.length];
  return inside.slice(1).map((place, i) => bytes.subarray(inside[i], place));
}

/** Bytes, mostly of a small alphabet, and the places to cut them at. */
export function cutBytes(alphabet: readonly number[]): fc.Arbitrary<readonly [Buffer, Buffer[]]> {
  const byte = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...alphabet) }, fc.nat({ max: 255 }));
  const bytes = fc.array(byte, { maxLength: 40 }).map((all) => Buffer.from(all));
  return fc
    .tuple(bytes, fc.array(fc.nat({ max: 40 }), { maxLength: 8 }))
    .map(([all, places]) => [all, cutAt(all, places)]);
}

/** Chunks as a stream. */
export async function* streamOf(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks;
}

/** All chunks of a stream. */
export async function chunksOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** All bytes of a stream. */
export async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(await chunksOf(stream));
}
