import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bucket, parseFlood } from '../../../src/services/chat/flood.ts';
import { failureOf } from '../../support/errors.ts';

describe('parseFlood', () => {
  it.each([
    ['10/5s', 10, 5_000],
    ['10/5', 10, 5_000],
    ['1/100ms', 1, 100],
    ['1/1.5s', 1, 1_500],
    ['600/1m', 600, 60_000],
    ['5/2h', 5, 7_200_000],
    ['1/24h', 1, 86_400_000],
    ['999999/1ms', 999_999, 1],
  ])('reads %s', (text, burst, periodMs) => {
    expect(parseFlood(text)).toEqual({ burst, periodMs });
  });

  it.each([
    '',
    '10',
    '/5s',
    '10/',
    '0/5s',
    '10/0s',
    '10/0.4ms',
    '-1/5s',
    '1.5/5s',
    '10/5d',
    '10/5 s',
    '10 / 5s',
    '10/5s ',
    '1e1/5s',
    '10/5e3ms',
    '0x10/5s',
    '1000000/5s',
    '10/5s\n',
    '10/Infinity',
  ])('refuses %j, and says what it takes', (text) => {
    const failure = failureOf(() => parseFlood(text));
    expect([failure.exit, failure.message]).toEqual([2, expect.stringContaining('BURST/PERIOD')]);
  });

  it.each(['1/25h', '1/999999h', '10/1441m'])('refuses %s, which is longer than a day', (text) => {
    // A timer takes 24.8 days at most, and fires at once past that.
    expect(failureOf(() => parseFlood(text)).exit).toBe(2);
  });
});

describe('a bucket', () => {
  const rate = { burst: 10, periodMs: 5_000 };

  it('lets its burst through at once, then makes wait as long as a token takes', () => {
    const bucket = new Bucket(rate, 0);
    const waits = Array.from({ length: 12 }, () => bucket.take(1, 0));
    expect(waits).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 500, 1_000]);
  });

  it('fills up while nothing is said, and never past its burst', () => {
    const bucket = new Bucket(rate, 0);
    for (let i = 0; i < 10; i += 1) bucket.take(1, 0);
    expect(bucket.take(1, 500)).toBe(0);
    expect(bucket.take(1, 600)).toBe(400);
    const waits = Array.from({ length: 11 }, () => bucket.take(1, 1e12));
    expect(waits.filter((ms) => ms > 0)).toEqual([500]);
  });

  it('takes more for what costs more, and nothing for what is free', () => {
    const bucket = new Bucket({ burst: 2, periodMs: 1_000 }, 0);
    expect(bucket.take(0, 0)).toBe(0);
    expect(bucket.take(5, 0)).toBe(1_500);
    expect(bucket.take(0, 1_500)).toBe(0);
  });

  it('takes no millisecond more, where a rate in tokens a millisecond would be rounded', () => {
    const bucket = new Bucket({ burst: 1, periodMs: 49 }, 0);
    let now = 0;
    for (const cost of [0, 1, 0, 3, 4]) {
      const wait = bucket.take(cost, now);
      expect(wait).toBeLessThanOrEqual(cost * 49);
      now += wait;
    }
  });

  it('keeps its rate for whoever waits as long as it says', () => {
    const burst = fc.integer({ min: 1, max: 100 });
    const periodMs = fc.integer({ min: 1, max: 100_000 });
    const costs = fc.array(fc.record({ cost: fc.nat({ max: 5 }), idle: fc.nat({ max: 1_000 }) }), { maxLength: 100 });
    fc.assert(
      fc.property(burst, periodMs, costs, (most, period, steps) => {
        const bucket = new Bucket({ burst: most, periodMs: period }, 0);
        let now = 0;
        let spent = 0;
        for (const { cost, idle } of steps) {
          const wait = bucket.take(cost, now);
          spent += cost;
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(Math.ceil((cost * period) / most));
          // What was read until now is what the burst and the time allow, but for the line that was read last.
          expect(spent - cost).toBeLessThanOrEqual(most + (now * most) / period + 1e-6 * (now + 1));
          now += wait + idle;
        }
      }),
    );
  });
});
