import { duplexPair, PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type FirstLineLimits, firstLine } from '../../src/stream/first-line.ts';
import { cutAt } from '../support/cuts.ts';
import { readToEnd } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

const limits = (some: Partial<FirstLineLimits> = {}): FirstLineLimits => ({
  maxBytes: 100,
  timeoutMs: 1_000,
  signal: new AbortController().signal,
  ...some,
});

const told = async (promise: ReturnType<typeof firstLine>): Promise<[string, boolean]> => {
  const { bytes, isWhole } = await promise;
  return [bytes.toString(), isWhole];
};

afterEach(() => vi.useRealTimers());

describe('firstLine', () => {
  it('is the first line and what came with it, and leaves the rest on the stream', async () => {
    const stream = new PassThrough();
    const first = told(firstLine(stream, limits()));
    stream.write('NI');
    stream.write('CK ann\r\nUSER a');
    expect(await first).toEqual(['NICK ann\r\nUSER a', true]);
    expect(stream.isPaused()).toBe(true);
    stream.end(' 0 * :Ann\n');
    expect(String(await readToEnd(stream.resume()))).toBe(' 0 * :Ann\n');
  });

  it('is the same, with what follows, wherever the bytes are cut', async () => {
    const bytes = Buffer.from('/me é\r\nmore\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 6 }), async (places) => {
        const stream = new PassThrough();
        const line = firstLine(stream, limits());
        for (const chunk of cutAt(bytes, places)) stream.write(chunk);
        const { bytes: first, isWhole } = await line;
        stream.end();
        const rest = await readToEnd(stream.resume());
        expect(isWhole).toBe(true);
        expect(first.includes(0x0a)).toBe(true);
        expect(Buffer.concat([first, rest]).equals(bytes)).toBe(true);
      }),
    );
  });

  it('stays on the stream where it is to be kept, though the stream ends in the same moment', async () => {
    const request = 'GET / HTTP/1.1\r\n\r\n';
    const keeps = (bytes: Buffer): boolean => bytes.toString().startsWith('GET');
    const stream = new PassThrough();
    const first = told(firstLine(stream, limits({ keeps })));
    stream.end(request);
    expect(await first).toEqual([request, true]);
    await new Promise(setImmediate);
    expect(String(await readToEnd(stream.resume()))).toBe(request);
  });

  it('is off the stream where it is not to be kept, or not whole', async () => {
    for (const [said, keeps] of [
      ['ann\n', () => false],
      ['GET', () => true],
    ] as const) {
      const [client, server] = await tcpPair();
      const first = told(firstLine(server, limits({ maxBytes: 3, keeps })));
      client.end(said);
      expect((await first)[0]).toBe(said);
      expect(String(await readToEnd(server.resume()))).toBe('');
      server.end();
      client.resume();
    }
  });

  it('starts a stream that was paused before', async () => {
    const stream = new PassThrough().pause();
    stream.write('ann\n');
    expect(await told(firstLine(stream, limits()))).toEqual(['ann\n', true]);
  });

  it('gives what there is at the limit of bytes, whole or not', async () => {
    const stream = new PassThrough();
    const first = told(firstLine(stream, limits({ maxBytes: 5 })));
    stream.write('four');
    stream.write('5');
    expect(await first).toEqual(['four5', false]);
    stream.write('6\n');
    // However it is cut: a line feed past the limit is none.
    expect(await told(firstLine(stream, limits({ maxBytes: 1 })))).toEqual(['6\n', false]);
  });

  it('gives what there is when the time is over, and not before', async () => {
    vi.useFakeTimers();
    const stream = new PassThrough();
    let isTold = false;
    const first = told(firstLine(stream, limits()));
    first.then(() => {
      isTold = true;
    });
    stream.write('ann');
    await vi.advanceTimersByTimeAsync(999);
    expect(isTold).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await first).toEqual(['ann', false]);
  });

  it.each<[string, (stream: PassThrough, stop: AbortController) => void]>([
    ['ends', (stream) => stream.end()],
    ['closes', (stream) => stream.destroy()],
    ['is given up', (_stream, stop) => stop.abort()],
  ])('gives what there is when the stream %s', async (_what, act) => {
    const stream = new PassThrough();
    const stop = new AbortController();
    const first = told(firstLine(stream, limits({ signal: stop.signal })));
    stream.write('ann');
    await new Promise(setImmediate);
    act(stream, stop);
    expect(await first).toEqual(['ann', false]);
  });

  it('is empty where all is over before it begins', async () => {
    const ended = new PassThrough();
    await readToEnd(ended.end().resume());
    expect(await told(firstLine(ended, limits()))).toEqual(['', false]);
    expect(await told(firstLine(new PassThrough().destroy(), limits()))).toEqual(['', false]);
    expect(await told(firstLine(new PassThrough(), limits({ signal: AbortSignal.abort() })))).toEqual(['', false]);
  });

  it("throws the stream's error, whether it failed before or meanwhile", async () => {
    const broken = new PassThrough().on('error', () => {}).destroy(new Error('reset'));
    await expect(firstLine(broken, limits())).rejects.toThrow('reset');
    const breaking = new PassThrough();
    const first = firstLine(breaking, limits());
    breaking.destroy(new Error('reset'));
    await expect(first).rejects.toThrow('reset');
  });

  it('leaves no listener and no timer behind, however it ends', async () => {
    vi.useFakeTimers();
    const ways: ((stream: PassThrough) => unknown)[] = [
      (stream) => stream.write('ann\n'),
      (stream) => stream.write('x'.repeat(200)),
      (stream) => stream.end(),
      (stream) => stream.destroy(),
      (stream) => stream.on('error', () => {}).destroy(new Error('reset')),
      () => vi.advanceTimersByTime(1_000),
    ];
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    for (const way of ways) {
      const stream = new PassThrough();
      const before = stream.eventNames().map((name) => [name, stream.listenerCount(name)]);
      const first = firstLine(stream, limits({ signal })).catch(() => {});
      way(stream);
      await vi.advanceTimersByTimeAsync(0);
      await first;
      stream.removeAllListeners('error');
      expect(stream.eventNames().map((name) => [name, stream.listenerCount(name)])).toEqual(before);
      expect(vi.getTimerCount()).toBe(0);
    }
    expect(removed.mock.calls.length).toBe(added.mock.calls.length);
  });

  it('takes nothing after it, so that two may look one after the other', async () => {
    const [client, server] = duplexPair();
    client.write('one\n');
    expect(await told(firstLine(server, limits()))).toEqual(['one\n', true]);
    client.write('two\n');
    await new Promise(setImmediate);
    expect(server.readableLength).toBe(4);
    expect(await told(firstLine(server, limits()))).toEqual(['two\n', true]);
  });
});
