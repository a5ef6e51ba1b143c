import { describe, expect, it } from 'vitest';
import { findGiven, isGiven } from '../../src/cli/given-options.ts';

describe('isGiven', () => {
  it.each([['text'], [''], [0], [true], [['one']]])('takes %j for a value', (value) => {
    expect(isGiven(value)).toBe(true);
  });

  it.each([[undefined], [false], [[]]])('takes %j for none', (value) => {
    expect(isGiven(value)).toBe(false);
  });
});

describe('findGiven', () => {
  it('names the first option that has a value as it is typed', () => {
    expect(findGiven({ ca: [], wsMaxMessage: 0, minTls: '1.3' })).toBe('ws-max-message');
  });

  it('finds nothing where none has', () => {
    expect(findGiven({ ca: [], insecure: false, sni: undefined })).toBeUndefined();
  });
});
