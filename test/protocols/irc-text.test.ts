import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionOf, asAction, cutText, isCtcp, shorten, withoutFormatting } from '../../src/protocols/irc-text.ts';

/** What UTF-8 can carry, with more blanks than usual. */
const TEXT = fc
  .array(fc.oneof(fc.constantFrom(' ', 'a', 'é', '€', '😀'), fc.string({ unit: 'binary', maxLength: 5 })), {
    maxLength: 60,
  })
  .map((all) => all.join('').toWellFormed());

describe('cutText', () => {
  it.each<[string, number, string[]]>([
    ['', 10, ['']],
    ['0123456789', 10, ['0123456789']],
    ['0123456789a', 10, ['0123456789', 'a']],
    ['01234567 9abc', 10, ['01234567', '9abc']],
    ['0123456789 abc', 10, ['0123456789', 'abc']],
    ['0123456789 ', 10, ['0123456789']],
    // Too early to cut at: the piece would be short.
    ['0123 5678901', 10, ['0123 56789', '01']],
    ['01234567  abcd', 10, ['01234567 ', 'abcd']],
    ['ééééééé', 5, ['éé', 'éé', 'éé', 'é']],
    ['😀😀', 4, ['😀', '😀']],
    ['a😀', 4, ['a', '😀']],
  ])('cuts %j at %d bytes', (text, maxBytes, pieces) => {
    expect(cutText(text, maxBytes)).toEqual(pieces);
  });

  it('makes pieces that fit, never cuts a character, and drops nothing but the blank it cut at', () => {
    fc.assert(
      fc.property(TEXT, fc.integer({ min: 4, max: 40 }), (text, maxBytes) => {
        const pieces = cutText(text, maxBytes);
        let at = 0;
        for (const [i, piece] of pieces.entries()) {
          expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(maxBytes);
          expect(piece.isWellFormed()).toBe(true);
          if (!text.startsWith(piece, at)) {
            expect([i > 0, text[at]]).toEqual([true, ' ']);
            at += 1;
          }
          expect(text.slice(at).startsWith(piece)).toBe(true);
          at += piece.length;
        }
        expect(['', ' ']).toContain(text.slice(at));
      }),
    );
  });

  it('cuts no more often than it has to', () => {
    fc.assert(
      fc.property(TEXT, fc.integer({ min: 12, max: 40 }), (text, maxBytes) => {
        for (const piece of cutText(text, maxBytes).slice(0, -1)) {
          expect(Buffer.byteLength(piece)).toBeGreaterThan((maxBytes * 2) / 3 - 4);
        }
      }),
    );
  });

  it('comes to an end, however little room there is', () => {
    expect(cutText('ab cd', 1)).toEqual(['a', 'b', 'c', 'd']);
    for (const maxBytes of [1, 2, 3]) expect(cutText('😀'.repeat(3), maxBytes).length).toBeLessThanOrEqual(12);
  });
});

describe('shorten', () => {
  it('gives the longest beginning that fits, between characters', () => {
    fc.assert(
      fc.property(TEXT, fc.nat({ max: 60 }), (text, maxBytes) => {
        const short = shorten(text, maxBytes);
        expect(text.startsWith(short)).toBe(true);
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(maxBytes);
        const next = [...text.slice(short.length)][0] ?? '';
        if (next !== '') expect(Buffer.byteLength(short + next)).toBeGreaterThan(maxBytes);
      }),
    );
  });
});

describe('an action', () => {
  it.each<[string, string | undefined]>([
    ['\x01ACTION waves\x01', 'waves'],
    ['\x01ACTION waves', 'waves'],
    ['\x01ACTION \x01', ''],
    ['\x01ACTION  two blanks \x01', ' two blanks '],
    ['\x01ACTION a\x01b\x01', 'a\x01b'],
    ['\x01ACTION\x01', undefined],
    ['\x01action waves\x01', undefined],
    ['\x01ACTIONS waves\x01', undefined],
    [' \x01ACTION waves\x01', undefined],
    ['ACTION waves', undefined],
    ['', undefined],
  ])('in %j is %j', (text, action) => {
    expect(actionOf(text)).toBe(action);
  });

  it('comes back as it was, and is no message for programs', () => {
    fc.assert(
      fc.property(TEXT, (text) => {
        expect(actionOf(asAction(text))).toBe(text);
        expect(isCtcp(asAction(text))).toBe(false);
      }),
    );
  });

  it.each<[string, boolean]>([
    ['\x01VERSION\x01', true],
    ['\x01DCC SEND "x" 1 2\x01', true],
    ['\x01ACTION', true],
    ['\x01', true],
    ['hello \x01VERSION\x01', false],
    ['hello', false],
    ['', false],
  ])('a message for programs: %j is %j', (text, isOne) => {
    expect(isCtcp(text)).toBe(isOne);
  });
});

describe('withoutFormatting', () => {
  it.each([
    [
      '\x02bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estruck\x1e \x11mono\x11 \x16reverse\x16\x0f',
      'bold italic under struck mono reverse',
    ],
    ['\x034red\x03 \x0304,12both\x03', 'red both'],
    ['\x0312345', '345'],
    ['\x034,x', ',x'],
    ['\x03,4', ',4'],
    ['\x034,123', '3'],
    ['\x04ff0000red\x04 \x04ff0000,00ff00both', 'red both'],
    ['\x04ff00', 'ff00'],
    ['\x04FF00zz', 'FF00zz'],
    ['plain 12,3', 'plain 12,3'],
    ['\x07bell stays', '\x07bell stays'],
  ])('of %j is %j', (text, clean) => {
    expect(withoutFormatting(text)).toBe(clean);
  });

  it('leaves no code', () => {
    fc.assert(
      fc.property(TEXT, (text) => {
        expect(withoutFormatting(text)).not.toMatch(/[\x02\x1d\x1f\x1e\x11\x16\x0f\x03\x04]/);
      }),
    );
  });
});
