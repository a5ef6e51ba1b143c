import { describe, expect, it } from 'vitest';
import { wordsAs } from '../../src/cli/called-as.ts';

describe('wordsAs', () => {
  it.each([
    ['nc', ['nc', '-l', '1']],
    ['netcat', ['nc', '-l', '1']],
    ['/usr/local/bin/ncat', ['ncat', '-l', '1']],
    ['./nettk', ['-l', '1']],
    ['node', ['-l', '1']],
    ['ncat.old', ['-l', '1']],
  ])('of a program called as %s are %j', (program, words) => {
    expect(wordsAs(program, ['-l', '1'])).toEqual(words);
  });
});
