import { describe, expect, it } from 'vitest';
import { prepareArgv } from '../../src/cli/argv.ts';

const OPTIONS = {
  retry: { type: 'integer', alias: 'r', lone: '99', describe: 'x' },
  json: { type: 'flag', describe: 'x' },
} as const;
const argv = (...words: string[]): string[] => prepareArgv(['go', ...words], () => OPTIONS).argv.slice(1);

describe('an option whose number may be left out', () => {
  it.each([
    [
      ['--retry', '5', 'a'],
      ['--retry=5', 'a'],
    ],
    [
      ['--retry=5', 'a'],
      ['--retry=5', 'a'],
    ],
    [
      ['--retry', 'a'],
      ['--retry=99', 'a'],
    ],
    [
      ['--retry', '-', 'a'],
      ['--retry=99', '\u0001-', 'a'],
    ],
    [
      ['--retry', '--json'],
      ['--retry=99', '--json'],
    ],
    [['--retry'], ['--retry=99']],
    [
      ['-r', 'a'],
      ['--retry=99', 'a'],
    ],
    [
      ['-r5', 'a'],
      ['--retry=5', 'a'],
    ],
  ])('%j is understood', (words, expected) => {
    expect(argv(...words)).toEqual(expected);
  });
});
