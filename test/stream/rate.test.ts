import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitRate } from '../../src/stream/rate.ts';
import { bytesOf, cutBytes, streamOf } from '../support/cuts.ts';
import { fakePace } from '../support/fake-pace.ts';

const NS_PER_S = 1_000_000_000;

/** Sends bytes through a limit; every piece with the seconds at which it passed. */
async function paced(bytes: number, rate: number, options: { chunk?: number; skewNs?: () => bigint } = {}) {
  const pace = fakePace(options.skewNs);
  const start = pace.now();
  const size = options.chunk ?? 65_536;
  const chunks = Array.from({ length: Math.ceil(bytes / size) }, (_, i) =>
    Buffer.alloc(Math.min(size, bytes - i * size)),
  );
  const passed: { at: number; bytes: number }[] = [];
  for await (const piece of limitRate(rate, pace)(streamOf(chunks))) {
    passed.push({ at: Number(pace.now() - start) / NS_PER_S, bytes: piece.length });
  }
  return passed;
}

const total = (passed: readonly { bytes: number }[]): number => passed.reduce((sum, one) => sum + one.bytes, 0);

describe('a rate', () => {
  it.each([
    [1, 10],
    [7, 70],
    [1_000, 5_000],
    [65_536, 655_360],
    [10_485_760, 52_428_800],
  ])('of %d bytes a second lets %d bytes through in their time', async (rate, bytes) => {
    const passed = await paced(bytes, rate);
    expect(total(passed)).toBe(bytes);
    const took = (passed.at(-1)?.at ?? 0) + (passed.at(-1)?.bytes ?? 0) / rate;
    expect(took / (bytes / rate)).toBeGreaterThan(0.98);
    expect(took / (bytes / rate)).toBeLessThan(1.02);
  });

  it('is kept by timers that are late, too', async () => {
    let late = 0n;
    const skewNs = (): bigint => {
      late = (late + 3_700_000n) % 12_000_000n;
      return late;
    };
    const passed = await paced(5_000_000, 1_000_000, { skewNs });
    expect(passed.at(-1)?.at).toBeGreaterThan(4.9);
    expect(passed.at(-1)?.at).toBeLessThan(5.1);
  });

  it('is never passed: in any stretch of time at most its share and a burst of 50 ms', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 5_000 }),
        async (rate, chunk) => {
          const passed = await paced(Math.min(rate * 2, 50_000), rate, { chunk });
          const burst = Math.max(rate * 0.05, 1);
          // Of any stretch: what passed in it, less its share. The most there may be is a burst, and the piece that ends it.
          let owed = 0;
          let least = 0;
          let most = 0;
          for (const { at, bytes } of passed) {
            least = Math.min(least, owed - at * rate);
            owed += bytes;
            most = Math.max(most, owed - at * rate - least);
          }
          expect(most).toBeLessThanOrEqual(2 * burst + 1);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('does not save up: after a silence there is no more than a burst', async () => {
    const pace = fakePace();
    async function* source(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(100);
      await pace.until(pace.now() + 60_000_000_000n);
      yield Buffer.alloc(2_000);
    }
    const times: number[] = [];
    for await (const piece of limitRate(1_000, pace)(source())) for (const _ of piece) times.push(Number(pace.now()));
    const last = times.slice(100);
    expect((last.at(-1)! - last[0]!) / NS_PER_S).toBeGreaterThan(1.8);
  });

  it('changes no byte, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(cutBytes([0, 10]), fc.integer({ min: 1, max: 1_000 }), async ([bytes, chunks], rate) => {
        expect((await bytesOf(limitRate(rate, fakePace())(streamOf(chunks)))).equals(bytes)).toBe(true);
      }),
    );
  });

  it('passes a datagram whole, and makes the next one wait for it', async () => {
    const pace = fakePace();
    const start = pace.now();
    const seen: [number, number][] = [];
    const chunks = [Buffer.alloc(3_000), Buffer.alloc(0), Buffer.alloc(10)];
    for await (const one of limitRate(1_000, pace, true)(streamOf(chunks))) {
      seen.push([one.length, Math.round(Number(pace.now() - start) / 1e8) / 10]);
    }
    expect(seen).toEqual([
      [3_000, 0],
      [0, 3],
      [10, 3],
    ]);
  });
});
