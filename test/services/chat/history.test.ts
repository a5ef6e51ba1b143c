import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { History, type HistoryPoint, type Said } from '../../../src/services/chat/history.ts';
import { MAX_HISTORY_BYTES } from '../../../src/services/chat/limits.ts';
import { heldBytes } from '../../support/heap.ts';

const said = (id: string, at = 0, text = `text of ${id}`): Said => ({
  at,
  id,
  source: 'ann!a@h',
  nick: 'ann',
  command: 'PRIVMSG',
  text,
});

const idsOf = (all: readonly Said[]): string[] => all.map(({ id }) => id);
const everything = (history: History): string[] =>
  idsOf(history.range({ limit: Number.POSITIVE_INFINITY, keep: 'oldest' }));

/** Messages a to f, one each second, but c and d in the same. */
function six(): History {
  const history = new History(10);
  for (const [i, id] of [...'abcdef'].entries()) history.add(said(id, id === 'd' ? 2_000 : i * 1_000));
  return history;
}

describe('a history', () => {
  it('remembers so many messages, the newest', () => {
    const history = new History(3);
    for (const id of 'abcde') history.add(said(id));
    expect([history.length, everything(history)]).toEqual([3, ['c', 'd', 'e']]);
  });

  it('remembers nothing where it may not', () => {
    const history = new History(0);
    history.add(said('a'));
    expect([history.length, everything(history)]).toEqual([0, []]);
  });

  it('remembers so many bytes, however few messages that are', () => {
    const history = new History(10_000);
    const text = 'é'.repeat(2_000);
    for (let i = 0; i < 1_000; i += 1) history.add(said(String(i), i, text));
    const bytes = history.length * Buffer.byteLength(text);
    expect(bytes).toBeLessThanOrEqual(MAX_HISTORY_BYTES);
    expect(bytes).toBeGreaterThan(MAX_HISTORY_BYTES * 0.9);
    expect(everything(history).at(-1)).toBe('999');
  });

  it('lets go of what it has forgotten', () => {
    const history = new History(10_000);
    const before = heldBytes();
    for (let i = 0; i < 9_999; i += 1) history.add(said(String(i), i, String(i % 10).repeat(4_000) + i));
    expect(heldBytes() - before).toBeLessThan(10 * MAX_HISTORY_BYTES);
    expect(history.length).toBeGreaterThan(50);
  });

  it.each<[string, HistoryPoint, string, string]>([
    ['a message', { id: 'c' }, 'ab', 'def'],
    ['the first message', { id: 'a' }, '', 'bcdef'],
    ['the last message', { id: 'f' }, 'abcde', ''],
    ['a message that is not remembered', { id: 'x' }, '', ''],
    ['a time between two', { at: 500 }, 'a', 'bcdef'],
    ['the time of two', { at: 2_000 }, 'ab', 'ef'],
    ['a time before all', { at: -1 }, '', 'abcdef'],
    ['a time after all', { at: 99_000 }, 'abcdef', ''],
  ])('knows what was said before and after %s', (_what, point, before, after) => {
    const history = six();
    const all = { limit: 10, keep: 'newest' } as const;
    expect(idsOf(history.range({ before: point, ...all })).join('')).toBe(before);
    expect(idsOf(history.range({ after: point, ...all })).join('')).toBe(after);
  });

  it('keeps the newest or the oldest of a range that is too long', () => {
    const history = six();
    const range = { after: { id: 'a' }, before: { id: 'f' }, limit: 2 };
    expect(idsOf(history.range({ ...range, keep: 'newest' }))).toEqual(['d', 'e']);
    expect(idsOf(history.range({ ...range, keep: 'oldest' }))).toEqual(['b', 'c']);
    expect(history.range({ limit: 0, keep: 'newest' })).toEqual([]);
  });

  it('has nothing between two that come in the wrong order', () => {
    expect(six().range({ after: { id: 'e' }, before: { id: 'b' }, limit: 9, keep: 'oldest' })).toEqual([]);
    expect(six().range({ after: { id: 'b' }, before: { id: 'b' }, limit: 9, keep: 'oldest' })).toEqual([]);
  });

  it.each<[string, HistoryPoint, number, string]>([
    ['a message, the message in the middle', { id: 'c' }, 3, 'bcd'],
    ['a message, alone', { id: 'c' }, 1, 'c'],
    ['a message, one more before than after', { id: 'd' }, 4, 'bcde'],
    ['the first message', { id: 'a' }, 3, 'abc'],
    ['the last message', { id: 'f' }, 3, 'ef'],
    ['more than there is', { id: 'c' }, 100, 'abcdef'],
    ['a message that is not remembered', { id: 'x' }, 3, ''],
    ['a time between two', { at: 500 }, 2, 'ab'],
    ['a time before all', { at: -1 }, 2, 'ab'],
    ['a time after all', { at: 99_000 }, 2, 'f'],
  ])('knows what was said around %s', (_what, point, limit, around) => {
    expect(idsOf(six().around(point, limit)).join('')).toBe(around);
  });

  it('answers as a plain list would, whatever was forgotten', () => {
    const times = fc.array(fc.nat({ max: 3 }), { maxLength: 40 });
    const point = fc.oneof(
      fc.constant(undefined),
      fc.nat({ max: 60 }).map((at) => ({ at })),
      fc.nat({ max: 45 }).map((id) => ({ id: String(id) })),
    );
    const keep = fc.constantFrom('newest' as const, 'oldest' as const);
    fc.assert(
      fc.property(
        fc.nat({ max: 12 }),
        times,
        fc.array(fc.tuple(point, point, fc.nat({ max: 15 }), keep), { maxLength: 5 }),
        (max, steps, questions) => {
          const history = new History(max);
          const list: Said[] = [];
          let at = 0;
          for (const [i, step] of steps.entries()) {
            at += step;
            const one = said(String(i), at);
            history.add(one);
            list.push(one);
            if (list.length > max) list.shift();
          }
          expect(history.length).toBe(list.length);
          const isKnown = (one: HistoryPoint | undefined): boolean =>
            !one || 'at' in one || list.some(({ id }) => id === one.id);
          const isAfter = (one: Said, place: HistoryPoint | undefined): boolean =>
            !place || ('at' in place ? one.at > place.at : Number(one.id) > Number(place.id));
          const isBefore = (one: Said, place: HistoryPoint | undefined): boolean =>
            !place || ('at' in place ? one.at < place.at : Number(one.id) < Number(place.id));
          for (const [after, before, limit, which] of questions) {
            const fits = list.filter((one) => isAfter(one, after) && isBefore(one, before));
            const cut = which === 'oldest' ? fits.slice(0, limit) : fits.slice(Math.max(0, fits.length - limit));
            const naive = isKnown(after) && isKnown(before) ? cut : [];
            expect(history.range({ after, before, limit, keep: which })).toEqual(naive);
          }
        },
      ),
    );
  });
});
