import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delayLines } from '../../src/stream/line-delay.ts';
import { bytesOf, cutBytes, streamOf } from '../support/cuts.ts';
import { fakePace } from '../support/fake-pace.ts';

const MS = 1_000_000n;

/** Each piece that passed, and when, in whole milliseconds rounded down. */
async function delayed(ms: number, ...chunks: string[]): Promise<[string, number][]> {
  const pace = fakePace(() => -900_000n);
  const start = pace.now();
  const pieces = delayLines(ms, pace)(streamOf(chunks.map((one) => Buffer.from(one))));
  const seen: [string, number][] = [];
  for await (const piece of pieces) seen.push([piece.toString(), Number((pace.now() - start) / MS)]);
  return seen;
}

describe('a line delay', () => {
  it('sends a line, then pauses; the first line does not wait', async () => {
    expect(await delayed(100, 'one\ntwo\nthree')).toEqual([
      ['one\n', 0],
      ['two\n', 100],
      ['three', 200],
    ]);
  });

  it('does not pause inside a line that comes in pieces', async () => {
    expect(await delayed(100, 'o', 'ne', '\n', 't', 'wo\n')).toEqual([
      ['o', 0],
      ['ne', 0],
      ['\n', 0],
      ['t', 100],
      ['wo\n', 100],
    ]);
  });

  it('is never shorter than asked, with timers that fire early', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0.1, max: 5_000, noNaN: true }), async (ms) => {
        const pace = fakePace(() => -990_000n);
        let before: bigint | undefined;
        for await (const _ of delayLines(ms, pace)(streamOf([Buffer.from('a\nb\nc\n')]))) {
          if (before !== undefined) expect(Number(pace.now() - before)).toBeGreaterThanOrEqual(ms * 1e6);
          before = pace.now();
        }
      }),
    );
  });

  it('changes no byte, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(cutBytes([0x0a, 0x61]), async ([bytes, chunks]) => {
        expect((await bytesOf(delayLines(1, fakePace())(streamOf(chunks)))).equals(bytes)).toBe(true);
      }),
    );
  });

  it('leaves an empty datagram where it was', async () => {
    expect(await delayed(5, '', 'a\n', '')).toEqual([
      ['', 0],
      ['a\n', 0],
      ['', 5],
    ]);
  });
});
