import { describe, expect, it } from 'vitest';
import { type RetryOptions, withRetries } from '../../src/clients/retry.ts';
import { type ErrorCode, NettkError } from '../../src/errors.ts';

const failure = (code: ErrorCode = 'ECONNREFUSED'): NettkError => new NettkError({ code, action: 'connect' });

/** Fails so many times, then gives its number of tries; the pauses are kept, and take no time. */
function trial(failures: number, options: Partial<RetryOptions> = {}, error: unknown = failure()) {
  const pauses: number[] = [];
  let tries = 0;
  const attempt = async (): Promise<number> => {
    tries += 1;
    if (tries <= failures) throw error;
    return tries;
  };
  const pause = async (ms: number): Promise<void> => void pauses.push(ms);
  const run = withRetries(attempt, { retries: 3, signal: new AbortController().signal, pause, ...options });
  return { run, pauses, tries: () => tries };
}

describe('withRetries', () => {
  it('gives what works at once, without a pause', async () => {
    const { run, pauses } = trial(0);
    expect(await run).toBe(1);
    expect(pauses).toEqual([]);
  });

  it('tries again up to the number given, then fails with the last failure', async () => {
    expect(await trial(3).run).toBe(4);
    const lost = trial(4);
    await expect(lost.run).rejects.toThrow('connect: connection refused');
    expect(lost.tries()).toBe(4);
  });

  it.each([
    [0, [125, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]],
    [0.999_999, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
  ])('waits twice as long each time, half of it by chance (%d), 30 s at most', async (chance, expected) => {
    const { run, pauses } = trial(9, { retries: 9, random: () => chance });
    await run;
    expect(pauses).toEqual(expected);
  });

  it('tells of the failure before it waits', async () => {
    const told: string[] = [];
    await trial(1, { random: () => 0, onPause: (error, ms) => void told.push(`${error.code} ${ms}`) }).run;
    expect(told).toEqual(['ECONNREFUSED 125']);
  });

  it.each([
    ['a certificate that is not trusted', failure('UNVERIFIED')],
    ['a mistake of the person', failure('BAD_ENDPOINT')],
    ['a bug', new Error('oops')],
  ])('does not try again after %s', async (_what, error) => {
    const { run, tries } = trial(1, {}, error);
    await expect(run).rejects.toBe(error);
    expect(tries()).toBe(1);
  });

  it('ends its wait when the signal aborts, with its reason', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const attempt = (): Promise<never> => Promise.reject(failure());
    const run = withRetries(attempt, { retries: 1, signal: stop.signal, onPause: () => stop.abort(reason) });
    await expect(run).rejects.toBe(reason);
  });
});

describe('withRetries with more to go by', () => {
  it('begins anew, count and pauses, after what had lasted', async () => {
    const { run, pauses } = trial(6, { retries: 2, random: () => 0, hasLasted: () => pauses.length % 2 === 0 });
    expect(await run).toBe(7);
    expect(pauses).toEqual([125, 250, 125, 250, 125, 250]);
  });

  it('stops where there is nothing left to try with', async () => {
    const { run, tries } = trial(3, { mayGoOn: () => false });
    await expect(run).rejects.toThrow('connection refused');
    expect(tries()).toBe(1);
  });

  it('does not take a full disk for a connection', async () => {
    const { run, tries } = trial(1, {}, failure('ENOSPC'));
    await expect(run).rejects.toThrow('no space left');
    expect(tries()).toBe(1);
  });
});
