import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Duplex, duplexPair, PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { isPeerGone, join, pump, reset } from '../../src/stream/join.ts';
import { closed, readToEnd } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

/** A sink that takes nothing until told. */
class SlowSink extends Writable {
  #release: (() => void) | undefined;
  readonly chunks: Buffer[] = [];

  constructor() {
    super({ highWaterMark: 10 });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    this.#release = done;
  }

  release(): void {
    this.#release?.();
  }
}

describe('pump', () => {
  it('copies every byte and ends the sink', async () => {
    const data = randomBytes(3_000_000);
    const sink = new PassThrough();
    const copied = pump(Readable.from([data.subarray(0, 1), data.subarray(1)], { objectMode: false }), sink);
    expect((await readToEnd(sink)).equals(data)).toBe(true);
    expect(await copied).toBe(data.length);
  });

  it('stops reading while the sink is full', async () => {
    const sink = new SlowSink();
    let taken = 0;
    const source = new Readable({
      highWaterMark: 10,
      read() {
        taken += 10;
        this.push(taken > 1_000 ? null : Buffer.alloc(10));
      },
    });
    const copied = pump(source, sink);
    for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBeLessThanOrEqual(50);
    const timer = setInterval(() => sink.release(), 0);
    expect(await copied).toBe(1_000);
    clearInterval(timer);
  });

  it('leaves the sink open where it is told to', async () => {
    const sink = new PassThrough();
    expect(await pump(Readable.from([Buffer.from('a')]), sink, { keepOpen: true })).toBe(1);
    expect(sink.writableEnded).toBe(false);
  });

  it('takes nothing more once the signal aborts, and delivers what it took', async () => {
    const [source, sink] = [new PassThrough(), new PassThrough()];
    const controller = new AbortController();
    const copied = pump(source, sink, { signal: controller.signal });
    source.write('taken');
    await once(sink, 'readable');
    controller.abort();
    source.write('late');
    expect((await readToEnd(sink)).toString()).toBe('taken');
    expect(await copied).toBe(5);
    expect(source.listenerCount('data')).toBe(0);
  });

  it.each(['source', 'sink'] as const)("rejects with the %s's error and destroys neither", async (which) => {
    const ends = { source: new PassThrough(), sink: new PassThrough() };
    const copied = pump(ends.source, ends.sink);
    ends[which].destroy(new Error('broken'));
    await expect(copied).rejects.toThrow('broken');
    expect(ends[which === 'source' ? 'sink' : 'source'].destroyed).toBe(false);
  });

  it.each(['source', 'sink'] as const)('rejects when the %s had failed before', async (which) => {
    const ends = { source: new PassThrough(), sink: new PassThrough() };
    ends[which].on('error', () => {}).destroy(new Error('broken'));
    await closed(ends[which]);
    await expect(pump(ends.source, ends.sink)).rejects.toThrow('broken');
  });

  it('takes a source closed before its end for a cut', async () => {
    const source = new PassThrough();
    const copied = pump(source, new PassThrough());
    source.destroy();
    await expect(copied).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
  });

  it('says so when the sink fails while the last bytes are on their way', async () => {
    const sink = new SlowSink();
    const source = new PassThrough();
    const copied = pump(source, sink);
    copied.catch(() => {});
    source.end('the last bytes');
    await once(source, 'end');
    sink.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    await expect(copied).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('says so when the sink fails while it says its end', async () => {
    const ending = Promise.withResolvers<void>();
    const sink = new Writable({ write: (_chunk, _encoding, done) => done(), final: () => ending.resolve() });
    const copied = pump(Readable.from([Buffer.from('all')]), sink);
    copied.catch(() => {});
    await ending.promise;
    sink.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    await expect(copied).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('says so when a sink left open fails at the last', async () => {
    const sink = new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) });
    await expect(pump(Readable.from([]), sink, { keepOpen: true })).rejects.toThrow('full');
    await expect(pump(Readable.from([]), sink, { keepOpen: true })).rejects.toThrow('full');
  });

  it('says so when the sink is closed while the last bytes are on their way', async () => {
    const sink = new SlowSink();
    const source = new PassThrough();
    const copied = pump(source, sink);
    copied.catch(() => {});
    source.end('the last bytes');
    await once(source, 'end');
    sink.destroy();
    await expect(copied).rejects.toBeInstanceOf(Error);
  });

  it('resolves where both ends have ended already', async () => {
    const source = Readable.from([]);
    source.resume();
    await once(source, 'end');
    const sink = new PassThrough();
    sink.resume().end();
    await once(sink, 'finish');
    expect(await pump(source, sink)).toBe(0);
  });

  it('leaves no listener behind', async () => {
    const sink = new PassThrough();
    const before = sink.eventNames().length;
    const source = Readable.from([Buffer.from('a')]);
    await pump(source, sink, { keepOpen: true });
    expect(sink.eventNames()).toHaveLength(before);
    expect(source.listenerCount('data') + source.listenerCount('close')).toBe(0);
  });
});

/** Two clients with a relay joined between them. */
async function relay() {
  const [left, a] = await tcpPair();
  const [right, b] = await tcpPair();
  return { left, right, a, b, joined: join(a, b) };
}

describe('join', () => {
  it.each(['left', 'right'] as const)('keeps the way back open when the %s side ends first', async (first) => {
    const { left, right, joined } = await relay();
    const [asker, answerer] = first === 'left' ? [left, right] : [right, left];
    asker.end('question');
    expect((await readToEnd(answerer)).toString()).toBe('question');
    const answer = randomBytes(300_011);
    answerer.end(answer);
    expect((await readToEnd(asker)).equals(answer)).toBe(true);
    const counts = first === 'left' ? { aToB: 8, bToA: 300_011 } : { aToB: 300_011, bToA: 8 };
    expect(await joined).toEqual(counts);
  });

  it('carries both ways at once without losing a byte', async () => {
    const { left, right, joined } = await relay();
    const there = randomBytes(2_000_000);
    const back = randomBytes(2_000_000);
    left.end(there);
    right.end(back);
    const [atRight, atLeft] = await Promise.all([readToEnd(right), readToEnd(left)]);
    const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    expect([hash(atRight), hash(atLeft)]).toEqual([hash(there), hash(back)]);
    expect(await joined).toEqual({ aToB: 2_000_000, bToA: 2_000_000 });
  });

  it.each(['left', 'right'] as const)('passes a reset of the %s side on as a reset', async (first) => {
    const { left, right, joined } = await relay();
    joined.catch(() => {});
    const [breaker, other] = first === 'left' ? [left, right] : [right, left];
    breaker.write('part');
    await once(other, 'data');
    const seen = closed(other.resume());
    breaker.resetAndDestroy();
    expect(await seen).toMatchObject({ code: 'ECONNRESET' });
    await expect(joined).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('passes a reset on after the other way has ended', async () => {
    const { left, right, joined } = await relay();
    joined.catch(() => {});
    left.end('question');
    await readToEnd(right);
    right.write('part of the ans');
    await once(left, 'data');
    const seen = closed(left.resume());
    right.resetAndDestroy();
    expect(await seen).toMatchObject({ code: 'ECONNRESET' });
    await expect(joined).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('holds a fast sender back while the receiver does not read', async () => {
    const { left, right, a, b, joined } = await relay();
    const chunk = Buffer.alloc(1_048_576);
    while (left.writableLength === 0) left.write(chunk);
    // What does not fit into the kernel's buffers has to wait in the sender, not in the relay.
    for (let i = 0; i < 40; i += 1) left.write(chunk);
    for (let i = 0; i < 200; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(a.readableLength + b.writableLength).toBeLessThan(2 * 1_048_576);
    const received = readToEnd(right.resume());
    left.end();
    expect((await received).length % chunk.length).toBe(0);
    right.end();
    left.resume();
    expect((await joined).aToB).toBe((await received).length);
  });

  it('tells what went each way, also where it fails later', async () => {
    const [left, a] = await tcpPair();
    const [right, b] = await tcpPair();
    const told = { there: 0, back: 0 };
    const joined = join(a, b, {
      onAToB: (count) => (told.there += count),
      onBToA: (count) => (told.back += count),
    });
    joined.catch(() => {});
    left.write('question');
    await once(right, 'data');
    right.write('answer');
    await once(left, 'data');
    left.resetAndDestroy();
    await expect(joined).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(told).toEqual({ there: 8, back: 6 });
    right.on('error', () => {}).destroy();
  });

  it('works over any pair of streams', async () => {
    const [left, a] = duplexPair();
    const [right, b] = duplexPair();
    const joined = join(a, b);
    left.end('over');
    expect((await readToEnd(right)).toString()).toBe('over');
    right.end();
    left.resume();
    expect(await joined).toEqual({ aToB: 4, bToA: 0 });
  });
});

describe('reset', () => {
  it('makes the peer see a reset, not an end', async () => {
    const [near, far] = await tcpPair();
    const seen = closed(far.resume());
    reset(near);
    const error = await seen;
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(isPeerGone(error)).toBe(true);
  });

  it('destroys what has no reset, and may be called twice', async () => {
    const stream: Duplex = new PassThrough();
    reset(stream);
    reset(stream);
    expect(stream.destroyed).toBe(true);
    await once(stream, 'close');
  });
});

describe('isPeerGone', () => {
  it('knows the ways in which peers leave from faults of ours', () => {
    for (const code of ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNABORTED']) {
      expect(isPeerGone({ code })).toBe(true);
    }
    for (const error of [new TypeError('x'), { code: 'ENOSPC' }, undefined]) expect(isPeerGone(error)).toBe(false);
  });
});
