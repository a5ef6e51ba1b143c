import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineHeap, type Entry } from '../../src/host/deadline-heap.ts';

const entry = (deadline: bigint): Entry => ({ deadline, place: -1 });
const moments = fc.array(fc.bigInt({ min: 0n, max: 50n }), { maxLength: 200 });

function drain(heap: DeadlineHeap<Entry>): bigint[] {
  const order: bigint[] = [];
  for (let first = heap.first; first !== undefined; first = heap.first) {
    heap.remove(first);
    order.push(first.deadline);
  }
  return order;
}

const sorted = (values: readonly bigint[]): bigint[] => values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));

describe('DeadlineHeap', () => {
  it('gives entries back in the order of their deadlines', () => {
    fc.assert(
      fc.property(moments, (deadlines) => {
        const heap = new DeadlineHeap<Entry>();
        for (const deadline of deadlines) heap.push(entry(deadline));
        expect(drain(heap)).toEqual(sorted(deadlines));
      }),
    );
  });

  it('keeps the order of the others when any entry leaves', () => {
    fc.assert(
      fc.property(moments, fc.array(fc.nat(199)), (deadlines, leaving) => {
        const heap = new DeadlineHeap<Entry>();
        const entries = deadlines.map(entry);
        for (const one of entries) heap.push(one);
        const gone = new Set(leaving.map((place) => entries[place]).filter((one) => one !== undefined));
        for (const one of gone) expect(heap.remove(one)).toBe(true);
        for (const one of gone) expect(heap.remove(one)).toBe(false);
        const left = entries.filter((one) => !gone.has(one)).map(({ deadline }) => deadline);
        expect(heap.size).toBe(left.length);
        expect(drain(heap)).toEqual(sorted(left));
      }),
    );
  });

  it('counts what is due up to a moment, and no further than asked', () => {
    fc.assert(
      fc.property(moments, fc.bigInt({ min: 0n, max: 50n }), fc.nat(20), (deadlines, moment, most) => {
        const heap = new DeadlineHeap<Entry>();
        for (const deadline of deadlines) heap.push(entry(deadline));
        const due = deadlines.filter((deadline) => deadline <= moment).length;
        expect(heap.countDue(moment, most)).toBe(Math.min(due, most));
      }),
    );
  });
});
