import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { formatCtime } from '../../src/protocols/ctime.ts';

describe('formatCtime', () => {
  it.each([
    [new Date(2026, 10, 23, 3, 4, 30), 'Mon Nov 23 03:04:30 2026'],
    [new Date(2026, 10, 3, 23, 59, 59), 'Tue Nov  3 23:59:59 2026'],
    [new Date(2000, 1, 29, 0, 0, 0), 'Tue Feb 29 00:00:00 2000'],
    [new Date(1999, 11, 31, 12, 0, 0, 999), 'Fri Dec 31 12:00:00 1999'],
  ])('formats %s in local time', (date, text) => {
    expect(formatCtime(date)).toBe(text);
  });

  it('formats in UTC when asked', () => {
    expect(formatCtime(new Date('1970-01-01T00:00:00Z'), true)).toBe('Thu Jan  1 00:00:00 1970');
  });

  it.each(['America/New_York', 'Asia/Kathmandu', 'Pacific/Chatham', 'UTC'])('says what date(1) says in %s', (zone) => {
    // Both sides of the two changes of a summer time, and a winter day.
    for (const seconds of [1_772_953_199, 1_772_953_201, 1_793_512_799, 1_793_512_801, 1_767_225_600]) {
      const script = `import('./src/protocols/ctime.ts').then(m => console.log(m.formatCtime(new Date(${seconds}000))))`;
      const env = { ...process.env, TZ: zone, LC_ALL: 'C' };
      const ours = execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' });
      const theirs = execFileSync('date', ['-d', `@${seconds}`, '+%a %b %e %H:%M:%S %Y'], { env, encoding: 'utf8' });
      expect(ours).toBe(theirs);
    }
  });
});
