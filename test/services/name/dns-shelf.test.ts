import { describe, expect, it } from 'vitest';
import type { DnsBody } from '../../../src/protocols/dns-answer.ts';
import { AnswerShelf, TurningAnswer } from '../../../src/services/name/dns-shelf.ts';

/** An answer of some length that notes when it is written. */
function makeAnswer(shelf: AnswerShelf, count: number, length = 100, first = 0) {
  const written: number[] = [];
  const write = (turn: number): DnsBody => {
    written.push(turn);
    return { bytes: Buffer.alloc(length, turn), counts: [1, 0, 0], isTruncated: false };
  };
  return { written, answer: new TurningAnswer('', [count, first], shelf, write) };
}

describe('an answer that takes turns', () => {
  it('is written once for each place that may come first', () => {
    const { written, answer } = makeAnswer(new AnswerShelf(), 3);
    expect(Array.from({ length: 5 }, () => answer.next().bytes[0])).toEqual([0, 1, 2, 0, 1]);
    expect(written).toEqual([0, 1, 2]);
    const later = makeAnswer(new AnswerShelf(), 3, 100, 10).answer;
    expect(Array.from({ length: 3 }, () => later.next().bytes[0])).toEqual([1, 2, 0]);
  });

  it('has sixteen orders at most, and one where nothing changes places', () => {
    const many = makeAnswer(new AnswerShelf(), 1_000);
    for (let asked = 0; asked < 100; asked += 1) many.answer.next();
    expect(many.written).toHaveLength(16);
    const none = makeAnswer(new AnswerShelf(), 0);
    expect(none.answer.next()).toBe(none.answer.next());
    expect(none.written).toEqual([0]);
  });
});

describe('a shelf', () => {
  it('holds no more than it may, whatever is asked for, and every answer stays right', () => {
    const shelf = new AnswerShelf(10_000);
    const answers = Array.from({ length: 50 }, () => makeAnswer(shelf, 16).answer);
    for (let asked = 0; asked < 5_000; asked += 1) {
      const body = answers[asked % 50]?.next();
      expect(body?.bytes).toEqual(Buffer.alloc(100, Math.floor(asked / 50) % 16));
      expect(shelf.bytes).toBeLessThanOrEqual(10_000);
    }
  });

  it('forgets all when it is full, and what is asked for again is written again', () => {
    const shelf = new AnswerShelf(1_500);
    const [one, other] = [makeAnswer(shelf, 1), makeAnswer(shelf, 4)];
    one.answer.next();
    other.answer.next();
    expect(one.answer.next()).toBe(one.answer.next());
    expect(one.written).toEqual([0]);
    other.answer.next();
    one.answer.next();
    expect(one.written).toEqual([0, 0]);
    expect(other.written).toEqual([0, 1]);
  });

  it('gives an answer longer than the whole shelf, too', () => {
    const { answer } = makeAnswer(new AnswerShelf(1_000), 1, 60_000);
    expect(answer.next().bytes).toHaveLength(60_000);
  });

  it('keeps answers in memory of their own', () => {
    const { answer } = makeAnswer(new AnswerShelf(), 1, 10);
    expect(answer.next().bytes.buffer.byteLength).toBe(10);
  });
});
