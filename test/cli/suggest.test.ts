import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suggest } from '../../src/cli/suggest.ts';
import { editDistance } from '../../src/net/close-match.ts';

const word = fc.string({ maxLength: 8 });

describe('editDistance', () => {
  it.each([
    ['port', 'port', 0],
    ['prot', 'port', 1],
    ['pot', 'port', 1],
    ['porrt', 'port', 1],
    ['pork', 'port', 1],
    ['', 'port', 4],
    ['ca', 'abc', 3],
  ])('from %s to %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is the same both ways, zero only for the same word, and no longer than the longer word', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it('counts a swap of neighbours as one', () => {
    fc.assert(
      fc.property(
        word,
        fc.string({ minLength: 1, maxLength: 1 }),
        fc.string({ minLength: 1, maxLength: 1 }),
        word,
        (start, a, b, end) => {
          expect(editDistance(start + a + b + end, start + b + a + end)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('suggest', () => {
  const known = ['port', 'ports', 'daytime', 'daytime-server', 'version'];

  it('names the nearest', () => {
    expect(suggest('prot', known)).toBe('port');
    expect(suggest('dyatime', known)).toBe('daytime');
    expect(suggest('verison', known)).toBe('version');
  });

  it('finishes what was begun', () => {
    expect(suggest('day', known)).toBe('daytime');
  });

  it('says nothing where nothing is near', () => {
    expect(suggest('frobnicate', known)).toBeUndefined();
    expect(suggest('x', known)).toBeUndefined();
  });
});
