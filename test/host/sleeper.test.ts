import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSleeper, NS_PER_MS } from '../../src/host/sleeper.ts';
import { FakeClock } from './fake-clock.ts';

const DAY_NS = 86_400_000n * NS_PER_MS;
/** What setTimeout was seen to do: up to 1 ms early, and late as the machine is busy. */
const skews = fc.array(fc.bigInt({ min: -NS_PER_MS, max: 3n * NS_PER_MS }), { minLength: 1, maxLength: 20 });

function skewed(values: readonly bigint[]): FakeClock {
  let next = 0;
  return new FakeClock(() => values[next++ % values.length]!);
}

describe('createSleeper', () => {
  it('wakes everyone, in order and never early, however early or late the timers are', () => {
    const waits = fc.array(fc.bigInt({ min: 0n, max: 3_000n * NS_PER_MS }), { maxLength: 300 });
    fc.assert(
      fc.property(waits, skews, (nanoseconds, values) => {
        const clock = skewed(values);
        const sleeper = createSleeper(clock);
        const woken: { deadline: bigint; at: bigint }[] = [];
        for (const wait of nanoseconds) {
          const deadline = clock.now() + wait;
          sleeper.wakeAt(deadline, () => woken.push({ deadline, at: clock.now() }));
        }
        while (clock.step());
        expect(woken.length).toBe(nanoseconds.length);
        expect(woken.filter(({ deadline, at }) => at < deadline)).toEqual([]);
        expect(woken.filter(({ deadline }, i) => i > 0 && deadline < woken[i - 1]!.deadline)).toEqual([]);
        expect(clock.pendingAlarms).toBe(0);
      }),
    );
  });

  it('wakes a lone sleeper within a turn of the loop when its timer is no more than 1 ms late', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 3_000n * NS_PER_MS }),
        fc.bigInt({ min: -NS_PER_MS, max: 0n }),
        (wait, skew) => {
          const clock = new FakeClock(() => skew);
          const deadline = clock.now() + wait;
          let lateNs = -1n;
          createSleeper(clock).wakeAt(deadline, () => {
            lateNs = clock.now() - deadline;
          });
          while (clock.step());
          expect(lateNs).toBeGreaterThanOrEqual(0n);
          expect(lateNs).toBeLessThan(50_000n);
        },
      ),
    );
  });

  it('does not turn the loop for a crowd', () => {
    const clock = new FakeClock();
    const sleeper = createSleeper(clock);
    for (let i = 0n; i < 100n; i += 1n) sleeper.wakeAt(clock.now() + 5n * NS_PER_MS + i, () => {});
    while (clock.step());
    expect(clock.turns).toBeLessThan(10);
  });

  it('holds for 2^31 ms, 30 days and 365 days, where one timer would go off at once', () => {
    for (const wait of [2n ** 31n * NS_PER_MS, 30n * DAY_NS, 365n * DAY_NS]) {
      const clock = new FakeClock();
      const deadline = clock.now() + wait;
      let wokenAt: bigint | undefined;
      createSleeper(clock).wakeAt(deadline, () => {
        wokenAt = clock.now();
      });
      clock.runUntil(deadline - 10n * NS_PER_MS);
      expect(wokenAt).toBeUndefined();
      while (clock.step());
      expect(wokenAt).toBeGreaterThanOrEqual(deadline);
    }
  });

  it('never wakes who was taken back, and says whether that came in time', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2_000), fc.boolean()), { maxLength: 100 }), skews, (plan, values) => {
        const clock = skewed(values);
        const sleeper = createSleeper(clock);
        const woken = new Set<number>();
        const stops = plan.map(([ms], i) => sleeper.wakeAt(clock.now() + BigInt(ms) * NS_PER_MS, () => woken.add(i)));
        clock.runUntil(clock.now() + 1_000n * NS_PER_MS);
        const early = new Set(woken);
        const taken = stops.map((stop, i) => plan[i]![1] && stop());
        while (clock.step());
        expect(sleeper.pending).toBe(0);
        for (const [i, [, wanted]] of plan.entries()) {
          expect(taken[i]).toBe(wanted && !early.has(i));
          expect(woken.has(i)).toBe(!taken[i]);
        }
      }),
    );
  });

  it('leaves no timer behind when the last one is taken back', () => {
    const clock = new FakeClock();
    const sleeper = createSleeper(clock);
    const stop = sleeper.wakeAt(clock.now() + DAY_NS, () => {});
    expect(clock.pendingAlarms).toBe(1);
    expect(stop()).toBe(true);
    expect(stop()).toBe(false);
    expect(clock.pendingAlarms).toBe(0);
  });

  it('takes new sleepers, and takes others back, from within a waking', () => {
    const clock = new FakeClock();
    const sleeper = createSleeper(clock);
    const order: string[] = [];
    const later = sleeper.wakeAt(clock.now() + 20n * NS_PER_MS, () => order.push('taken back'));
    sleeper.wakeAt(clock.now() + 10n * NS_PER_MS, () => {
      order.push('first');
      later();
      sleeper.wakeAt(clock.now() - 1n, () => order.push('overdue'));
      sleeper.wakeAt(clock.now() + 5n * NS_PER_MS, () => order.push('second'));
      expect(order).toEqual(['first']);
    });
    while (clock.step());
    expect(order).toEqual(['first', 'overdue', 'second']);
  });

  it('still wakes the others when one of them throws', () => {
    const clock = new FakeClock();
    const sleeper = createSleeper(clock);
    let woken = false;
    sleeper.wakeAt(clock.now() + NS_PER_MS, () => {
      throw new Error('a bug');
    });
    sleeper.wakeAt(clock.now() + NS_PER_MS, () => {
      woken = true;
    });
    expect(() => {
      while (clock.step());
    }).toThrow('a bug');
    while (clock.step());
    expect(woken).toBe(true);
  });

  it('is never early by the real clock', async () => {
    const sleeper = createSleeper();
    const waits = Array.from({ length: 500 }, (_, i) => BigInt(i) * 400_000n);
    const late = await Promise.all(
      waits.map((wait) => {
        const { promise, resolve } = Promise.withResolvers<bigint>();
        const deadline = process.hrtime.bigint() + wait;
        sleeper.wakeAt(deadline, () => resolve(process.hrtime.bigint() - deadline));
        return promise;
      }),
    );
    expect(late.filter((nanoseconds) => nanoseconds < 0n)).toEqual([]);
  });
});
