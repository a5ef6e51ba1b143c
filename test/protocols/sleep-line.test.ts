import { describe, expect, it } from 'vitest';
import { RpcError } from '../../src/protocols/json-rpc.ts';
import { formatSleepError, formatSlept, parseSleepLine } from '../../src/protocols/sleep-line.ts';

describe('parseSleepLine', () => {
  it.each([
    ['sleep 2.5', { verb: 'sleep', seconds: 2.5 }],
    ['  SLEEP\t0  ', { verb: 'sleep', seconds: 0 }],
    ['sleep .5 tea', { verb: 'sleep', seconds: 0.5, id: 'tea' }],
    ['sleep 1e-3', { verb: 'sleep', seconds: 0.001 }],
    ['sleep 1e400', { verb: 'sleep', seconds: Number.POSITIVE_INFINITY }],
    ['cancel 3', { verb: 'cancel', id: '3' }],
    ['help', { verb: 'help' }],
  ])('reads %j', (line, expected) => {
    expect(parseSleepLine(line)).toEqual(expected);
  });

  it.each([
    'sleep NaN',
    'sleep -1',
    'sleep 0x10',
    'sleep Infinity',
    'sleep 1,5',
    'sleep ١',
  ])('takes %j for a sleep whose seconds are no number', (line) => {
    expect(parseSleepLine(line)).toEqual({ verb: 'sleep', seconds: Number.NaN });
  });

  it.each([
    '',
    'sleep',
    'sleep 1 two three',
    'cancel',
    'wake',
    'sleep 1 \u001b[2J',
    '__proto__',
    'sleepy 1',
  ])('refuses %j', (line) => {
    expect(() => parseSleepLine(line)).toThrow(RpcError);
  });
});

describe('the answers', () => {
  it('have six decimals and end with the id that was given', () => {
    expect(formatSlept({ slept: 2.500112 })).toBe('ok slept 2.500112 s');
    expect(formatSlept({ slept: 0.1 }, 'tea')).toBe('ok slept 0.100000 s tea');
    expect(formatSleepError(new RpcError(-32_800, 'cancelled'), 'tea')).toBe('error cancelled tea');
  });
});
