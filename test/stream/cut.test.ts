import type { Transform } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutInto, cutIntoLines } from '../../src/stream/cut.ts';

/** What comes out where these chunks go in. */
async function through(cutter: Transform, chunks: readonly Buffer[]): Promise<Buffer[]> {
  const out = cutter.toArray() as Promise<Buffer[]>;
  for (const chunk of chunks) cutter.write(chunk);
  cutter.end();
  return out;
}

/** The pieces that chunks of these sizes come out in. */
const pieces = (maxBytes: number, sizes: readonly number[]): Promise<Buffer[]> =>
  through(
    cutInto(maxBytes),
    sizes.map((size, i) => Buffer.alloc(size, i)),
  );

const lines = async (maxBytes: number, chunks: readonly string[]): Promise<string[]> =>
  (
    await through(
      cutIntoLines(maxBytes),
      chunks.map((text) => Buffer.from(text)),
    )
  ).map(String);

describe('cutInto', () => {
  it('cuts what is too long and leaves the rest as it came', async () => {
    expect((await pieces(10, [3, 10, 11, 25])).map((one) => one.length)).toEqual([3, 10, 10, 1, 10, 10, 5]);
  });

  it('keeps every byte in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat(200), { maxLength: 20 }),
        async (max, sizes) => {
          const whole = Buffer.concat(sizes.map((size, i) => Buffer.alloc(size, i)));
          expect(Buffer.concat(await pieces(max, sizes)).equals(whole)).toBe(true);
        },
      ),
    );
  });
});

describe('cutIntoLines', () => {
  it('makes each line a piece, its end included', async () => {
    expect(await lines(100, ['one\ntw', 'o\r\n', '\n', 'three\nfour'])).toEqual([
      'one\n',
      'two\r\n',
      '\n',
      'three\n',
      'four',
    ]);
  });

  it('cuts a line that is too long', async () => {
    expect(await lines(4, ['abcdefgh\nxyz\n', 'wxyz\n'])).toEqual(['abcd', 'efgh', '\n', 'xyz\n', 'wxyz', '\n']);
  });

  it('makes nothing of nothing', async () => {
    expect(await lines(4, [])).toEqual([]);
  });

  it('cuts alike however the input came', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.array(fc.nat(60), { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        async (whole, cuts, max) => {
          const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
          const chunks = places.slice(1).map((place, i) => whole.slice(places[i], place));
          const cut = await lines(max, chunks);
          expect(cut).toEqual(await lines(max, [whole]));
          expect(cut.join('')).toBe(whole);
          expect(cut.every((line) => line.length <= max && !line.slice(0, -1).includes('\n'))).toBe(true);
        },
      ),
    );
  });
});
