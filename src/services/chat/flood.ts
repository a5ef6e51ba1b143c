/** Flood control: a token bucket. Whoever has spent it is not read for a while; nothing is lost, nobody is sent away. */

import { usageError } from '../../errors.ts';

/** How much may be said: `burst` at once, then `burst` in each `periodMs`. */
export interface FloodRate {
  readonly burst: number;
  /** In milliseconds. */
  readonly periodMs: number;
}

/** The longest period, in milliseconds: the wait for the dearest command has to fit in a timer. */
const MAX_PERIOD_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { ms: 1, '': 1_000, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads `BURST/PERIOD`: `10/5s` is ten at once, and ten more in each five seconds.
 *
 * @throws NettkError where it is something else
 */
export function parseFlood(text: string): FloodRate {
  const [, burst = '', number = '', unit = ''] = /^(\d{1,6})\/(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? [];
  const rate = { burst: Number(burst), periodMs: Number(number) * (UNITS[unit] ?? 0) };
  if (rate.burst >= 1 && rate.periodMs >= 1 && rate.periodMs <= MAX_PERIOD_MS) return rate;
  throw usageError(
    `option --flood ${JSON.stringify(text)}`,
    'not BURST/PERIOD with a period of a day at most',
    '10/5s: ten lines at once, ten more in 5 s',
  );
}

/** One client's bucket. */
export class Bucket {
  readonly #rate: FloodRate;
  /** Tokens, times the period: whole numbers where the times are, so that nobody waits a millisecond for a rounding error. */
  #credit: number;
  #asOf: number;

  /** @param now in milliseconds, of a clock that never goes back */
  constructor(rate: FloodRate, now: number) {
    this.#rate = rate;
    this.#credit = rate.burst * rate.periodMs;
    this.#asOf = now;
  }

  /** Takes tokens, and tells how long to wait before more is read, in milliseconds; 0 where there is no need to. */
  take(count: number, now: number): number {
    const { burst, periodMs } = this.#rate;
    const earned = (now - this.#asOf) * burst;
    this.#credit = Math.min(burst * periodMs, this.#credit + earned) - count * periodMs;
    this.#asOf = now;
    return this.#credit >= 0 ? 0 : Math.ceil(-this.#credit / burst);
  }
}
