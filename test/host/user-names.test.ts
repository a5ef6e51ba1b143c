import { describe, expect, it } from 'vitest';
import { parsePasswd, userName } from '../../src/host/user-names.ts';

describe('userName', () => {
  it('names root and gives other numbers back where nobody has them', () => {
    expect(userName(0)).toBe('root');
    expect(userName(4_000_000_001)).toBe('4000000001');
  });
});

describe('parsePasswd', () => {
  it('lets the first name of a number win and skips broken lines', () => {
    const names = parsePasswd('root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n\nbad\nalso:x:bad:0\nweb:x:33:33::/:');
    expect([...names]).toEqual([
      [0, 'root'],
      [33, 'web'],
    ]);
  });
});
