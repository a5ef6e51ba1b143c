import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutInto } from '../../src/stream/cut.ts';

/** The sizes of the pieces that chunks of these sizes come out in. */
async function pieces(maxBytes: number, sizes: readonly number[]): Promise<Buffer[]> {
  const cutter = cutInto(maxBytes);
  const out = cutter.toArray() as Promise<Buffer[]>;
  sizes.forEach((size, i) => void cutter.write(Buffer.alloc(size, i)));
  cutter.end();
  return out;
}

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
