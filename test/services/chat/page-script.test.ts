import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIrc } from '../../../src/protocols/irc.ts';
import { DOM } from '../../../src/services/chat/page/script/dom.ts';
import { IRC } from '../../../src/services/chat/page/script/irc.ts';
import { LINES } from '../../../src/services/chat/page/script/lines.ts';

/** What of the page's script needs no page. */
interface Parts {
  parseLine(line: string): { tags: Map<string, string>; source: string; command: string; params: string[] };
  formatLine(command: string, params: readonly string[]): string;
  piecesOf(text: string, most: number): string[];
  plainText(text: string): string;
  ctcpOf(text: string): { kind: string; text: string } | undefined;
  addressOf(text: string): string;
  calls(text: string, nick: string): boolean;
  hueOf(nick: string): number;
}

const NAMES = 'parseLine, formatLine, piecesOf, plainText, ctcpOf, addressOf, calls, hueOf';
const page = runInContext(
  `'use strict'; ${IRC} ${DOM} ${LINES}; ({ ${NAMES} })`,
  createContext({ TextEncoder, URL }),
) as Parts;
const plain = <T>(value: T): T => structuredClone(value);

describe('the script of the page', () => {
  it('reads lines as the server does', () => {
    const text = fc.stringMatching(/^[@:; =\\#a-z0-9\x01é,]{0,40}$/);
    fc.assert(
      fc.property(text, (line) => {
        const mine = page.parseLine(line);
        const theirs = parseIrc(line);
        if (!theirs) return;
        const { tags, source, command, params } = mine;
        // The page keeps a tag without a name too, which nobody asks for.
        expect(new Map([...tags].filter(([key]) => key !== ''))).toEqual(new Map(theirs.tags));
        expect(plain({ source, command, params })).toEqual({
          source: theirs.source,
          command: theirs.command,
          params: theirs.params,
        });
      }),
    );
  });

  it('writes lines that are one line, whatever was pasted', () => {
    expect(page.formatLine('PRIVMSG', ['#a', 'one two'])).toBe('PRIVMSG #a :one two');
    expect(page.formatLine('TOPIC', ['#a', ''])).toBe('TOPIC #a :');
    expect(page.formatLine('PRIVMSG', ['#a', ':)'])).toBe('PRIVMSG #a ::)');
    expect(page.formatLine('PRIVMSG', ['#a', 'x\r\nQUIT'])).toBe('PRIVMSG #a :x QUIT');
  });

  it('cuts a long text between words, never inside a character, and loses nothing', () => {
    expect(plain(page.piecesOf('one two three', 8))).toEqual(['one two ', 'three']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 4, max: 20 }), (text, most) => {
        const pieces = page.piecesOf(text, most);
        expect(pieces.join('')).toBe(text);
        for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('drops colours and styles, and makes other control characters visible', () => {
    expect(page.plainText('\x02bold\x02 \x034,12red\x03 \x0400ff00green\x0f')).toBe('bold red green');
    expect(page.plainText('bell\x07 esc\x1b[2J\x9b')).toBe('bell\u2407 esc\u241b[2J\ufffd');
  });

  it('knows an action', () => {
    expect(plain(page.ctcpOf('\x01ACTION waves\x01'))).toEqual({ kind: 'ACTION', text: 'waves' });
    expect(page.ctcpOf('ACTION')).toBeUndefined();
  });

  it.each([
    ['https://a.example/x.', 'https://a.example/x'],
    ['https://a.example/x)?!', 'https://a.example/x'],
    ['https://a.example/x_(y)', 'https://a.example/x_(y)'],
    ['https://a.example/x_(y)).', 'https://a.example/x_(y)'],
  ])('ends the address %s where the sentence goes on', (text, address) => {
    expect(page.addressOf(text)).toBe(address);
  });

  it.each([
    ['Ann: hello', true],
    ['hello ann!', true],
    ['annual', false],
    ['ann2', false],
    ['xann', false],
    ['', false],
  ])('sees whether %j calls ann', (text, isCalled) => {
    expect(page.calls(text, 'ann')).toBe(isCalled);
  });

  it('gives a nick the same colour however it is written', () => {
    expect(page.hueOf('Ann')).toBe(page.hueOf('ann'));
    const hues = new Set(['ann', 'bob', 'carla', 'dmitri', 'eve', 'fred'].map((nick) => page.hueOf(nick)));
    expect(hues.size).toBeGreaterThan(3);
  });
});
