/** A pace whose time is a test's own: it runs as fast as the program asks for it, timers early and late. */

import { createSleeper } from '../../src/host/sleeper.ts';
import type { Pace } from '../../src/stream/rate.ts';
import { FakeClock } from '../host/fake-clock.ts';

/** Makes a pace over a fake clock. Time passes only while somebody waits for it. */
export function fakePace(skewNs: () => bigint = () => 0n): Pace & { readonly clock: FakeClock } {
  const clock = new FakeClock(skewNs);
  const sleeper = createSleeper(clock);
  return {
    clock,
    now: () => clock.time,
    until: (moment) =>
      new Promise((resolve) => {
        if (moment <= clock.time) return resolve();
        sleeper.wakeAt(moment, resolve);
        while (sleeper.pending > 0 && clock.step());
      }),
  };
}
