import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { LineGroups } from '../../src/stream/line-groups.ts';
import { readLines } from '../../src/stream/lines.ts';
import { closed } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

async function collect(groups: LineGroups): Promise<(readonly string[])[]> {
  const all: (readonly string[])[] = [];
  for (let lines = await groups.next(); lines !== undefined; lines = await groups.next()) all.push(lines);
  groups.close();
  return all;
}

describe('LineGroups', () => {
  it('gives all lines of one read at once, and what is left at the end as a line', async () => {
    const groups = new LineGroups(
      Readable.from([Buffer.from('a\nb\r\nc'), Buffer.from('\n\nd')], { objectMode: false }),
    );
    expect((await collect(groups)).flat()).toEqual(['a', 'b', 'c', '', 'd']);
    const stream = new PassThrough();
    stream.write('a\nb\nc');
    const one = new LineGroups(stream);
    expect(await one.next()).toEqual(['a', 'b']);
    one.close();
  });

  it('gives the lines that readLines gives, however the bytes are cut', async () => {
    const bytes = fc.array(fc.constantFrom(10, 13, 97, 0xe2, 0x82, 0xac)).map((list) => Buffer.from(list));
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 6 }), async (chunks) => {
        const expected: string[] = [];
        for await (const line of readLines(Readable.from(chunks))) expected.push(line);
        expect((await collect(new LineGroups(Readable.from(chunks)))).flat()).toEqual(expected);
      }),
    );
  });

  it('goes on after pieces of a line, also where a stream pushes as it is read, and has its end behind them', async () => {
    const pieces = ['a', 'bc', 'd\ne', 'f', null];
    const stream = new Readable({ highWaterMark: 1, read: () => void stream.push(pieces.shift() ?? null) });
    expect(await collect(new LineGroups(stream))).toEqual([['abcd'], ['ef']]);
    const ended = new PassThrough();
    ended.write('no line end');
    ended.end();
    await once(ended, 'readable');
    expect(await collect(new LineGroups(ended))).toEqual([['no line end']]);
  });

  it('gives the lines before one that is too long, then says so', async () => {
    const groups = new LineGroups(Readable.from([Buffer.from('a\nb\ntoo long\n')]), { maxLength: 3 });
    expect(await groups.next()).toEqual(['a', 'b']);
    await expect(groups.next()).rejects.toMatchObject({ code: 'TOO_LONG' });
    await expect(groups.next()).rejects.toMatchObject({ code: 'TOO_LONG' });
  });

  it('refuses an endless line as soon as it passes the maximum', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1_000, 'a');
      })(),
      { objectMode: false },
    );
    await expect(new LineGroups(endless, { maxLength: 100 }).next()).rejects.toMatchObject({ code: 'TOO_LONG' });
  });

  it('reports a reset in the middle, not an end, also where it came while nobody waited', async () => {
    const [near, far] = await tcpPair();
    const groups = new LineGroups(far);
    near.write('one\ntw');
    expect(await groups.next()).toEqual(['one']);
    near.resetAndDestroy();
    await closed(far);
    await expect(groups.next()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('ends between two lines when the signal aborts, lines already there first', async () => {
    const stream = new PassThrough();
    const controller = new AbortController();
    const groups = new LineGroups(stream, { signal: controller.signal });
    stream.write('one\n');
    expect(await groups.next()).toEqual(['one']);
    const next = groups.next();
    controller.abort();
    expect(await next).toBeUndefined();
    const late = new LineGroups(stream, { signal: controller.signal });
    stream.write('two\npart');
    expect(await late.next()).toEqual(['two']);
    expect(await late.next()).toBeUndefined();
    groups.close();
    late.close();
  });

  it('leaves the stream open, and no listener behind', async () => {
    const stream = new PassThrough();
    const controller = new AbortController();
    const [added, removed] = [
      vi.spyOn(controller.signal, 'addEventListener'),
      vi.spyOn(controller.signal, 'removeEventListener'),
    ];
    const before = stream.listenerCount('close');
    const groups = new LineGroups(stream, { signal: controller.signal });
    for (let i = 0; i < 20; i += 1) {
      const next = groups.next();
      stream.write(`${i}\n`);
      expect(await next).toEqual([String(i)]);
    }
    groups.close();
    expect(stream.destroyed).toBe(false);
    for (const event of ['readable', 'error']) expect(stream.listenerCount(event)).toBe(0);
    expect(stream.listenerCount('close')).toBe(before);
    expect([added, removed].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });
});
