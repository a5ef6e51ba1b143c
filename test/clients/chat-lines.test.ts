import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrival, ChatLines, departure } from '../../src/clients/chat-lines.ts';

/** What is said of these chunks, once the speaker has gone. */
function said(...chunks: readonly (string | Buffer)[]): string {
  let all = '';
  const lines = new ChatLines('user1', (line) => {
    all += line;
  });
  for (const chunk of chunks) lines.push(Buffer.from(chunk));
  lines.flush();
  return all;
}

describe('the lines of a chat', () => {
  it('have the speaker in front, however they end', () => {
    expect(said('one\ntwo\r\nthree')).toBe('<user1> one\n<user1> two\n<user1> three\n');
  });

  it('are the same wherever they are cut', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\x1b', 'é', '\u202e', '<') }));
    fc.assert(
      fc.property(words, (chunks) => {
        const whole = Buffer.from(chunks.join(''));
        const cut = Array.from(whole, (byte) => Buffer.from([byte]));
        expect(said(...cut)).toBe(said(whole));
      }),
    );
  });

  it('hold nothing that drives a terminal or forges a line', () => {
    expect(said('\x1b]0;title\x07\r<user9> x\n')).toBe('<user1> \\x1b]0;title\\x07\\x0d<user9> x\n');
  });

  it('are sent on in pieces where their end does not come', () => {
    const pieces = said('x'.repeat(16_384), 'y').split('\n');
    expect(pieces).toEqual([`<user1> ${'x'.repeat(16_384)}`, '<user1> y', '']);
  });

  it('announce in the words of ncat', () => {
    const speaker = (name: string) => ({ name, where: '127.0.0.1' });
    expect(String(arrival(speaker('user3'), [speaker('user1'), speaker('user2')]))).toBe(
      '<announce> 127.0.0.1 is connected as <user3>.\n' +
        '<announce> already connected: 127.0.0.1 as <user1>, 127.0.0.1 as <user2>.\n',
    );
    expect(String(departure(speaker('user3')))).toBe('<announce> <user3> is disconnected.\n');
  });
});
