import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kick } from '../../../src/services/chat/attendance.ts';
import { checkNick, enter, quit, rename, setAway, setName } from '../../../src/services/chat/presence.ts';
import { type HouseStage, houseStage, refusalOf } from './house-stage.ts';

const NAMES_OF_OBJECTS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

describe('coming', () => {
  it('is written down, counted, and told to nobody', () => {
    const { house, audited, come } = houseStage();
    const ann = come('ann', { rooms: ['#a'] });
    ann.heard();
    come('bob');
    expect([ann.heard(), house.mostUsers, audited.at(-1)]).toEqual([[], 2, 'enter bob bob']);
    quit(house, house.findUser('BOB')!, '');
    come('cleo');
    expect([house.mostUsers, house.users.size]).toEqual([2, 2]);
  });

  it.each([
    '',
    '1a',
    '-a',
    'a b',
    'a!b',
    'a@b',
    '#a',
    'é',
    'аnn',
    'a.b',
    'a\x07',
    ':a',
    'x'.repeat(31),
  ])('is refused to %j', (nick) => {
    const { come } = houseStage();
    expect(refusalOf(() => come(nick))).toBe(`432 ${nick}`);
  });

  it.each(['a', '_', '[]\\`^{|}', 'A-1', 'x'.repeat(30), ...NAMES_OF_OBJECTS])('is open to %j', (nick) => {
    const { house, come } = houseStage();
    expect(house.findUser(nick)).toBeUndefined();
    const { user } = come(nick);
    expect([house.findUser(nick), house.findUser(nick.toUpperCase())]).toEqual([user, user]);
    quit(house, user, '');
    expect(house.findUser(nick)).toBeUndefined();
  });

  it('is refused where the nick is taken, however it is capitalized', () => {
    const { come } = houseStage();
    come('Ann');
    expect(refusalOf(() => come('aNN'))).toBe('433 aNN');
  });

  it('takes no letters for capitals of others but A to Z', () => {
    const { house, come } = houseStage();
    come('a{b');
    // As RFC 1459 folds, these would be the same.
    expect(come('a[b').user).toBe(house.findUser('a[b'));
  });
});

describe('going', () => {
  it('is told once to each who shares a room, and to nobody else', () => {
    const { house, audited, come } = houseStage();
    const ann = come('ann', { rooms: ['#a', '#b'] });
    const bob = come('bob', { face: 'plain', rooms: ['#a', '#b'] });
    const eve = come('eve', { rooms: ['#c'] });
    for (const one of [ann, bob, eve]) one.heard();
    quit(house, ann.user, 'bye: all');
    expect([ann.heard(), bob.heard(), eve.heard()]).toEqual([[], ['* ann left: bye: all'], []]);
    quit(house, bob.user, '');
    expect([house.rooms.size, house.users.size, audited.at(-2)]).toEqual([2, 1, 'quit ann bye: all']);
  });

  it('happens once', () => {
    const { house, audited, come } = houseStage();
    const ann = come('ann');
    quit(house, ann.user, 'one');
    const again = come('ann');
    quit(house, ann.user, 'two');
    expect([house.findUser('ann'), audited.filter((entry) => entry.startsWith('quit'))]).toEqual([
      again.user,
      ['quit ann one'],
    ]);
  });
});

describe('a change of nick', () => {
  it('is told to oneself, and once to each who shares a room', () => {
    const { house, audited, come } = houseStage();
    const ann = come('ann', { rooms: ['#a', '#b'] });
    const bob = come('bob', { face: 'plain', rooms: ['#a', '#b'] });
    const eve = come('eve');
    for (const one of [ann, bob, eve]) one.heard();
    rename(house, ann.user, 'anna');
    expect([ann.heard(), bob.heard(), eve.heard()]).toEqual([[':ann!~ann@h NICK anna'], ['* ann is now anna'], []]);
    expect([house.findUser('ann'), house.findUser('ANNA'), ann.user.source]).toEqual([
      undefined,
      ann.user,
      'anna!~ann@h',
    ]);
    expect(audited.at(-1)).toBe('nick ann anna');
  });

  it('may change capitals only, and nothing is nothing', () => {
    const { house, come } = houseStage();
    const ann = come('ann');
    rename(house, ann.user, 'ANN');
    expect([ann.heard(), house.users.size]).toEqual([[':ann!~ann@h NICK ANN'], 1]);
    rename(house, ann.user, 'ANN');
    expect(ann.heard()).toEqual([]);
  });

  it('is refused where the other nick is taken, or none', () => {
    const { house, come } = houseStage();
    const ann = come('ann');
    come('bob');
    expect(refusalOf(() => rename(house, ann.user, 'BOB'))).toBe('433 BOB');
    expect(refusalOf(() => rename(house, ann.user, '1'))).toBe('432 1');
    expect([ann.user.nick, ann.heard()]).toEqual(['ann', []]);
  });

  it.each(NAMES_OF_OBJECTS)('to %s is one like others', (nick) => {
    const { house, come } = houseStage();
    const ann = come('ann', { rooms: ['#a'] });
    rename(house, ann.user, nick);
    kick(house, ann.user, '#a', nick, '');
    expect([house.findUser(nick), house.findRoom('#a')]).toEqual([ann.user, undefined]);
  });

  it('leaves one entry in the house, however often', () => {
    const { house, come } = houseStage();
    const { user } = come('ann', { rooms: ['#a'] });
    for (let i = 0; i < 10_000; i += 1) rename(house, user, `ann${i % 100}`);
    expect([[...house.users.keys()], house.findRoom('#a')!.members.size]).toEqual([['ann99'], 1]);
  });
});

describe('being away', () => {
  it('is told to those who want to know, and ends with an empty text', () => {
    const { house, come } = houseStage();
    const ann = come('ann', { rooms: ['#a'] });
    const [bob, cleo] = [come('bob', { caps: ['away-notify'], rooms: ['#a'] }), come('cleo', { rooms: ['#a'] })];
    for (const one of [ann, bob, cleo]) one.heard();
    setAway(house, ann.user, `x${'é'.repeat(200)}`);
    expect(ann.user.away).toBe(`x${'é'.repeat(149)}`);
    setAway(house, ann.user, '');
    expect(ann.user.away).toBeUndefined();
    expect(bob.heard()).toEqual([`:ann!~ann@h AWAY x${'é'.repeat(149)}`, ':ann!~ann@h AWAY']);
    expect([ann.heard(), cleo.heard()]).toEqual([[], []]);
  });
});

describe('a change of the real name', () => {
  it('is told to those who want to know, oneself too', () => {
    const { house, come } = houseStage();
    const ann = come('ann', { caps: ['setname'], rooms: ['#a'] });
    const [bob, cleo] = [come('bob', { caps: ['setname'], rooms: ['#a'] }), come('cleo', { rooms: ['#a'] })];
    for (const one of [ann, bob, cleo]) one.heard();
    setName(house, ann.user, 'Ann A.');
    expect([ann.heard(), bob.heard(), cleo.heard()]).toEqual([
      [':ann!~ann@h SETNAME :Ann A.'],
      [':ann!~ann@h SETNAME :Ann A.'],
      [],
    ]);
    expect(ann.user.realname).toBe('Ann A.');
  });
});

describe('nicks', () => {
  it('are anybody’s once, and are free when they are given up, whatever happens', () => {
    const nick = fc.constantFrom('a', 'A', 'b', '__proto__', '__PROTO__', '1', 'toString');
    const act = fc.record({ kind: fc.constantFrom('come', 'rename', 'quit'), who: fc.nat({ max: 3 }), nick });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const stage: HouseStage = houseStage();
        const { house } = stage;
        const people: (ReturnType<HouseStage['come']> | undefined)[] = [];
        for (const { kind, who, nick: wanted } of acts) {
          const user = people[who]?.user;
          if (kind === 'quit' && user) {
            quit(house, user, '');
            people[who] = undefined;
          } else if (kind === (user ? 'rename' : 'come')) {
            const holder = house.findUser(wanted);
            const run = (): void => {
              if (user) rename(house, user, wanted);
              else people[who] = stage.come(wanted);
            };
            if (wanted === '1' || (holder && holder !== user)) expect(refusalOf(run)).toMatch(/^43[23] /);
            else run();
          }
          const here = people.flatMap((one) => (one ? [one.user] : []));
          expect(house.users.size).toBe(here.length);
          for (const one of here) expect(house.findUser(one.nick)).toBe(one);
        }
      }),
    );
  });

  it('are checked for whoever wants one', () => {
    const { house, come } = houseStage();
    const ann = come('ann');
    expect(refusalOf(() => checkNick(house, 'ann'))).toBe('433 ann');
    checkNick(house, 'ann', ann.user);
    checkNick(house, 'bob');
    expect(() => enter(house, { ...ann.user, nick: 'ann', at: 0 })).toThrow('already in use');
  });
});
