import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messagesBy } from '../../src/stream/websocket-messages.ts';
import { failureOf } from '../support/errors.ts';

/** The pieces of these bytes, cut at the places given. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
}

describe('binary messages', () => {
  it('are as long as allowed, in order', () => {
    expect(messagesBy({ messageBytes: 4 }).take(Buffer.from('abcdefghij')).map(String)).toEqual(['abcd', 'efgh', 'ij']);
    expect(messagesBy({ messageBytes: 4 }).take(Buffer.alloc(0))).toEqual([]);
  });
});

describe('text messages', () => {
  it('are whole UTF-8 each, wherever the stream was cut', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((one) => one.isWellFormed());
    fc.assert(
      fc.property(text, fc.array(fc.nat()), fc.integer({ min: 1, max: 9 }), (whole, places, most) => {
        const messages = messagesBy({ text: true, messageBytes: most });
        const said = cutAt(Buffer.from(whole), places).flatMap((piece) => messages.take(piece));
        messages.finish();
        expect(said.map((one) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(one)).join('')).toBe(
          whole,
        );
        for (const one of said) expect(one.length).toBeLessThanOrEqual(Math.max(most, 4));
      }),
    );
  });

  it.each([
    'ff',
    '61ff',
    'c0',
    'c3',
    'e282',
    'f09f98',
    'c328',
    'eda080',
    'f5808080',
    '80',
  ])('cannot be made of %s', (hex) => {
    const messages = messagesBy({ text: true });
    const failure = failureOf(() => {
      messages.take(Buffer.from(hex, 'hex'));
      messages.finish();
    });
    expect([failure.exit, failure.message]).toEqual([2, 'send WebSocket text: not UTF-8']);
  });
});

describe('line messages', () => {
  it('are the lines without their ends, and what is left at the end', () => {
    const messages = messagesBy({ lines: true, messageBytes: 10 });
    expect(messages.take(Buffer.from('a\r\n\nb')).map(String)).toEqual(['a', '']);
    expect(messages.take(Buffer.from('c\nd')).map(String)).toEqual(['bc']);
    expect(messages.finish().map(String)).toEqual(['d']);
    expect(messages.finish()).toEqual([]);
  });

  it('have a limit, and are text', () => {
    expect(failureOf(() => messagesBy({ lines: true, messageBytes: 10 }).take(Buffer.from('elevenbytes\n'))).code).toBe(
      'TOO_LONG',
    );
    expect(failureOf(() => messagesBy({ lines: true, messageBytes: 10 }).take(Buffer.from([0xff, 10]))).exit).toBe(2);
  });
});
