import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortInTurns } from '../../src/net/sort-in-turns.ts';

type Item = readonly [key: number, place: number];
const byKey = (one: Item, other: Item): number => one[0] - other[0];

describe('sortInTurns', () => {
  it('sorts as sort() does, equal items in their order, and leaves the original alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: 1, max: 1_000 }),
        async (length, keys) => {
          const items = Array.from({ length }, (_, i): Item => [(i * 7_919) % keys, i]);
          const copy = [...items];
          expect(await sortInTurns(items, byKey)).toEqual([...items].sort(byKey));
          expect(items).toEqual(copy);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('lets others have their turn', async () => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await sortInTurns(
      Array.from({ length: 50_000 }, (_, i) => (i * 7_919) % 50_000),
      (one, other) => one - other,
    );
    isDone = true;
    expect(turns).toBeGreaterThan(20);
  });
});
