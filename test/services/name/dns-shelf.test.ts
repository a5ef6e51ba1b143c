import { describe, expect, it } from 'vitest';
import type { DnsBody } from '../../../src/protocols/dns-answer.ts';
import { AnswerShelf, TurningAnswer } from '../../../src/services/name/dns-shelf.ts';

/** An answer of some length that notes when it is written. */
function makeAnswer(shelf: AnswerShelf, count: number, length = 100) {
  const written: number[] = [];
  const write = (turn: number): DnsBody => {
    written.push(turn);
    return { bytes: Buffer.alloc(length, turn), counts: [1, 0, 0], isTruncated: false };
  };
  return { written, answer: new TurningAnswer('', count, shelf, write) };
}

describe('an answer that takes turns', () => {
  it('is written once for each place that may come first', () => {
    const { written, answer } = makeAnswer(new AnswerShelf(), 3);
    expect([0, 1, 2, 3, 4, 300].map((asked) => answer.at(asked).bytes[0])).toEqual([0, 1, 2, 0, 1, 0]);
    expect(written).toEqual([0, 1, 2]);
  });

  it('has sixteen orders at most, and one where nothing changes places', () => {
    const many = makeAnswer(new AnswerShelf(), 1_000);
    for (let asked = 0; asked < 100; asked += 1) many.answer.at(asked);
    expect(many.written).toHaveLength(16);
    const none = makeAnswer(new AnswerShelf(), 0);
    expect([none.answer.at(5), none.answer.at(6)]).toHaveLength(2);
    expect(none.written).toEqual([0]);
  });
});

describe('a shelf', () => {
  it('holds no more than it may, whatever is asked for, and every answer stays right', () => {
    const shelf = new AnswerShelf(10_000);
    const answers = Array.from({ length: 50 }, () => makeAnswer(shelf, 16).answer);
    for (let asked = 0; asked < 5_000; asked += 1) {
      const body = answers[asked % 50]?.at(asked * 7);
      expect(body?.bytes).toEqual(Buffer.alloc(100, (asked * 7) % 16));
      expect(shelf.bytes).toBeLessThanOrEqual(10_000);
    }
  });

  it('forgets all when it is full, and what is asked for again is written again', () => {
    const shelf = new AnswerShelf(1_500);
    const [one, other] = [makeAnswer(shelf, 4), makeAnswer(shelf, 4)];
    one.answer.at(0);
    other.answer.at(0);
    expect(one.answer.at(0)).toBe(one.answer.at(0));
    other.answer.at(1);
    one.answer.at(0);
    expect(one.written).toEqual([0, 0]);
    expect(other.written).toEqual([0, 1]);
  });

  it('gives an answer longer than the whole shelf, too', () => {
    const { answer } = makeAnswer(new AnswerShelf(1_000), 1, 60_000);
    expect(answer.at(0).bytes).toHaveLength(60_000);
  });

  it('keeps answers in memory of their own', () => {
    const { answer } = makeAnswer(new AnswerShelf(), 1, 10);
    expect(answer.at(0).bytes.buffer.byteLength).toBe(10);
  });
});
