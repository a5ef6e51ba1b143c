import { describe, expect, it } from 'vitest';
import { AnswerCache, type AnswerCacheParts, AnswerMemory } from '../../src/clients/answer-cache.ts';
import { NettkError } from '../../src/errors.ts';
import { parseRecord } from '../../src/protocols/record-line.ts';

const REFUSED = new NettkError({ code: 'REFUSED', action: 'echo', reason: 'not registered' });
const DOWN = new NettkError({ code: 'ECONNREFUSED', action: 'connect tcp://127.0.0.1:21570' });

/** A cache whose clock and server are the test's. */
function cacheOf(more: Partial<AnswerCacheParts> = {}) {
  const world = { now: 0, lines: ['10.0.0.1:7 ttl=5', '10.0.0.2:7 ttl=5'], error: undefined as Error | undefined };
  const asked: string[] = [];
  const cache = new AnswerCache({
    store: new AnswerMemory(3),
    ask: async (name) => {
      asked.push(name);
      if (world.error) throw world.error;
      return world.lines.map(parseRecord);
    },
    now: () => world.now,
    staleMs: 60_000,
    negativeMs: 1_000,
    ...more,
  });
  const words = async (name: string, mayBeKept?: boolean) =>
    (await cache.lookup(name, mayBeKept)).records.map(({ word }) => word);
  return { cache, world, asked, words };
}

describe('a cache of answers', () => {
  it('asks once for as long as the answer may be kept, whatever the case of the name', async () => {
    const { cache, world, asked } = cacheOf();
    expect(await cache.lookup('Echo')).toMatchObject({ source: 'server', ageMs: 0 });
    world.now = 4_999;
    expect(await cache.lookup('echo')).toMatchObject({ source: 'cache', ageMs: 4_999 });
    world.now = 5_000;
    expect(await cache.lookup('echo')).toMatchObject({ source: 'server' });
    expect(asked).toEqual(['echo', 'echo']);
  });

  it('keeps an answer as long as all of it may be kept, and one that does not say not at all', async () => {
    const { cache, world, asked } = cacheOf();
    world.lines = ['10.0.0.1:7 ttl=5', '10.0.0.2:7 ttl=2'];
    await cache.lookup('echo');
    world.now = 2_000;
    await cache.lookup('echo');
    for (const ttl of ['', ' ttl=x', ' ttl=-5', ' ttl=0']) {
      world.lines = [`10.0.0.1:7${ttl}`];
      world.now += 10_000;
      await cache.lookup('echo');
      await cache.lookup('echo');
    }
    expect(asked).toHaveLength(2 + 8);
  });

  it('takes turns which comes first, within a priority', async () => {
    const { world, words } = cacheOf();
    world.lines = ['10.0.0.1:7 ttl=5', '10.0.0.2:7 ttl=5', '10.0.0.3:7 priority=9 ttl=5'];
    const firsts = [];
    for (let i = 0; i < 4; i += 1) firsts.push(await words('echo'));
    expect(new Set(firsts.map(([first]) => first))).toEqual(new Set(['10.0.0.1:7', '10.0.0.2:7']));
    expect(firsts.map((all) => all[2])).toEqual(Array(4).fill('10.0.0.3:7'));
  });

  it('asks when that is wanted, and keeps that answer', async () => {
    const { cache, world, asked, words } = cacheOf();
    await cache.lookup('echo');
    world.lines = ['10.0.0.9:7 ttl=5'];
    expect(await words('echo', false)).toEqual(['10.0.0.9:7']);
    expect(await words('echo')).toEqual(['10.0.0.9:7']);
    expect(asked).toHaveLength(2);
  });

  it('makes one question of many at the same time', async () => {
    const { cache, asked } = cacheOf();
    const all = await Promise.all(Array.from({ length: 50 }, () => cache.lookup('echo')));
    expect(asked).toEqual(['echo']);
    expect(all.every(({ records }) => records.length === 2)).toBe(true);
  });

  it('gives the last answer while the server is down, says so, and lets it rest between two questions', async () => {
    const { cache, world, asked } = cacheOf();
    await cache.lookup('echo');
    world.error = DOWN;
    world.now = 10_000;
    expect(await cache.lookup('echo')).toMatchObject({ source: 'stale', ageMs: 10_000, error: DOWN });
    world.now = 10_999;
    expect(await cache.lookup('echo')).toMatchObject({ source: 'stale', error: DOWN });
    expect(asked).toHaveLength(2);
    world.now = 11_000;
    world.error = undefined;
    expect(await cache.lookup('echo')).toMatchObject({ source: 'server' });
  });

  it('gives no answer that is too old', async () => {
    const { cache, world } = cacheOf();
    await cache.lookup('echo');
    world.error = DOWN;
    world.now = 64_999;
    expect(await cache.lookup('echo')).toMatchObject({ source: 'stale' });
    world.now = 66_000;
    await expect(cache.lookup('echo')).rejects.toBe(DOWN);
  });

  it('gives no old answer where none is wanted', async () => {
    const { cache, world } = cacheOf({ staleMs: 0 });
    await cache.lookup('echo');
    world.error = DOWN;
    world.now = 5_000;
    await expect(cache.lookup('echo')).rejects.toBe(DOWN);
  });

  it('covers up neither a server that is not the one we trust nor a bug', async () => {
    const { cache, world } = cacheOf();
    await cache.lookup('echo');
    for (const error of [new NettkError({ code: 'UNVERIFIED', action: 'TLS with x' }), new TypeError('bug')]) {
      world.error = error;
      world.now += 6_000;
      await expect(cache.lookup('echo')).rejects.toBe(error);
    }
  });

  it('believes for a moment that there is none, and forgets what there was', async () => {
    const { cache, world, asked } = cacheOf();
    await cache.lookup('echo');
    world.error = REFUSED;
    world.now = 5_000;
    const none = { code: 'NOT_FOUND', message: 'echo: not registered' };
    await expect(cache.lookup('echo')).rejects.toMatchObject(none);
    world.now = 5_999;
    await expect(cache.lookup('echo')).rejects.toMatchObject(none);
    expect(asked).toHaveLength(2);
    world.now = 6_000;
    world.error = DOWN;
    await expect(cache.lookup('echo')).rejects.toBe(DOWN);
  });

  it('forgets one or all when it is told to', async () => {
    const { cache, asked } = cacheOf();
    for (const name of ['a', 'b']) await cache.lookup(name);
    cache.forget('A');
    for (const name of ['a', 'b']) await cache.lookup(name);
    expect(asked).toEqual(['a', 'b', 'a']);
    cache.forget();
    for (const name of ['a', 'b']) await cache.lookup(name);
    expect(asked).toHaveLength(5);
  });

  it('keeps no more than so many', async () => {
    const { cache, asked } = cacheOf();
    for (const name of ['a', 'b', 'c', 'a', 'd']) await cache.lookup(name);
    expect(asked).toEqual(['a', 'b', 'c', 'd']);
    await cache.lookup('a');
    await cache.lookup('b');
    expect(asked.slice(4)).toEqual(['b']);
  });
});
