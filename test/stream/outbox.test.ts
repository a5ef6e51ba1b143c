import { Writable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Outbox, type OutboxEvents } from '../../src/stream/outbox.ts';

/** A reader that takes one write each time it is told to. */
class Reader extends Writable {
  readonly taken: string[] = [];
  /** The very chunks that it got. */
  readonly chunks: Buffer[] = [];
  #done: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.taken.push(String(chunk));
    this.chunks.push(chunk);
    this.#done = done;
  }

  /** Takes what was written, and waits until the writer has heard of it. */
  async take(): Promise<void> {
    const done = this.#done;
    this.#done = undefined;
    done?.();
    await new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));
  }
}

function stage(bytes: number, joinBytes?: number) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const told: string[] = [];
  const events: OutboxEvents = {
    onFull: () => told.push('full'),
    onRoom: () => told.push('room'),
    onLate: () => told.push('late'),
    onSkipped: (count) => told.push(`skipped ${count}`),
  };
  const reader = new Reader();
  const limits = { bytes, patienceMs: 1_000, ...(joinBytes !== undefined && { joinBytes }) };
  return { reader, told, outbox: new Outbox(reader, limits, events) };
}

const words = (outbox: Outbox, text: string): void => {
  for (const word of text.split(' ')) outbox.give(Buffer.from(word));
};
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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

  it('is not full at exactly its bytes', () => {
    const { outbox, told } = stage(10 + 256);
    outbox.give(Buffer.from('first'));
    outbox.give(Buffer.alloc(10));
    expect([told, outbox.isFull]).toEqual([[], false]);
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

describe('an outbox that joins', () => {
  it('makes one write of what is given in one turn, and none before its end', async () => {
    const { reader, outbox } = stage(10_000, 100);
    words(outbox, 'a b c');
    expect(reader.taken).toEqual([]);
    await nextTurn();
    expect(reader.taken).toEqual(['abc']);
    await reader.take();
    words(outbox, 'd e');
    await nextTurn();
    expect(reader.taken).toEqual(['abc', 'de']);
  });

  it('writes so many bytes at once at most, but a larger chunk whole', async () => {
    const { reader, outbox } = stage(10_000, 5);
    words(outbox, 'aa bb cc ddddddd e ffffff');
    await nextTurn();
    for (let i = 0; i < 5; i += 1) await reader.take();
    expect(reader.taken).toEqual(['aabb', 'cc', 'ddddddd', 'e', 'ffffff']);
  });

  it('keeps the order, whatever is taken when', async () => {
    const step = fc.oneof(fc.nat({ max: 12 }), fc.constantFrom('take' as const, 'turn' as const));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 20 }), async (steps, most) => {
        const { reader, outbox, told } = stage(100_000, most);
        let given = '';
        let largest = most;
        for (const [i, one] of steps.entries()) {
          if (one === 'turn') await nextTurn();
          else if (one === 'take') await reader.take();
          else {
            const word = String.fromCharCode(97 + (i % 26)).repeat(one);
            given += word;
            largest = Math.max(largest, one);
            outbox.give(Buffer.from(word));
          }
        }
        const sealed = outbox.seal();
        for (let i = 0; i <= steps.length; i += 1) {
          await nextTurn();
          await reader.take();
        }
        await sealed;
        expect(reader.taken.join('')).toBe(given);
        expect(Math.max(0, ...reader.taken.map(({ length }) => length))).toBeLessThanOrEqual(largest);
        expect(told).toEqual([]);
      }),
    );
  });

  it('joins the same chunks once for all readers of a turn, and copies no chunk that is alone', async () => {
    const stages = [stage(10_000, 100), stage(10_000, 100), stage(10_000, 100)];
    const chunks = ['a', 'b', 'c'].map((word) => Buffer.from(word));
    const other = Buffer.from('other');
    for (const chunk of chunks) for (const { outbox } of stages) outbox.give(chunk);
    stages[1]!.outbox.give(other);
    await nextTurn();
    const [first, second, third] = stages.map(({ reader }) => reader.chunks[0]);
    expect([first, second, third].map(String)).toEqual(['abc', 'abcother', 'abc']);
    const [again, once] = [stage(10_000, 100), stage(10_000, 100)];
    for (const { outbox } of [again, once]) for (const chunk of chunks) outbox.give(chunk);
    await nextTurn();
    expect(again.reader.chunks[0]).toBe(once.reader.chunks[0]);
    expect(again.reader.chunks[0]).not.toBe(first);
    await again.reader.take();
    again.outbox.give(other);
    await nextTurn();
    expect(again.reader.chunks[1]).toBe(other);
  });

  it('takes no chunks for the same that are only alike', async () => {
    const [one, two] = [stage(10_000, 100), stage(10_000, 100)];
    words(one.outbox, 'a b');
    words(two.outbox, 'a c');
    await nextTurn();
    expect([one.reader.taken, two.reader.taken]).toEqual([['ab'], ['ac']]);
  });

  it('is full past its bytes within a turn, and has room when they are written', async () => {
    const { outbox, reader, told } = stage(1_000, 100);
    words(outbox, 'a b c d');
    expect([told, outbox.isFull]).toEqual([['full'], true]);
    await nextTurn();
    expect([reader.taken, told, outbox.isFull]).toEqual([['abcd'], ['full', 'room'], false]);
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual(['full', 'room']);
  });

  it('is late when a full one is not read, and says so once for each patience', async () => {
    const { outbox, told } = stage(1_000, 3);
    words(outbox, 'aaa bbb ccc ddd eee');
    await nextTurn();
    vi.advanceTimersByTime(999);
    expect(told).toEqual(['full']);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['full', 'late']);
  });

  it('sealed, gives what waits for the next turn, and takes no more', async () => {
    const { outbox, reader } = stage(10_000, 100);
    words(outbox, 'a b');
    let isOver = false;
    const sealed = outbox.seal().then(() => {
      isOver = true;
    });
    words(outbox, 'too late');
    await Promise.resolve();
    expect([reader.taken, isOver]).toEqual([[], false]);
    await nextTurn();
    await sealed;
    expect(reader.taken).toEqual(['ab']);
    vi.advanceTimersByTime(10_000);
  });

  it('sealed while it is full, is late when nothing is taken, and over when all is', async () => {
    const { outbox, reader, told } = stage(1_000, 2);
    words(outbox, 'aa bb cc dd');
    await nextTurn();
    const sealed = outbox.seal();
    expect(outbox.seal()).toBe(sealed);
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual(['full', 'late']);
    for (let i = 0; i < 4; i += 1) await reader.take();
    await sealed;
    expect([reader.taken, told]).toEqual([
      ['aa', 'bb', 'cc', 'dd'],
      ['full', 'late', 'room'],
    ]);
  });

  it('closed, writes nothing of what was to be written, and leaves nothing on its sink', async () => {
    const { outbox, reader, told } = stage(300, 100);
    words(outbox, 'a b');
    expect(told).toEqual(['full']);
    const sealed = outbox.seal();
    outbox.close();
    await sealed;
    await nextTurn();
    expect([reader.taken, told, outbox.isFull, reader.listenerCount('drain')]).toEqual([
      [],
      ['full', 'room'],
      false,
      0,
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('survives that its sink is destroyed meanwhile', async () => {
    const { outbox, reader } = stage(300, 100);
    const errors: Error[] = [];
    reader.on('error', (error) => errors.push(error));
    words(outbox, 'a b');
    const sealed = outbox.seal();
    reader.destroy();
    await sealed;
    expect([reader.taken, errors]).toEqual([[], []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('skips until the reader takes again, what was to be written too', async () => {
    const { outbox, reader, told } = stage(10_000, 100);
    words(outbox, 'first');
    await nextTurn();
    words(outbox, 'aa bb');
    outbox.skip();
    words(outbox, 'cc');
    await nextTurn();
    await reader.take();
    words(outbox, 'again');
    await nextTurn();
    expect([reader.taken, told]).toEqual([['first', 'again'], ['skipped 6']]);
  });

  it('writes in the next turn what is given while others are told that there is room', async () => {
    const { outbox, reader } = stage(10_000, 100);
    const limits = { bytes: 300, patienceMs: 1_000, joinBytes: 100 };
    const onRoom = (): void => words(outbox, 'told');
    const full = new Outbox(new Reader(), limits, { onFull: () => {}, onRoom, onLate: () => {} });
    words(full, 'a b');
    await nextTurn();
    expect(reader.taken).toEqual([]);
    await nextTurn();
    expect(reader.taken).toEqual(['told']);
  });
});
