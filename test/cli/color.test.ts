import { describe, expect, it } from 'vitest';
import { colorChoice, createPalette, usesColor } from '../../src/cli/color.ts';
import { fakeIo } from '../support/fake-io.ts';

describe('usesColor', () => {
  it.each([
    ['auto', true, {}, true],
    ['auto', false, {}, false],
    ['auto', true, { NO_COLOR: '1' }, false],
    ['auto', true, { NO_COLOR: '' }, true],
    ['auto', true, { TERM: 'dumb' }, false],
    ['always', false, { NO_COLOR: '1' }, true],
    ['never', true, {}, false],
  ])('for --color %s, a terminal %s and %j is %s', (choice, isTty, env, colored) => {
    const stdout = { env, stdoutIsTty: isTty, stderrIsTty: !isTty };
    const stderr = { env, stdoutIsTty: !isTty, stderrIsTty: isTty };
    expect(usesColor(choice, 'stdout', stdout)).toBe(colored);
    expect(usesColor(choice, 'stderr', stderr)).toBe(colored);
  });
});

describe('createPalette', () => {
  it('paints where colour is used, and never makes text of nothing', () => {
    const palette = createPalette('auto', 'stderr', fakeIo({ stderrIsTty: true }));
    expect(palette.error('nettk:')).toBe('\x1b[1;31mnettk:\x1b[0m');
    expect(palette.heading('')).toBe('');
  });

  it('leaves text as it is where not', () => {
    expect(createPalette('auto', 'stdout', fakeIo({ stderrIsTty: true })).good('free')).toBe('free');
  });
});

describe('colorChoice', () => {
  it.each([
    ['', 'auto'],
    ['port 22 --color never', 'never'],
    ['--color=always port', 'always'],
    ['--color=always port --color never', 'never'],
    ['port --color', 'auto'],
    ['port --color=pink', 'auto'],
    ['wait -- --color always', 'auto'],
    ['--color always port --json', 'never'],
  ])('reads %j as %s', (line, choice) => {
    expect(colorChoice(line.split(' '))).toBe(choice);
  });
});
