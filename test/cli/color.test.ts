import { describe, expect, it } from 'vitest';
import { usesColor } from '../../src/cli/color.ts';

describe('usesColor', () => {
  it.each([
    ['auto', true, {}, true],
    ['auto', false, {}, false],
    ['auto', true, { NO_COLOR: '1' }, false],
    ['auto', true, { NO_COLOR: '' }, true],
    ['auto', true, { TERM: 'dumb' }, false],
    ['always', false, { NO_COLOR: '1' }, true],
    ['never', true, {}, false],
  ])('for --color %s, a terminal %s and %j is %s', (choice, stdoutIsTty, env, colored) => {
    expect(usesColor(choice, { env, stdoutIsTty })).toBe(colored);
  });
});
