import { type Duplex, duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type PeekedHead, peekHead } from '../../src/stream/peek-head.ts';
import { readToEnd } from '../support/sockets.ts';

const never = new AbortController().signal;
const HEAD = 'GET / HTTP/1.1\r\nHost: a';

function peek(stream: Duplex, options: Partial<Parameters<typeof peekHead>[1]> = {}): Promise<PeekedHead> {
  return peekHead(stream, { maxBytes: 100, timeoutMs: 60_000, signal: never, ...options });
}

describe('peekHead', () => {
  it.each([
    ['with the line ends of HTTP', '\r\n\r\n'],
    ['typed by hand', '\n\n'],
  ])('waits for the end of a head %s, cut anywhere, and leaves everything in the stream', async (_how, end) => {
    const bytes = Buffer.from(`${HEAD}${end}the rest`);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const [client, server] = duplexPair();
      const head = peek(server);
      client.write(bytes.subarray(0, cut));
      await new Promise(setImmediate);
      client.end(bytes.subarray(cut));
      expect(await head).toEqual({ state: 'whole', text: HEAD });
      expect((await readToEnd(server)).toString()).toBe(bytes.toString());
    }
  });

  it('leaves the head of a client that has half-closed', async () => {
    const [client, server] = duplexPair();
    client.end(`${HEAD}\r\n\r\n`);
    expect(await peek(server)).toEqual({ state: 'whole', text: HEAD });
    expect((await readToEnd(server)).toString()).toBe(`${HEAD}\r\n\r\n`);
  });

  it('takes a head of just the limit, and none that is a byte longer', async () => {
    const whole = `${HEAD}\r\n\r\n`;
    const [client, server] = duplexPair();
    client.write(whole);
    expect((await peek(server, { maxBytes: whole.length })).state).toBe('whole');
    const [other, far] = duplexPair();
    other.write(whole);
    expect(await peek(far, { maxBytes: whole.length - 1 })).toEqual({ state: 'too long' });
  });

  it('tells of a head that takes too long, however it dribbles', async () => {
    const [client, server] = duplexPair();
    const dribble = setInterval(() => client.write('x'), 1);
    expect(await peek(server, { timeoutMs: 20, maxBytes: 1_000_000 })).toEqual({ state: 'too slow' });
    clearInterval(dribble);
  });

  it('tells of a stream that ends in the middle, closes, or is not wanted any more', async () => {
    const [client, server] = duplexPair();
    client.end(HEAD);
    expect(await peek(server)).toEqual({ state: 'cut off' });
    expect(await peek(server)).toEqual({ state: 'cut off' });
    const [, closing] = duplexPair();
    const head = peek(closing);
    closing.destroy();
    expect(await head).toEqual({ state: 'over' });
    expect(await peek(closing)).toEqual({ state: 'over' });
    expect(await peek(duplexPair()[0], { signal: AbortSignal.abort() })).toEqual({ state: 'over' });
  });

  it("throws the stream's error", async () => {
    const [, server] = duplexPair();
    const head = peek(server);
    server.destroy(new Error('reset'));
    await expect(head).rejects.toThrow('reset');
    await expect(peek(server)).rejects.toThrow('reset');
  });
});
