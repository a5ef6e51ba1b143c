import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ATTEMPT_STAGGER_MS, raceAttempts } from '../../src/net/race.ts';

/** Attempts that end when the test says so. */
class FakeAttempts {
  readonly started: string[] = [];
  readonly signals = new Map<string, AbortSignal>();
  readonly #outcomes = new Map<string, PromiseWithResolvers<string>>();

  readonly attempt = (candidate: string, signal: AbortSignal): Promise<string> => {
    this.started.push(candidate);
    this.signals.set(candidate, signal);
    const outcome = Promise.withResolvers<string>();
    this.#outcomes.set(candidate, outcome);
    return outcome.promise;
  };

  succeed(candidate: string): void {
    this.#outcomes.get(candidate)?.resolve(`${candidate} won`);
  }

  fail(candidate: string): void {
    this.#outcomes.get(candidate)?.reject(new Error(`${candidate} failed`));
  }
}

const never = new AbortController().signal;
let fake: FakeAttempts;
let discarded: string[];
const race = (candidates: string[], signal = never) =>
  raceAttempts(candidates, fake.attempt, (late) => discarded.push(late), signal);

beforeEach(() => {
  vi.useFakeTimers();
  fake = new FakeAttempts();
  discarded = [];
});
afterEach(() => {
  vi.useRealTimers();
});

describe('raceAttempts', () => {
  it('takes the first candidate when it succeeds in time, and starts no other', async () => {
    const won = race(['a', 'b']);
    fake.succeed('a');
    expect(await won).toBe('a won');
    await vi.advanceTimersByTimeAsync(ATTEMPT_STAGGER_MS * 5);
    expect(fake.started).toEqual(['a']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('starts the next one beside a silent one after the stagger, not before', async () => {
    const won = race(['a', 'b', 'c']);
    await vi.advanceTimersByTimeAsync(ATTEMPT_STAGGER_MS - 1);
    expect(fake.started).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(1);
    expect(fake.started).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(ATTEMPT_STAGGER_MS);
    expect(fake.started).toEqual(['a', 'b', 'c']);
    fake.succeed('b');
    expect(await won).toBe('b won');
  });

  it('starts the next one at once when one fails', async () => {
    const won = race(['a', 'b']);
    fake.fail('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(fake.started).toEqual(['a', 'b']);
    fake.succeed('b');
    expect(await won).toBe('b won');
  });

  it('counts the stagger anew after a failure', async () => {
    race(['a', 'b', 'c']).catch(() => {});
    await vi.advanceTimersByTimeAsync(ATTEMPT_STAGGER_MS - 1);
    fake.fail('a');
    await vi.advanceTimersByTimeAsync(1);
    expect(fake.started).toEqual(['a', 'b']);
  });

  it('aborts the others when one wins, and hands a late winner back', async () => {
    const won = race(['a', 'b']);
    await vi.advanceTimersByTimeAsync(ATTEMPT_STAGGER_MS);
    fake.succeed('b');
    expect(await won).toBe('b won');
    expect(fake.signals.get('a')?.aborted).toBe(true);
    expect(fake.signals.get('b')?.aborted).toBe(false);
    fake.succeed('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(discarded).toEqual(['a won']);
  });

  it('lets a slow first win although later ones failed', async () => {
    const won = race(['a', 'b']);
    await vi.advanceTimersByTimeAsync(ATTEMPT_STAGGER_MS);
    fake.fail('b');
    await vi.advanceTimersByTimeAsync(0);
    fake.succeed('a');
    expect(await won).toBe('a won');
  });

  it("rejects with the first candidate's error when all fail, in whatever order", async () => {
    const won = race(['a', 'b']);
    won.catch(() => {});
    await vi.advanceTimersByTimeAsync(ATTEMPT_STAGGER_MS);
    fake.fail('b');
    fake.fail('a');
    await expect(won).rejects.toThrow('a failed');
  });

  it("rejects with the signal's reason and aborts what is under way", async () => {
    const controller = new AbortController();
    const won = race(['a', 'b'], controller.signal);
    controller.abort(new Error('too late'));
    await expect(won).rejects.toThrow('too late');
    expect(fake.signals.get('a')?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('starts nothing when the signal has aborted before', async () => {
    await expect(race(['a'], AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(fake.started).toEqual([]);
  });
});
