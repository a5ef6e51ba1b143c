import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Outbox, type OutboxEvents } from '../../src/stream/outbox.ts';

/** A reader that takes one write each time it is told to. */
class Reader extends Writable {
  readonly taken: string[] = [];
  #done: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.taken.push(String(chunk));
    this.#done = done;
  }

  /** Takes what was written, and waits until the writer has heard of it. */
  async take(): Promise<void> {
    this.#done?.();
    await new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));
  }
}

function stage(bytes: number) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const told: string[] = [];
  const events: OutboxEvents = {
    onFull: () => told.push('full'),
    onRoom: () => told.push('room'),
    onLate: () => told.push('late'),
    onSkipped: (count) => told.push(`skipped ${count}`),
  };
  const reader = new Reader();
  return { reader, told, outbox: new Outbox(reader, { bytes, patienceMs: 1_000 }, events) };
}

afterEach(() => vi.useRealTimers());

describe('an outbox', () => {
  it('gives everything in order, as fast as it is taken', async () => {
    const { reader, outbox } = stage(10_000);
    for (const word of ['a', 'b', 'c', 'd']) outbox.give(Buffer.from(word));
    for (let i = 0; i < 4; i += 1) await reader.take();
    expect(reader.taken).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is full past its bytes, a chunk costing 256 more, and has room again at half of them', async () => {
    const { reader, outbox, told } = stage(1_000);
    outbox.give(Buffer.from('first'));
    for (let i = 0; i < 3; i += 1) outbox.give(Buffer.alloc(10));
    expect(told).toEqual([]);
    outbox.give(Buffer.alloc(10));
    expect([told, outbox.isFull]).toEqual([['full'], true]);
    for (let i = 0; i < 3; i += 1) await reader.take();
    expect([told, outbox.isFull]).toEqual([['full', 'room'], false]);
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual(['full', 'room']);
  });

  it('is late when it stays full for as long as the patience', () => {
    const { outbox, told } = stage(100);
    outbox.give(Buffer.from('first'));
    outbox.give(Buffer.alloc(10));
    vi.advanceTimersByTime(999);
    expect(told).toEqual(['full']);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['full', 'late']);
  });

  it('skips until the reader takes again, and says what was missed', async () => {
    const { reader, outbox, told } = stage(100);
    outbox.give(Buffer.from('first'));
    outbox.give(Buffer.alloc(10));
    outbox.skip();
    outbox.give(Buffer.alloc(5));
    await reader.take();
    outbox.give(Buffer.from('again'));
    expect([reader.taken, told]).toEqual([
      ['first', 'again'],
      ['full', 'room', 'skipped 15'],
    ]);
  });

  it('sealed, takes no more and gives what waits, as long as there is progress', async () => {
    const { reader, outbox, told } = stage(10_000);
    for (const word of ['a', 'b', 'c']) outbox.give(Buffer.from(word));
    const sealed = outbox.seal();
    outbox.give(Buffer.from('too late'));
    for (let i = 0; i < 3; i += 1) {
      vi.advanceTimersByTime(900);
      await reader.take();
    }
    await sealed;
    expect([reader.taken, told]).toEqual([['a', 'b', 'c'], []]);
  });

  it('sealed, is late when nothing is taken', () => {
    const { outbox, told } = stage(10_000);
    outbox.give(Buffer.from('a'));
    outbox.give(Buffer.from('b'));
    void outbox.seal();
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual(['late']);
  });
});
