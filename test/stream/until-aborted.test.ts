import { describe, expect, it } from 'vitest';
import { aborted, untilAborted } from '../../src/stream/until-aborted.ts';

describe('untilAborted', () => {
  it('hands on what the work gives or throws', async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it("throws the signal's reason while the work goes on, and hands the late result to whoever throws it away", async () => {
    const stop = new AbortController();
    const work = Promise.withResolvers<string>();
    const late = Promise.withResolvers<string>();
    const waiting = untilAborted(work.promise, stop.signal, late.resolve);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    work.resolve('late');
    expect(await late.promise).toBe('late');
  });

  it('does not begin to wait where the signal has aborted before', async () => {
    const never = new Promise<void>(() => {});
    await expect(untilAborted(never, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });

  it('outlives work that fails after the signal', async () => {
    const stop = new AbortController();
    const work = Promise.withResolvers<void>();
    const waiting = untilAborted(work.promise, stop.signal, () => {});
    stop.abort(new Error('stopped'));
    work.reject(new Error('later'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});

describe('aborted', () => {
  it('resolves when the signal aborts, at once where it has before', async () => {
    const stop = new AbortController();
    const order: string[] = [];
    const waiting = aborted(stop.signal).then(() => order.push('aborted'));
    await Promise.resolve().then(() => order.push('before'));
    stop.abort();
    await waiting;
    expect(order).toEqual(['before', 'aborted']);
    await aborted(stop.signal);
  });
});
