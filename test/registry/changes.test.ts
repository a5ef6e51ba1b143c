import { describe, expect, it } from 'vitest';
import { ChangeFeed, MAX_WAITING } from '../../src/registry/changes.ts';
import { Instance } from '../../src/registry/instance.ts';
import { readRegistration } from '../../src/registry/registration.ts';

const instance = (name: string): Instance =>
  new Instance(readRegistration({ name, port: 1 }, '10.0.0.1'), '10.0.0.1', 0);
const A = instance('a');
const B = instance('b');
const never = new AbortController().signal;

describe('ChangeFeed', () => {
  it('numbers changes from where it was opened, and tells them at once', () => {
    const feed = new ChangeFeed(100, () => 7);
    const heard: unknown[] = [];
    const stop = feed.subscribe(({ index, kind, name, time }) => heard.push([index, kind, name, time]));
    feed.add('registered', A);
    feed.add('down', B);
    stop();
    feed.add('up', B);
    expect(heard).toEqual([
      [101, 'registered', 'a', 7],
      [102, 'down', 'b', 7],
    ]);
    expect(feed.index).toBe(103);
    expect(B.index).toBe(103);
  });

  it('knows what was missed, of all or of one service, as far back as it goes', () => {
    const feed = new ChangeFeed(100, () => 0);
    for (let i = 0; i < 5_000; i += 1) feed.add('up', i % 100 === 0 ? A : B);
    expect(feed.since(feed.index)).toEqual([]);
    expect(feed.since(feed.index - 2)).toHaveLength(2);
    expect(feed.since(feed.index - 300, 'a')).toHaveLength(3);
    expect(feed.since(feed.index - 4_096)).toHaveLength(4_096);
    expect(feed.since(feed.index - 4_097)).toBeUndefined();
    expect(new ChangeFeed(100, () => 0).since(99)).toBeUndefined();
  });

  it('holds long polls until there is a change that they wait for', async () => {
    const feed = new ChangeFeed(0, () => 0);
    const woken: string[] = [];
    void feed.after(0, 'a', never).then((index) => woken.push(`a ${index}`));
    void feed.after(0, 'b', never).then((index) => woken.push(`b ${index}`));
    void feed.after(0, undefined, never).then((index) => woken.push(`any ${index}`));
    expect(feed.waiting).toBe(3);
    feed.add('up', A);
    await Promise.resolve();
    expect(woken).toEqual(['a 1', 'any 1']);
    feed.add('up', B);
    await Promise.resolve();
    expect(woken).toEqual(['a 1', 'any 1', 'b 2']);
    expect(feed.waiting).toBe(0);
  });

  it('answers at once where something was missed, too long ago to tell, or nobody wants to wait', async () => {
    const feed = new ChangeFeed(50, () => 0);
    feed.add('up', A);
    expect(await feed.after(50, 'a', never)).toBe(51);
    expect(await feed.after(3, 'a', never)).toBe(51);
    expect(await feed.after(51, 'a', AbortSignal.abort())).toBe(51);
    const stop = new AbortController();
    const waiting = feed.after(51, undefined, stop.signal);
    stop.abort();
    expect(await waiting).toBe(51);
    expect(feed.waiting).toBe(0);
  });

  it('lets only so many wait', async () => {
    const feed = new ChangeFeed(0, () => 0);
    for (let i = 0; i < MAX_WAITING; i += 1) void feed.after(0, 'a', never);
    expect(await feed.after(0, 'b', never)).toBe(0);
    expect(feed.waiting).toBe(MAX_WAITING);
  });
});
