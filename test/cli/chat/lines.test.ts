import { describe, expect, it } from 'vitest';
import { chatJson, chatLine, terminalLine } from '../../../src/cli/chat/lines.ts';
import type { ChatEvent, ChatNews, ChatSpeech } from '../../../src/protocols/irc-client-events.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const said = (facts: Partial<ChatSpeech>): ChatEvent => ({
  event: 'message',
  room: 'lobby',
  nick: 'ann',
  text: 'hello',
  at: AT,
  isOwn: false,
  isOld: false,
  ...facts,
});
const news = (facts: Partial<ChatNews>): ChatEvent => ({ event: 'info', at: AT, isOwn: false, ...facts });

describe('chatLine', () => {
  it.each<[string, ChatEvent]>([
    ['[lobby] ann: hello', said({})],
    ['[lobby] * ann waves', said({ event: 'action', text: 'waves' })],
    ['[lobby] -ann- hello', said({ event: 'notice' })],
    ['[ann -> you] hello', said({ room: undefined, to: 'me' })],
    ['[you -> bob] hello', said({ room: undefined, to: 'bob', isOwn: true })],
    ['* ann joined lobby', news({ event: 'joined', nick: 'ann', room: 'lobby' })],
    ['* ann left lobby: bye', news({ event: 'left', nick: 'ann', room: 'lobby', text: 'bye' })],
    ['* ann threw bob out of lobby', news({ event: 'kicked', nick: 'ann', to: 'bob', room: 'lobby' })],
    ['* ann is now bea', news({ event: 'nick', nick: 'ann', to: 'bea' })],
    ['* in lobby: @ann bob', news({ event: 'members', room: 'lobby', names: ['@ann', 'bob'] })],
    ['* ann is back', news({ event: 'away', nick: 'ann', text: '' })],
    ['* as it is', news({ text: 'as it is' })],
  ])('is %s', (line, event) => {
    expect(chatLine(event)).toBe(line);
  });
});

describe('terminalLine', () => {
  it('lets nothing through that drives a terminal, coloured or not', () => {
    const event = said({ nick: 'a\x1b[2J', text: '\x1b]0;title\x07\u202e', room: 'r\x1b' });
    for (const color of [true, false]) {
      const line = terminalLine(event, { color, raw: false });
      expect(line.replaceAll(/\x1b\[\d*m/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
      expect(line).toContain('\\x1b]0;title\\x07');
    }
  });

  it('paints the same nick alike, however it is written', () => {
    const colorOf = (nick: string): string | undefined =>
      /\x1b\[(\d+)m\w+\x1b\[0m:/.exec(terminalLine(said({ nick }), { color: true, raw: false }))?.[1];
    expect(colorOf('Ann')).toBeDefined();
    expect(colorOf('Ann')).toBe(colorOf('ann'));
  });
});

describe('chatJson', () => {
  it('leaves out what is not so', () => {
    expect(chatJson(said({}))).toEqual({
      event: 'message',
      room: 'lobby',
      nick: 'ann',
      text: 'hello',
      time: '2026-01-02T03:04:05.000Z',
    });
    expect(chatJson(said({ isOwn: true, isOld: true }))).toMatchObject({ own: true, old: true });
  });
});
