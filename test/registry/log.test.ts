import { describe, expect, it } from 'vitest';
import { LogBuffer, type LogEntry, matchesQuery, shortAnswer } from '../../src/registry/log.ts';

const entry = (more: Partial<LogEntry> = {}): LogEntry => ({
  kind: 'lookup',
  name: 'echo',
  id: '',
  client: '10.0.0.1',
  port: 1,
  face: 'line',
  answer: '10.0.0.2:7',
  isCached: false,
  count: 1,
  ...more,
});

describe('LogBuffer', () => {
  it('counts the same and keeps apart what differs in anything that is told', () => {
    const buffer = new LogBuffer();
    buffer.add(entry(), 1);
    buffer.add(entry({ port: 2 }), 2);
    buffer.add(entry({ isCached: true }), 3);
    buffer.add(entry({ client: '10.0.0.2' }), 4);
    buffer.add(entry({ answer: '' }), 5);
    buffer.add(entry({ face: 'dns' }), 6);
    expect(buffer.take(9).map(({ count, time, port }) => [count, time, port])).toEqual([
      [2, 1, 1],
      [1, 3, 1],
      [1, 4, 1],
      [1, 5, 1],
      [1, 6, 1],
    ]);
    expect(buffer.take(9)).toEqual([]);
  });

  it('counts together what is too much to be written down singly', () => {
    const buffer = new LogBuffer();
    for (let i = 0; i < 6_000; i += 1) buffer.add(entry({ name: `n${i}` }), 1);
    const taken = buffer.take(9);
    expect(taken).toHaveLength(5_001);
    expect(taken.at(-1)).toMatchObject({ name: '', client: '', count: 1_000, time: 9 });
  });
});

describe('the log', () => {
  it('is asked by service, client and place', () => {
    const record = { ...entry(), number: 7, time: 0 };
    expect(matchesQuery(record, { limit: 1 })).toBe(true);
    expect(matchesQuery(record, { limit: 1, name: 'echo', client: '10.0.0.1', before: 8 })).toBe(true);
    expect(matchesQuery(record, { limit: 1, name: 'other' })).toBe(false);
    expect(matchesQuery(record, { limit: 1, client: '10.0.0.2' })).toBe(false);
    expect(matchesQuery(record, { limit: 1, before: 7 })).toBe(false);
  });

  it('keeps the beginning of long answers', () => {
    expect(shortAnswer('x'.repeat(120))).toBe('x'.repeat(120));
    expect(shortAnswer('x'.repeat(121))).toBe(`${'x'.repeat(120)}…`);
  });
});
