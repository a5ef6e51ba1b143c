import { describe, expect, it } from 'vitest';
import { DIALECTS, encodeTagged, Outgoing } from '../../../src/services/chat/outgoing.ts';
import { houseStage } from './house-stage.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const TIME = 'time=2026-01-02T03:04:05.006Z';
const message = {
  lines: [':ann!a@h PRIVMSG #a :one', ':ann!a@h PRIVMSG #a :two'],
  plain: '[a] ann: one two',
  at: AT,
  id: 'x-1',
  clientTags: new Map([['+typing', 'a b']]),
};

describe('what goes to many', () => {
  it.each([
    ['IRC as it was', DIALECTS.irc, ['', '']],
    ['with server-time', DIALECTS.serverTime, [`@${TIME} `, `@${TIME} `]],
    ['with message-tags', DIALECTS.messageTags, ['@msgid=x-1;+typing=a\\sb ', '@msgid=x-1-1;+typing=a\\sb ']],
    [
      'with both',
      DIALECTS.serverTime | DIALECTS.messageTags,
      [`@${TIME};msgid=x-1;+typing=a\\sb `, `@${TIME};msgid=x-1-1;+typing=a\\sb `],
    ],
  ])('is heard %s', (_how, dialect, tags) => {
    const outgoing = new Outgoing(message);
    const lines = message.lines.map((line, i) => tags[i] + line);
    expect(String(outgoing.bytes(dialect))).toBe(lines.map((line) => `${line}\r\n`).join(''));
    expect(outgoing.tagged(dialect).map(encodeTagged).join('')).toBe(String(outgoing.bytes(dialect)));
  });

  it('is heard as one line by plain clients', () => {
    expect(String(new Outgoing(message).bytes(DIALECTS.plain))).toBe('[a] ann: one two\n');
  });

  it('has no name and no tags where it is no message', () => {
    const outgoing = new Outgoing({ lines: [':s JOIN #a'], plain: '* s joined a', at: AT });
    expect(String(outgoing.bytes(DIALECTS.messageTags))).toBe(':s JOIN #a\r\n');
    expect(String(outgoing.bytes(DIALECTS.messageTags | DIALECTS.serverTime))).toBe(`@${TIME} :s JOIN #a\r\n`);
  });

  it('may be nothing for either', () => {
    expect(new Outgoing({ lines: ['X'], plain: '', at: 0 }).bytes(DIALECTS.plain)).toHaveLength(0);
    expect(new Outgoing({ lines: [], plain: 'x', at: 0 }).bytes(DIALECTS.messageTags)).toHaveLength(0);
    expect(new Outgoing({ lines: [], plain: 'x', at: 0 }).bytes(DIALECTS.irc)).toHaveLength(0);
  });

  it('is encoded once for all who hear alike', () => {
    const outgoing = new Outgoing(message);
    for (const dialect of [0, 1, 2, 3, 4]) expect(outgoing.bytes(dialect)).toBe(outgoing.bytes(dialect));
  });
});

describe('how somebody hears', () => {
  it.each<[string[], number]>([
    [[], DIALECTS.irc],
    [['echo-message'], DIALECTS.irc],
    [['server-time'], DIALECTS.serverTime],
    [['message-tags'], DIALECTS.messageTags],
    [['message-tags', 'server-time'], DIALECTS.messageTags | DIALECTS.serverTime],
  ])('follows from what they asked for: %j', (caps, dialect) => {
    const { come } = houseStage();
    expect(come('ann', { caps }).user.dialect).toBe(dialect);
    expect(come('pat', { caps, face: 'plain' }).user.dialect).toBe(DIALECTS.plain);
    expect(come('web', { caps, face: 'web' }).user.dialect).toBe(dialect);
  });

  it('follows a change of it', () => {
    const { user } = houseStage().come('ann');
    (user.caps as Set<string>).add('server-time');
    user.setDialect();
    expect(user.dialect).toBe(DIALECTS.serverTime);
  });

  it('is kept while a command is answered, but for what is said to them', () => {
    const { come } = houseStage();
    const { user, heard } = come('ann', { caps: ['server-time'] });
    user.captured = [];
    const told = new Outgoing({ lines: ['A', 'B'], plain: '', at: AT });
    expect([user.receive(told), user.deliver(told)]).toEqual([false, false]);
    expect(user.captured.map(encodeTagged)).toEqual([`@${TIME} A\r\n`, `@${TIME} B\r\n`]);
    expect(heard()).toEqual([`@${TIME} A`, `@${TIME} B`]);
  });
});
