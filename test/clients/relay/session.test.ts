import { describe, expect, it } from 'vitest';
import type { OpenSide } from '../../../src/clients/relay/open-side.ts';
import { runSession } from '../../../src/clients/relay/session.ts';
import { closed, readToEnd } from '../../support/sockets.ts';
import { tcpPair } from '../../support/tcp-pair.ts';

const never = new AbortController().signal;

async function session(limits: { idleMs?: number; signal?: AbortSignal } = {}) {
  const [near, a] = await tcpPair();
  const [far, b] = await tcpPair();
  const side = (stream: OpenSide['stream'], name: string): OpenSide => ({ stream, name, isDatagram: false });
  const over = runSession(side(a, 'the left'), side(b, 'the right'), { idleMs: 0, signal: never, ...limits });
  return { near, far, over };
}

describe('a session', () => {
  it.each(['left', 'right'] as const)('knows what went each way and that the %s ended first', async (first) => {
    const { near, far, over } = await session();
    const [one, other] = first === 'left' ? [near, far] : [far, near];
    one.end('four');
    await readToEnd(other);
    other.end('seventh');
    await readToEnd(one);
    const expected = first === 'left' ? [4, 7] : [7, 4];
    const result = await over;
    expect([result.leftToRight, result.rightToLeft, result.first, result.error]).toEqual([
      ...expected,
      first,
      undefined,
    ]);
  });

  it('names the side that failed, and counts what had passed', async () => {
    const { near, far, over } = await session();
    near.write('part');
    await new Promise((resolve) => far.once('data', resolve));
    const seen = closed(near.resume());
    far.resetAndDestroy();
    expect(await over).toMatchObject({
      leftToRight: 4,
      error: { message: 'talk to the right: connection reset by peer (ECONNRESET)' },
    });
    expect(await seen).toMatchObject({ code: 'ECONNRESET' });
  });

  it('ends what is idle', async () => {
    const { near, far, over } = await session({ idleMs: 20 });
    const ends = [readToEnd(near), readToEnd(far)];
    expect(await over).toMatchObject({ error: { code: 'TIMEOUT', message: 'relay: idle: no data for 0.02 s' } });
    await Promise.all(ends);
    near.destroy();
    far.destroy();
  });

  it('is broken off by the signal with its reason, so that nobody takes it for an end', async () => {
    const controller = new AbortController();
    const { near, far, over } = await session({ signal: controller.signal });
    const seen = [closed(near.resume()), closed(far.resume())];
    controller.abort(new Error('stop'));
    expect(await over).toMatchObject({ error: { message: 'stop' } });
    for (const error of await Promise.all(seen)) expect(error).toMatchObject({ code: 'ECONNRESET' });
  });
});
