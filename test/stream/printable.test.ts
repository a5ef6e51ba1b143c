import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt, printable, printableJson, printableLines } from '../../src/stream/printable.ts';

/** Unicode's Cc, Cf, Zl and Zp: the test may load ICU, the code may not. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('printable', () => {
  it('leaves no control, format or separator character of Unicode in any text', () => {
    const survivors: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      if (CONTROL.test(printable(String.fromCodePoint(code)))) survivors.push(`U+${code.toString(16)}`);
    }
    expect(survivors).toEqual([]);
  });

  it('shows each escaped character by its number', () => {
    expect(printable('\x1b[31mred\x07\n\t\r\x7f\x9b')).toBe('\\x1b[31mred\\x07\\x0a\\x09\\x0d\\x7f\\x9b');
    expect(printable('a\u202eb\u{e0041}')).toBe('a\\u202eb\\u{e0041}');
  });

  it('keeps line feeds and tabs of text of several lines, and nothing else', () => {
    expect(printableLines('a\tb\n\x1b\r')).toBe('a\tb\n\\x1b\\x0d');
  });

  it('gives letters, digits, signs and symbols back unchanged', () => {
    const safe = fc.string({ unit: 'grapheme' }).filter((text) => !CONTROL.test(text));
    fc.assert(fc.property(safe, (text) => printable(text) === text));
    expect(printable('C:\\path – été 日本 👍')).toBe('C:\\path – été 日本 👍');
  });
});

describe('printableJson', () => {
  it('reads back as the same value and holds nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (value) => {
        const text = printableJson(value);
        expect(CONTROL.test(text)).toBe(false);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(printableJson({ a: '\u{e0041}\u009b' })).toBe('{"a":"\\udb40\\udc41\\u009b"}');
  });
});

describe('excerpt', () => {
  it("is the beginning of a peer's text, escaped, and says where it is cut", () => {
    expect(excerpt('short\x1b')).toBe('short\\x1b');
    expect(excerpt('\n'.repeat(41))).toBe(`${'\\x0a'.repeat(40)}…`);
  });
});
