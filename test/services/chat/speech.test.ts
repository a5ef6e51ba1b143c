import { describe, expect, it } from 'vitest';
import { partRoom } from '../../../src/services/chat/attendance.ts';
import { DIALECTS } from '../../../src/services/chat/outgoing.ts';
import { type Message, sayInRoom, sayToUser, tagRoom, tagUser, tellingOf } from '../../../src/services/chat/speech.ts';
import { houseStage, type Person, refusalOf } from './house-stage.ts';

const TAGS = new Map([['+typing', 'active']]);
const privmsg = (text: string, clientTags?: ReadonlyMap<string, string>): Message => ({
  command: 'PRIVMSG',
  text,
  clientTags,
});

/** Ann, who runs #a; Bob with IRC, Cleo with all there is to ask for, Pat with plain lines in it; Eve outside. */
function speechStage() {
  const stage = houseStage();
  const rooms = ['#a'];
  const people = {
    ann: stage.come('ann', { rooms }),
    bob: stage.come('bob', { rooms }),
    cleo: stage.come('cleo', { rooms, caps: ['message-tags', 'server-time', 'echo-message'] }),
    pat: stage.come('pat', { rooms, face: 'plain' }),
    eve: stage.come('eve'),
  };
  const all: Person[] = Object.values(people);
  for (const one of all) one.heard();
  const room = stage.house.findRoom('#a')!;
  return {
    ...stage,
    ...people,
    room,
    say: (who: Person, message: Message) => sayInRoom(stage.house, who.user, room, message),
    /** What each heard, without times and names of messages. */
    heard: () =>
      all.map((one) => one.heard().map((line) => line.replace(/time=[^; ]+/, 'T').replace(/msgid=[^; ]+/, 'ID'))),
  };
}

describe('what is said in a room', () => {
  it('is heard by everybody else in it, each in their own way', () => {
    const { ann, say, heard } = speechStage();
    say(ann, privmsg('hello all'));
    expect(heard()).toEqual([
      [],
      [':ann!~ann@h PRIVMSG #a :hello all'],
      ['@T;ID :ann!~ann@h PRIVMSG #a :hello all'],
      ['[a] ann: hello all'],
      [],
    ]);
  });

  it('is echoed to who asked for that, and to nobody else', () => {
    const { cleo, pat, say, heard } = speechStage();
    say(cleo, privmsg('hi'));
    expect(heard()[2]).toEqual(['@T;ID :cleo!~cleo@h PRIVMSG #a :hi']);
    say(pat, privmsg('hi'));
    expect(heard()[3]).toEqual([]);
  });

  it('may be a notice, an action or a message for programs, which plain clients are spared', () => {
    const { ann, say, bob, pat, room } = speechStage();
    say(ann, { command: 'NOTICE', text: 'note' });
    say(ann, privmsg('\x01ACTION waves\x01'));
    say(ann, privmsg('\x01VERSION\x01'));
    expect(bob.heard()).toEqual([
      ':ann!~ann@h NOTICE #a :note',
      ':ann!~ann@h PRIVMSG #a :\x01ACTION waves\x01',
      ':ann!~ann@h PRIVMSG #a :\x01VERSION\x01',
    ]);
    expect(pat.heard()).toEqual(['[a] ann: note', '[a] * ann waves']);
    expect(room.history.range({ limit: 9, keep: 'newest' }).map(({ text }) => text)).toEqual([
      'note',
      '\x01ACTION waves\x01',
    ]);
  });

  it('has tags for other clients where they take tags', () => {
    const { ann, say, heard } = speechStage();
    say(ann, privmsg('hi', TAGS));
    expect(heard()).toEqual([
      [],
      [':ann!~ann@h PRIVMSG #a :hi'],
      ['@T;ID;+typing=active :ann!~ann@h PRIVMSG #a :hi'],
      ['[a] ann: hi'],
      [],
    ]);
  });

  it('is one message with a name of its own for each line that it takes', () => {
    const { ann, say, cleo, pat } = speechStage();
    say(ann, privmsg('x'.repeat(1_000)));
    const ids = cleo.heard().map((line) => /msgid=(\S+)/.exec(line)?.[1] ?? '');
    expect(new Set(ids).size).toBe(3);
    expect(ids).toEqual([ids[0], `${ids[0]}-1`, `${ids[0]}-2`]);
    expect(pat.heard()).toEqual([`[a] ann: ${'x'.repeat(1_000)}`]);
  });

  it('drives no terminal of plain clients, and forges none of their lines', () => {
    const { ann, say, pat } = speechStage();
    say(ann, privmsg('\x1b[2J\x02bold\x02\u2028[a] bob: forged'));
    expect(pat.heard()).toEqual(['[a] ann: \\x1b[2Jbold\\u2028[a] bob: forged']);
  });

  it('is told again as it was, though who said it is called otherwise now', () => {
    const { ann, say, room } = speechStage();
    say(ann, privmsg('hi'));
    ann.user.nick = 'anna';
    const [said] = room.history.range({ limit: 1, keep: 'newest' });
    expect(String(tellingOf(said!, room).bytes(DIALECTS.irc))).toBe(':ann!~ann@h PRIVMSG #a :hi\r\n');
    expect(String(tellingOf(said!, room).bytes(DIALECTS.plain))).toBe('[a] ann: hi\n');
  });

  it('is refused from outside, in a moderated room, and from who is banned, but not from the trusted', () => {
    const { ann, bob, eve, say, room, heard } = speechStage();
    const refused = (who: Person): string => refusalOf(() => say(who, privmsg('hi')));
    expect(refused(eve)).toBe('404 #a');
    room.flags.delete('n');
    say(eve, privmsg('hi'));
    room.flags.add('m');
    expect([refused(bob), refused(eve)]).toEqual(['404 #a', '404 #a']);
    say(ann, privmsg('hi'));
    room.members.get(bob.user)!.isVoiced = true;
    say(bob, privmsg('hi'));
    room.flags.delete('m');
    room.bans.set('x', { mask: '*!*@h', by: '', at: 0 });
    expect(refused(eve)).toBe('404 #a');
    say(bob, privmsg('hi'));
    room.members.get(bob.user)!.isVoiced = false;
    expect(refused(bob)).toBe('404 #a');
    expect(heard()[4]).toEqual([]);
  });

  it('is what one was last heard by', () => {
    const { ann, bob, say, house } = speechStage();
    ann.user.spokeAt = 0;
    bob.user.spokeAt = 0;
    say(ann, privmsg('hi'));
    expect([ann.user.spokeAt > 0, ann.user.spokeAt <= house.now(), bob.user.spokeAt]).toEqual([true, true, 0]);
  });
});

describe('what is said to one user', () => {
  it('is heard by them only, and by plain speakers themselves', () => {
    const { house, bob, cleo, pat, heard } = speechStage();
    sayToUser(house, bob.user, 'PAT', privmsg('psst'));
    sayToUser(house, pat.user, 'bob', privmsg('yes?'));
    expect(heard()).toEqual([
      [],
      [':pat!~pat@h PRIVMSG bob :yes?'],
      [],
      ['[bob -> you] psst', '[you -> bob] yes?'],
      [],
    ]);
    sayToUser(house, cleo.user, 'bob', { command: 'NOTICE', text: 'note', clientTags: TAGS });
    expect(heard().slice(1, 3)).toEqual([
      [':cleo!~cleo@h NOTICE bob :note'],
      ['@T;ID;+typing=active :cleo!~cleo@h NOTICE bob :note'],
    ]);
  });

  it('may be said to oneself', () => {
    const { house, ann, pat, cleo } = speechStage();
    sayToUser(house, ann.user, 'ann', privmsg('note'));
    sayToUser(house, pat.user, 'pat', privmsg('note'));
    sayToUser(house, cleo.user, 'cleo', privmsg('note'));
    expect(ann.heard()).toEqual([':ann!~ann@h PRIVMSG ann :note']);
    expect(pat.heard()).toEqual(['[pat -> you] note', '[you -> pat] note']);
    expect(cleo.heard()).toHaveLength(2);
  });

  it('is an action or nothing for plain clients, as in rooms', () => {
    const { house, bob, pat } = speechStage();
    sayToUser(house, bob.user, 'pat', privmsg('\x01ACTION waves\x01'));
    sayToUser(house, bob.user, 'pat', privmsg('\x01PING 1\x01'));
    expect(pat.heard()).toEqual(['[bob -> you] waves']);
  });

  it.each(['nobody', '__proto__', 'constructor', ''])('is refused where nobody is called %j', (nick) => {
    const { house, bob } = speechStage();
    expect(refusalOf(() => sayToUser(house, bob.user, nick, privmsg('hi')))).toBe(`401 ${nick}`);
    expect(refusalOf(() => tagUser(house, bob.user, nick, TAGS))).toBe(`401 ${nick}`);
  });
});

describe('tags that say something by themselves', () => {
  it('are heard by those who take tags, and echoed as words are', () => {
    const { house, room, ann, cleo, heard } = speechStage();
    tagRoom(house, ann.user, room, TAGS);
    expect(heard()).toEqual([[], [], ['@T;ID;+typing=active :ann!~ann@h TAGMSG #a'], [], []]);
    tagRoom(house, cleo.user, room, TAGS);
    tagUser(house, ann.user, 'cleo', TAGS);
    tagUser(house, ann.user, 'bob', TAGS);
    tagUser(house, cleo.user, 'bob', TAGS);
    expect(heard()).toEqual([
      [],
      [],
      [
        '@T;ID;+typing=active :cleo!~cleo@h TAGMSG #a',
        '@T;ID;+typing=active :ann!~ann@h TAGMSG cleo',
        '@T;ID;+typing=active :cleo!~cleo@h TAGMSG bob',
      ],
      [],
      [],
    ]);
    expect(room.history.length).toBe(0);
  });

  it('are refused as words are', () => {
    const { house, room, eve } = speechStage();
    expect(refusalOf(() => tagRoom(house, eve.user, room, TAGS))).toBe('404 #a');
  });
});

describe('rooms', () => {
  it('do not leak: each hears what is said in those they are in, and nothing after they left', () => {
    const { house, come } = houseStage();
    const [ann, bob, cleo] = [
      come('ann', { rooms: ['#a', '#b'] }),
      come('bob', { rooms: ['#b', '#c'] }),
      come('cleo', { rooms: ['#c', '#a'] }),
    ];
    for (const one of [ann, bob, cleo]) one.heard();
    const say = (who: Person, name: string): void =>
      sayInRoom(house, who.user, house.findRoom(name)!, privmsg(`in ${name}`));
    say(ann, '#a');
    say(ann, '#b');
    say(bob, '#c');
    expect([ann, bob, cleo].map((one) => one.heard().map((line) => line.slice(-2)))).toEqual([
      [],
      ['#b'],
      ['#a', '#c'],
    ]);
    partRoom(house, cleo.user, '#a', '');
    cleo.heard();
    say(ann, '#a');
    expect(cleo.heard()).toEqual([]);
  });
});
