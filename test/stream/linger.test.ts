import { once } from 'node:events';
import { type Duplex, duplexPair, PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lingerClose } from '../../src/stream/linger.ts';
import { closed, readToEnd } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A pair in memory, so that fake time is all the time there is. */
function pair(): [Duplex, Duplex] {
  const [near, far] = duplexPair();
  far.resume();
  return [near, far];
}

describe('lingerClose', () => {
  it('lets the whole answer arrive although the peer sent what nobody read', async () => {
    const [near, far] = await tcpPair();
    near.write(Buffer.alloc(200_000));
    await once(far, 'readable');
    const answer = Buffer.alloc(2_000_000, 'a');
    far.write(answer);
    const over = lingerClose(far);
    expect((await readToEnd(near)).equals(answer)).toBe(true);
    near.end();
    await over;
    expect(far.destroyed).toBe(true);
  });

  it('resolves as soon as the peer ends too, and leaves no timer', async () => {
    vi.useFakeTimers();
    const [near, far] = pair();
    const over = lingerClose(near);
    far.end();
    await vi.advanceTimersByTimeAsync(0);
    await over;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets a silent peer go after the silence, and not before', async () => {
    vi.useFakeTimers();
    const [near] = pair();
    const over = lingerClose(near, { silenceMs: 500 });
    await vi.advanceTimersByTimeAsync(499);
    expect(near.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await over;
    expect(near.destroyed).toBe(true);
  });

  it('lets a peer that never stops sending go after the total', async () => {
    vi.useFakeTimers();
    const [near, far] = pair();
    const over = lingerClose(near, { silenceMs: 500, totalMs: 2_000 });
    const chatter = setInterval(() => far.write('and '), 100);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(near.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    clearInterval(chatter);
    await over;
    expect(near.destroyed).toBe(true);
  });

  it('waits for a peer that reads slowly however long it takes', async () => {
    vi.useFakeTimers();
    const [near, far] = duplexPair();
    near.write(Buffer.alloc(1_000_000));
    lingerClose(near, { silenceMs: 500, totalMs: 2_000 });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(near.destroyed).toBe(false);
    far.resume();
    await vi.advanceTimersByTimeAsync(500);
    expect(near.destroyed).toBe(true);
  });

  it('works where the session has ended its side already', async () => {
    const [near, far] = await tcpPair();
    far.end('said');
    const over = lingerClose(far);
    expect((await readToEnd(near)).toString()).toBe('said');
    near.end();
    await over;
  });

  it('takes a reset for an end, without an error', async () => {
    const [near, far] = await tcpPair();
    const over = lingerClose(far);
    near.resetAndDestroy();
    await over;
    expect(await closed(far)).toMatchObject({ code: 'ECONNRESET' });
  });

  it('has nothing to do for a stream that is gone', async () => {
    const stream = new PassThrough();
    stream.destroy();
    await lingerClose(stream);
  });
});
