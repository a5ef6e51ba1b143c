import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Line, LineSplitter, MAX_LINE_BYTES, readLines, readRawLines } from '../../src/stream/lines.ts';
import { cutAt } from '../support/cuts.ts';
import { closed } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

const show = ({ bytes, ending }: Line): [string, string] => [bytes.toString('latin1'), ending];

/** The lines of chunks, and what is left without an end. */
function split(chunks: readonly (string | Uint8Array)[], max?: number): [string, string][] {
  const splitter = new LineSplitter(max);
  const lines = chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk as string, 'latin1'))]);
  const rest = splitter.flush();
  return (rest ? [...lines, rest] : lines).map(show);
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

describe('LineSplitter', () => {
  it.each<[string, [string, string][]]>([
    [
      'a\nb\r\nc',
      [
        ['a', '\n'],
        ['b', '\r\n'],
        ['c', ''],
      ],
    ],
    [
      '\n\r\n\n',
      [
        ['', '\n'],
        ['', '\r\n'],
        ['', '\n'],
      ],
    ],
    ['a\rb\r\r\n', [['a\rb\r', '\r\n']]],
    ['a\r', [['a\r', '']]],
    ['', []],
    ['a\x00b\n', [['a\x00b', '\n']]],
  ])('splits %j', (text, lines) => {
    expect(split([text])).toEqual(lines);
  });

  it('takes neither U+2028 nor U+2029 nor U+0085 for a line end', () => {
    const bytes = Buffer.from('a\u2028b\u2029c\u0085d\n');
    expect(split([bytes])).toEqual([[bytes.subarray(0, -1).toString('latin1'), '\n']]);
  });

  it('knows CRLF cut between CR and LF', () => {
    expect(split(['a\r', '\n'])).toEqual([['a', '\r\n']]);
  });

  it('takes a line of exactly the maximum with either end and refuses one byte more', () => {
    expect(split(['abc\n'], 3)).toEqual([['abc', '\n']]);
    expect(split(['abc\r\n'], 3)).toEqual([['abc', '\r\n']]);
    expect(split(['a', 'b', 'c', '\r', '\n'], 3)).toEqual([['abc', '\r\n']]);
    for (const chunks of [['abcd\n'], ['abcd', '\n'], ['abcd\r\n'], ['a', 'bc', 'd', 'e']]) {
      expect(() => split(chunks, 3)).toThrow(expect.objectContaining({ code: 'TOO_LONG' }));
    }
  });

  it('yields the lines before one that is too long', () => {
    const seen: string[] = [];
    const splitter = new LineSplitter(3);
    expect(() => {
      for (const line of splitter.push(Buffer.from('a\nb\ntoo long\n'))) seen.push(line.bytes.toString());
    }).toThrow('longer than 3 bytes');
    expect(seen).toEqual(['a', 'b']);
  });

  it('never keeps more than the maximum and the CR', () => {
    const splitter = new LineSplitter(100);
    expect(() => {
      for (;;) for (const _ of splitter.push(Buffer.alloc(10))) expect.unreachable();
    }).toThrow('longer than 100 bytes');
    expect(splitter.pending).toBeLessThanOrEqual(110);
  });

  it('splits alike however the bytes are cut', () => {
    const bytes = fc.array(fc.constantFrom(10, 13, 97, 0x80, 0xe2)).map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat({ max: 40 })), (all, cuts) => {
        const places = [0, ...cuts.filter((cut) => cut <= all.length), all.length].sort((a, b) => a - b);
        const chunks = places.slice(1).map((place, i) => all.subarray(places[i], place));
        expect(split(chunks)).toEqual(split([all]));
      }),
    );
  });

  it('gives every byte back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (all) => {
        const lines = split([all]).map(([text, ending]) => text + ending);
        expect(lines.join('')).toBe(Buffer.from(all).toString('latin1'));
      }),
    );
  });
});

describe('LineSplitter that skips long lines', () => {
  /** What it makes of chunks; a long line is `null`. */
  function skip(chunks: readonly (string | Uint8Array)[], max: number): [string | null, string][] {
    const splitter = new LineSplitter(max, 'skip');
    const lines = chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk as string, 'latin1'))]);
    const rest = splitter.flush();
    expect(splitter.pending).toBe(0);
    return (rest ? [...lines, rest] : lines).map((line) => {
      if (line.isTooLong) expect(line.bytes).toHaveLength(0);
      return [line.isTooLong ? null : line.bytes.toString('latin1'), line.ending];
    });
  }

  it.each<[string, [string | null, string][]]>([
    ['abc\n', [['abc', '\n']]],
    ['abc\r\n', [['abc', '\r\n']]],
    ['abcd\n', [[null, '\n']]],
    ['abc\r\r\n', [[null, '\n']]],
    ['abcd\r\n', [[null, '\n']]],
    ['abcdefgh\n', [[null, '\n']]],
    ['ab\r\n', [['ab', '\r\n']]],
    ['abc', [['abc', '']]],
    // No LF came, so the CR is part of the line.
    ['abc\r', [[null, '']]],
    ['abcd', [[null, '']]],
    ['abcdefgh', [[null, '']]],
    ['', []],
  ])('makes of %j, where three bytes are allowed, %j', (text, lines) => {
    expect(skip([text], 3)).toEqual(lines);
    expect(skip([...text], 3)).toEqual(lines);
  });

  it('goes on with the next line', () => {
    expect(skip(['much too long\nabc\nlong again', ' and again\r', '\n\nx'], 3)).toEqual([
      [null, '\n'],
      ['abc', '\n'],
      [null, '\n'],
      ['', '\n'],
      ['x', ''],
    ]);
  });

  it('agrees with what is split at line feeds first, however it is cut', () => {
    const bytes = fc.array(fc.constantFrom(10, 13, 97, 98), { maxLength: 40 }).map((list) => Buffer.from(list));
    const max = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(bytes, fc.array(fc.nat({ max: 40 })), max, (all, cuts, most) => {
        const parts = all.toString('latin1').split('\n');
        const naive = parts.flatMap((part, i): [string | null, string][] => {
          const isLast = i === parts.length - 1;
          const ending = isLast ? '' : part.endsWith('\r') ? '\r\n' : '\n';
          const text = ending === '\r\n' ? part.slice(0, -1) : part;
          if (isLast && text === '') return [];
          return [text.length > most ? [null, isLast ? '' : '\n'] : [text, ending]];
        });
        expect(skip(cutAt(all, cuts), most)).toEqual(naive);
      }),
    );
  });

  it('never keeps more than the limit and the CR, nor anything of a line it skips', () => {
    const splitter = new LineSplitter(100, 'skip');
    for (let i = 0; i < 1_000; i += 1) {
      for (const _ of splitter.push(Buffer.alloc(7, 'x'))) expect.unreachable();
      expect(splitter.pending).toBeLessThanOrEqual(101);
    }
    expect(splitter.pending).toBe(0);
    expect([...splitter.push(Buffer.from('\nshort\n'))].map(({ bytes }) => String(bytes))).toEqual(['', 'short']);
  });
});

describe('readRawLines', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('reads lines from strings and buffers alike', async () => {
    expect(await collect(readLines(Readable.from(['a\nb', 'c\n'])))).toEqual(['a', 'bc']);
    expect(await collect(readLines(Readable.from([Buffer.from('é\r\n')], { objectMode: false })))).toEqual(['é']);
  });

  it('keeps a multi-byte character that was cut whole', async () => {
    const [first, second] = [Buffer.from('€\n').subarray(0, 1), Buffer.from('€\n').subarray(1)];
    expect(await collect(readLines(Readable.from([first, second])))).toEqual(['€']);
  });

  it('leaves the stream open for the answer when it returns, at the end or before', async () => {
    const [near, far] = await tcpPair();
    near.end('one\ntwo\n');
    for await (const line of readLines(far)) if (line === 'one') break;
    expect(await collect(readLines(far))).toEqual([]);
    expect(far.destroyed).toBe(false);
    far.end('answer');
    near.resume();
    expect(await Promise.all([closed(near), closed(far)])).toEqual([undefined, undefined]);
  });

  it('reports a reset in the middle, not an end', async () => {
    const [near, far] = await tcpPair();
    const lines = readRawLines(far);
    near.write('one\ntw');
    expect(show((await lines.next()).value as Line)).toEqual(['one', '\n']);
    const next = lines.next();
    near.resetAndDestroy();
    await expect(next).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('refuses an endless line as soon as it passes the maximum', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1_000, 'a');
      })(),
      { objectMode: false },
    );
    await expect(collect(readLines(endless))).rejects.toMatchObject({ code: 'TOO_LONG' });
    expect(MAX_LINE_BYTES).toBe(65_536);
  });

  it('yields bytes left without an end once they have been quiet, and not before', async () => {
    vi.useFakeTimers();
    const stream = new PassThrough();
    const lines = readRawLines(stream, { unframedAfterMs: 100 });
    const first = lines.next();
    stream.write('he');
    await vi.advanceTimersByTimeAsync(99);
    stream.write('llo');
    await vi.advanceTimersByTimeAsync(99);
    stream.write('!');
    await vi.advanceTimersByTimeAsync(100);
    expect(show((await first).value as Line)).toEqual(['hello!', '']);
    const second = lines.next();
    stream.end('bye\n');
    await vi.advanceTimersByTimeAsync(0);
    expect(show((await second).value as Line)).toEqual(['bye', '\n']);
    expect((await lines.next()).done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('never takes silence for an end where it was not asked to', async () => {
    vi.useFakeTimers();
    const stream = new PassThrough();
    stream.write('part');
    const next = readRawLines(stream).next();
    await vi.advanceTimersByTimeAsync(3_600_000);
    stream.write('ner\n');
    await vi.advanceTimersByTimeAsync(0);
    expect(show((await next).value as Line)).toEqual(['partner', '\n']);
  });

  it('ends between two lines when the signal aborts, lines already there first', async () => {
    const stream = new PassThrough();
    const controller = new AbortController();
    const lines = readLines(stream, { signal: controller.signal });
    stream.write('one\ntwo\npart');
    expect((await lines.next()).value).toBe('one');
    controller.abort();
    expect((await lines.next()).value).toBe('two');
    expect((await lines.next()).done).toBe(true);
  });

  it('leaves no listener behind', async () => {
    const stream = new PassThrough();
    const controller = new AbortController();
    const added = vi.spyOn(controller.signal, 'addEventListener');
    const removed = vi.spyOn(controller.signal, 'removeEventListener');
    const lines = readLines(stream, { signal: controller.signal });
    for (let i = 0; i < 20; i += 1) {
      const next = lines.next();
      stream.write(`${i}\n`);
      expect((await next).value).toBe(String(i));
    }
    await lines.return();
    await once(stream.resume().end(), 'end');
    for (const event of ['readable', 'error']) expect(stream.listenerCount(event)).toBe(0);
    expect(removed.mock.calls.length).toBe(added.mock.calls.length);
  });
});
