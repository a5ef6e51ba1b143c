import { describe, expect, it } from 'vitest';
import { closeMatch } from '../../src/net/close-match.ts';

const KNOWN = ['daytime', 'time', 'http', 'https', 'ssh'];

describe('closeMatch', () => {
  it.each([
    ['daytme', 'daytime', 'a letter left out'],
    ['dyatime', 'daytime', 'two swapped'],
    ['daytimee', 'daytime', 'one added'],
    ['daitime', 'daytime', 'one changed'],
    ['DAYTIME', 'daytime', 'another case'],
    ['htpp', 'http', 'two swapped in a short word'],
    ['SSH', 'ssh', 'another case of a very short word'],
  ])('takes %s for %s: %s', (word, meant) => {
    expect(closeMatch(word, KNOWN)).toBe(meant);
  });

  it.each(['nosuchservice', 'xy', 's', '', 'dtmie'])('finds nothing near %j', (word) => {
    expect(closeMatch(word, KNOWN)).toBeUndefined();
  });
});
