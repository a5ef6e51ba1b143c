import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_IRC_BYTES } from '../../../src/protocols/irc.ts';
import { actionOf } from '../../../src/protocols/irc-text.ts';
import { cleaned, linesOfText, plainText } from '../../../src/services/chat/text.ts';

const HEAD = ':ann!~ann@10.0.0.7 PRIVMSG #room :';
/** The longest head there can be: all names as long as they may be, an IPv6 address at full length. */
const LONGEST_HEAD = `:${'n'.repeat(30)}!~${'u'.repeat(15)}@${'2001:db8:'.repeat(5)} PRIVMSG #${'r'.repeat(63)} :`;

describe('linesOfText', () => {
  it('is one line where that fits, to the byte', () => {
    const most = MAX_IRC_BYTES - 2 - HEAD.length;
    expect(linesOfText(HEAD, 'hello')).toEqual([`${HEAD}hello`]);
    expect(linesOfText(HEAD, 'x'.repeat(most))).toHaveLength(1);
    expect(linesOfText(HEAD, 'x'.repeat(most + 1))).toHaveLength(2);
    expect(linesOfText(HEAD, '')).toEqual([HEAD]);
  });

  it('makes lines of 512 bytes with their ends at most, each with the head, that say it all', () => {
    const unit = fc.constantFrom('a', 'é', '€', '😀');
    const text = fc.string({ unit, maxLength: 900 });
    fc.assert(
      fc.property(text, fc.constantFrom(HEAD, LONGEST_HEAD), fc.boolean(), (said, head, isAction) => {
        const lines = linesOfText(head, said, isAction);
        const pieces = lines.map((line) => {
          expect(Buffer.byteLength(line) + 2).toBeLessThanOrEqual(MAX_IRC_BYTES);
          expect(line.startsWith(head)).toBe(true);
          const piece = line.slice(head.length);
          return isAction ? actionOf(piece) : piece;
        });
        expect(pieces.join('')).toBe(said);
      }),
    );
  });

  it('makes every piece of an action an action', () => {
    const lines = linesOfText(HEAD, 'waves '.repeat(200), true);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line).toMatch(/ :\x01ACTION [^\x01]+\x01$/);
  });
});

describe('plainText', () => {
  it.each([
    ['hello', 'hello'],
    ['é€😀', 'é€😀'],
    ['\x02bold\x0f', 'bold'],
    ['bell\x07 esc\x1b[2J', 'bell\\x07 esc\\x1b[2J'],
    ['a\tb', 'a\\x09b'],
    ['a\nb\rc', 'a\\x0ab\\x0dc'],
    ['\u202egnirts', '\\u202egnirts'],
    ['\x9b2J', '\\x9b2J'],
    ['a\u2028b', 'a\\u2028b'],
  ])('shows %j as %j', (text, shown) => {
    expect(plainText(text)).toBe(shown);
  });

  it('is one line that drives no terminal, whatever is said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plainText(text)).toMatch(/^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]*$/);
      }),
    );
  });
});

describe('cleaned', () => {
  it('has no control byte but tabs, and is the rest', () => {
    expect(cleaned('a\tb\x07c\x1b[0m\x7f\x01ACTION d\x01\r')).toBe('a\tbc[0mACTION d');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(cleaned(text)).toBe([...text].filter((one) => one === '\t' || !/[\x00-\x1f\x7f]/.test(one)).join(''));
      }),
    );
  });
});
