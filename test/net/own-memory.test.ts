import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readToEnd } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

const own = { onRead: () => true, next: () => Buffer.alloc(1_024) };

describe('reading into memory of our own', () => {
  it('is declined by a socket that is closed', async () => {
    const { readIntoOwn } = await import('../../src/net/own-memory.ts');
    const [near, far] = await tcpPair();
    near.destroy();
    far.destroy();
    expect(readIntoOwn(near, own)).toBe(false);
  });

  it('is declined where Node has changed inside, and joins go on in chunks', async () => {
    vi.spyOn(Object, 'getOwnPropertySymbols').mockReturnValue([]);
    const { readIntoOwn } = await import('../../src/net/own-memory.ts');
    const { asConn } = await import('../../src/net/conn.ts');
    const { parseEndpoint } = await import('../../src/net/endpoint.ts');
    const { join } = await import('../../src/stream/join.ts');
    const peer = parseEndpoint('tcp://127.0.0.1:1');
    const [left, a] = await tcpPair();
    const [right, b] = await tcpPair();
    expect(readIntoOwn(a, own)).toBe(false);
    const joined = join(asConn(a, peer), asConn(b, peer));
    const data = randomBytes(2_000_000);
    left.end(data);
    right.end();
    expect((await readToEnd(right)).equals(data)).toBe(true);
    left.resume();
    expect(await joined).toEqual({ aToB: data.length, bToA: 0 });
  });
});
