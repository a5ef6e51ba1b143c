import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Refusal, RefusalCounter } from '../../src/net/refusals.ts';

let reports: Refusal[];
let counter: RefusalCounter;
beforeEach(() => {
  vi.useFakeTimers();
  reports = [];
  counter = new RefusalCounter((refusal) => reports.push(refusal));
});
afterEach(() => {
  vi.useRealTimers();
});

describe('RefusalCounter', () => {
  it('reports the first at once', () => {
    counter.add('full', 'a');
    expect(reports).toEqual([{ reason: 'full', count: 1, peer: 'a' }]);
  });

  it('reports the rest of a second together, with the last of them', () => {
    for (const peer of ['a', 'b', 'c']) counter.add('full', peer);
    vi.advanceTimersByTime(999);
    expect(reports).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(reports.slice(1)).toEqual([{ reason: 'full', count: 2, peer: 'c' }]);
  });

  it('reports at most once a second however long a flood lasts', () => {
    for (let tenth = 0; tenth < 100; tenth += 1) {
      counter.add('full', String(tenth));
      vi.advanceTimersByTime(100);
    }
    expect(reports).toHaveLength(11);
    expect(reports.reduce((sum, { count }) => sum + count, 0)).toBe(100);
  });

  it('reports at once again after a quiet second', () => {
    counter.add('full', 'a');
    vi.advanceTimersByTime(2_000);
    counter.add('full', 'b');
    expect(reports).toHaveLength(2);
    expect(reports[1]).toEqual({ reason: 'full', count: 1, peer: 'b' });
  });

  it('counts each reason for itself', () => {
    counter.add('full', 'a');
    counter.add('denied', 'b');
    expect(reports.map(({ reason }) => reason)).toEqual(['full', 'denied']);
  });

  it('reports what waits when it is closed, and leaves no timer', () => {
    counter.add('full', 'a');
    counter.add('full', 'b');
    counter.close();
    expect(reports[1]).toEqual({ reason: 'full', count: 1, peer: 'b' });
    expect(vi.getTimerCount()).toBe(0);
  });
});
