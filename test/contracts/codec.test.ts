/** What every codec does: any cut decodes alike, what was encoded comes back, garbage fails in ways we know. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { DotLinesDecoder, encodeDotLines } from '../../src/protocols/dot-lines.ts';
import { formatIrc, type IrcMessage, parseIrc } from '../../src/protocols/irc.ts';
import { decodeRpc, encodeRpc, type RpcMessage } from '../../src/protocols/json-rpc.ts';
import { formatRecord, parseRecord, type RecordLine } from '../../src/protocols/record-line.ts';
import { decodeTime, encodeTime } from '../../src/protocols/time.ts';
import { LineSplitter } from '../../src/stream/lines.ts';
import { cutAt } from '../support/cuts.ts';

/** A codec over a stream: a value to bytes, and bytes cut anywhere to values. */
interface StreamCodec {
  readonly name: string;
  readonly values: fc.Arbitrary<unknown>;
  encode(value: never): Uint8Array;
  /** Decodes one stream. */
  decode(chunks: Iterable<Buffer>): unknown[];
}

const LINE_TEXT = fc.string({ unit: 'binary' }).filter((text) => !/[\r\n]/.test(text) && text.isWellFormed());

/** Text lines out of chunks. */
function* linesOf(chunks: Iterable<Buffer>, max?: number): Generator<string> {
  const splitter = new LineSplitter(max);
  for (const chunk of chunks) for (const { bytes } of splitter.push(chunk)) yield bytes.toString();
  const rest = splitter.flush();
  if (rest) yield rest.bytes.toString();
}

/** Answers out of chunks. */
function answersOf(chunks: Iterable<Buffer>, decoder = new DotLinesDecoder()): string[][] {
  return [...linesOf(chunks)].map((line) => decoder.push(line)).filter((answer) => answer !== undefined);
}

/** What JSON can carry: no -0, and no `__proto__` that an object literal would swallow. */
const JSON_VALUE = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const RPC_ID = fc.oneof(fc.integer(), fc.string({ maxLength: 50 }));
const RPC_PARAMS = fc.oneof(
  fc.array(JSON_VALUE),
  fc.dictionary(fc.string(), JSON_VALUE).map((one) => ({ ...one })),
);

const IRC_TEXT = LINE_TEXT.filter((text) => !text.includes('\0'));
const IRC_WORD = IRC_TEXT.filter((text) => /^[^ :][^ ]*$/.test(text));

const CODECS: readonly StreamCodec[] = [
  {
    name: 'lines',
    values: LINE_TEXT,
    encode: (line: string) => Buffer.from(`${line}\n`),
    decode: (chunks) => [...linesOf(chunks)],
  },
  {
    name: 'lines with CRLF',
    values: LINE_TEXT,
    encode: (line: string) => Buffer.from(`${line}\r\n`),
    decode: (chunks) => [...linesOf(chunks)],
  },
  {
    name: 'answers ended by a dot',
    values: fc.array(fc.oneof(LINE_TEXT, fc.constantFrom('.', '..', '', '.a'))),
    encode: (lines: string[]) => Buffer.from(encodeDotLines(lines)),
    decode: (chunks) => answersOf(chunks),
  },
  {
    name: 'words and fields by the line',
    values: fc.record({
      word: fc.stringMatching(/^[!#-~]{1,20}$/),
      fields: fc.array(
        fc.tuple(
          fc.stringMatching(/^[A-Za-z][\w.-]{0,9}$/),
          fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        ),
      ),
    }),
    encode: ({ word, fields }: RecordLine) => Buffer.from(`${formatRecord(word, fields)}\n`),
    decode: (chunks) => [...linesOf(chunks)].map(parseRecord),
  },
  {
    name: 'JSON-RPC messages by the line',
    values: fc.oneof(
      fc.record({ kind: fc.constant('call'), id: RPC_ID, method: fc.string(), params: RPC_PARAMS }),
      fc.record({ kind: fc.constant('notification'), method: fc.string(), params: RPC_PARAMS }),
      fc.record({ kind: fc.constant('result'), id: RPC_ID, result: JSON_VALUE }),
      fc.record({
        kind: fc.constant('failure'),
        id: RPC_ID,
        error: fc.record({ code: fc.integer(), message: fc.string() }),
      }),
    ),
    encode: (message: RpcMessage) => Buffer.from(`${encodeRpc(message)}\n`),
    decode: (chunks) => [...linesOf(chunks)].flatMap((line) => decodeRpc(Buffer.from(line)).messages),
  },
  {
    name: 'IRC messages',
    values: fc.record({
      tags: fc
        .dictionary(
          fc.stringMatching(/^\+?[\w.\-/]+$/),
          fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        )
        .map((tags) => new Map(Object.entries(tags))),
      source: fc.oneof(fc.constant(''), IRC_WORD),
      command: fc.stringMatching(/^([A-Z]+|\d{3})$/),
      params: fc.tuple(fc.array(IRC_WORD), fc.array(IRC_TEXT, { maxLength: 1 })).map((parts) => parts.flat()),
    }),
    encode: (message: IrcMessage) => Buffer.from(`${formatIrc(message)}\r\n`),
    decode: (chunks) => [...linesOf(chunks)].map(parseIrc),
  },
];

describe.each(CODECS)('$name', ({ values, encode, decode }) => {
  const stream = fc.array(values, { maxLength: 5 });
  const encodeAll = (all: readonly unknown[]): Buffer => Buffer.concat(all.map((one) => encode(one as never)));

  it('come back as they were', () => {
    fc.assert(
      fc.property(stream, (all) => {
        expect(decode([encodeAll(all)])).toEqual(all);
      }),
    );
  });

  it('decode alike however they are cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 200 })), (all, places) => {
        expect(decode(cutAt(encodeAll(all), places))).toEqual(all);
      }),
    );
  });

  it('decode byte by byte', () => {
    fc.assert(
      fc.property(stream, (all) => {
        expect(decode(Array.from(encodeAll(all), (byte) => Buffer.from([byte])))).toEqual(all);
      }),
    );
  });
});

/** Runs what may fail, as long as it fails in a way that we know. */
function knownFailure(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(NettkError);
  }
}

describe('limits and garbage', () => {
  const garbage = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });

  it('lines of any bytes fail with nothing but TOO_LONG', () => {
    fc.assert(
      fc.property(garbage, (chunks) =>
        knownFailure(() => [
          ...linesOf(
            chunks.map((one) => Buffer.from(one)),
            50,
          ),
        ]),
      ),
    );
  });

  it('answers of any bytes fail with nothing but TOO_LONG', () => {
    fc.assert(
      fc.property(garbage, (chunks) =>
        knownFailure(() =>
          answersOf(
            chunks.map((one) => Buffer.from(one)),
            new DotLinesDecoder(3),
          ),
        ),
      ),
    );
  });

  it('words and fields of any text fail with nothing but PROTOCOL', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'ab= "\\u0;') }));
    fc.assert(
      fc.property(text, (line) =>
        knownFailure(() => {
          const { word, fields } = parseRecord(line);
          expect(parseRecord(formatRecord(word, fields))).toEqual({ word, fields });
        }),
      ),
    );
  });

  it('an answer may have as many lines as allowed and not one more', () => {
    const decoder = new DotLinesDecoder(3);
    for (const line of ['a', 'b', 'c']) expect(decoder.push(line)).toBeUndefined();
    expect(decoder.pending).toBe(true);
    expect(() => decoder.push('d')).toThrow(expect.objectContaining({ code: 'TOO_LONG' }));
    expect(decoder.push('.')).toEqual(['a', 'b', 'c']);
    expect(decoder.pending).toBe(false);
  });

  it('an answer may have as many bytes as allowed and not one more', () => {
    const decoder = new DotLinesDecoder(100, 10);
    expect(decoder.push('12345')).toBeUndefined();
    expect(decoder.push('12345')).toBeUndefined();
    expect(() => decoder.push('1')).toThrow(expect.objectContaining({ code: 'TOO_LONG' }));
  });

  it('a JSON-RPC line of any bytes is decoded, or told what is wrong with it, and never throws', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json().map((json) => json.slice(0, -1)),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      text.map((one) => Buffer.from(one)),
    );
    fc.assert(
      fc.property(bytes, (one) => {
        const { messages } = decodeRpc(one);
        expect(messages.length).toBeGreaterThan(0);
        for (const message of messages)
          if (message.kind === 'malformed') expect(message.error.code).toBeLessThan(-32_599);
      }),
    );
  });

  it('a time of any bytes is decoded or told to be too short', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        if (bytes.length < 4) expect(() => decodeTime(bytes)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
        else expect(Number.isFinite(decodeTime(bytes))).toBe(true);
      }),
    );
  });
});

describe('time', () => {
  it('comes back to the second, in the era that is near', () => {
    const seconds = fc.integer({ min: -2_000_000_000, max: 20_000_000_000 });
    const near = fc.integer({ min: -2_000_000_000, max: 2_000_000_000 });
    fc.assert(
      fc.property(seconds, near, fc.nat({ max: 999 }), (unix, offset, ms) => {
        expect(decodeTime(encodeTime(unix * 1_000 + ms), (unix + offset) * 1_000)).toBe(unix * 1_000);
      }),
    );
  });

  it.each([
    ['1900-01-01T00:00:00Z', '00000000'],
    ['1970-01-01T00:00:00Z', '83aa7e80'],
    ['1983-05-01T00:00:00Z', '9cbc4480'],
    ['2036-02-07T06:28:15Z', 'ffffffff'],
    ['2036-02-07T06:28:16Z', '00000000'],
  ])('writes %s as %s', (date, hex) => {
    expect(encodeTime(Date.parse(date)).toString('hex')).toBe(hex);
    expect(decodeTime(Buffer.from(hex, 'hex'), Date.parse(date))).toBe(Date.parse(date));
  });

  it('takes the first four of eight bytes', () => {
    expect(decodeTime(Buffer.from('83aa7e80ffffffff', 'hex'), 0)).toBe(0);
  });
});
