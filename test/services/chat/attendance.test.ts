import { describe, expect, it } from 'vitest';
import { invite, isSame, joinRoom, kick, memberRoom, partRoom } from '../../../src/services/chat/attendance.ts';
import { MAX_ALL_ROOMS, MAX_LIST_LENGTH, MAX_ROOMS } from '../../../src/services/chat/limits.ts';
import { quit, rename, setAway } from '../../../src/services/chat/presence.ts';
import { houseStage, join, refusalOf } from './house-stage.ts';

describe('joining', () => {
  it('makes a room, whose first member runs it, and tells everybody there', () => {
    const { house, audited, come } = houseStage();
    const [ann, bob, eve] = [come('ann'), come('bob', { face: 'plain' }), come('eve')];
    expect(joinRoom(house, ann.user, '#Room', '')).toBe(house.findRoom('#room'));
    joinRoom(house, bob.user, '#ROOM', '');
    const room = house.findRoom('#room')!;
    expect([room.name, room.isRunBy(ann.user), room.isRunBy(bob.user)]).toEqual(['#Room', true, false]);
    expect(ann.heard()).toEqual([':ann!~ann@h JOIN #Room', ':bob!~bob@h JOIN #Room']);
    expect([bob.heard(), eve.heard()]).toEqual([['* bob joined Room'], []]);
    expect(audited.slice(-2)).toEqual(['join ann Room', 'join bob Room']);
  });

  it('a room that one is in does nothing', () => {
    const { house, come } = houseStage();
    const ann = come('ann', { rooms: ['#a'] });
    ann.heard();
    expect(joinRoom(house, ann.user, '#A', '')).toBeUndefined();
    expect(ann.heard()).toEqual([]);
  });

  it.each([
    'a',
    '',
    '#',
    '# a',
    '#a,b',
    '#a:b',
    '#é',
    '#a\x07',
    '&a',
    '##a',
    `#${'a'.repeat(64)}`,
  ])('refuses %j', (name) => {
    const { house, come } = houseStage();
    expect(refusalOf(() => joinRoom(house, come('ann').user, name, ''))).toBe(`476 ${name}`);
    expect(house.rooms.size).toBe(1);
  });

  it.each([
    '#__proto__',
    '#constructor',
    '#toString',
    '#hasOwnProperty',
    '#-',
    '#a.b+c_d',
  ])('takes %s for a name', (name) => {
    const { house, come } = houseStage();
    expect(house.findRoom(name)).toBeUndefined();
    const { user } = come('ann', { rooms: [name] });
    expect([house.findRoom(name)?.name, user.rooms.size]).toEqual([name, 1]);
    partRoom(house, user, name, '');
    expect(house.findRoom(name)).toBeUndefined();
  });

  it('is refused where the room is full, locked, closed or one is banned, and not to operators of the server', () => {
    const { house, come } = houseStage({ capacity: 4 });
    const ann = come('ann', { rooms: ['#a'] });
    const eve = come('eve');
    const room = house.findRoom('#a')!;
    const enter = (key = ''): string => refusalOf(() => joinRoom(house, eve.user, '#a', key));
    room.password = 'key';
    expect([enter(), enter('KEY'), enter('keys')]).toEqual(['475 #a', '475 #a', '475 #a']);
    room.bans.set('x', { mask: 'eve!*@*', by: '', at: 0 });
    expect(enter('key')).toBe('474 #a');
    room.flags.add('i');
    expect(enter('key')).toBe('473 #a');
    room.limit = 1;
    expect(enter('key')).toBe('471 #a');
    const root = come('root');
    root.user.isOperator = true;
    expect(joinRoom(house, root.user, '#a', '')).toBe(room);
    invite(house, ann.user, 'eve', '#a');
    expect(joinRoom(house, eve.user, '#a', '')).toBe(room);
    join(house, come('max').user, '#b');
    for (const name of ['x', 'y']) {
      const other = come(name);
      other.user.isOperator = true;
      if (name === 'x') joinRoom(house, other.user, '#a', '');
      // No door is wide enough for more than the house says.
      else expect(refusalOf(() => joinRoom(house, other.user, '#a', ''))).toBe('471 #a');
    }
  });

  it('is for so many rooms each', () => {
    const { house, come } = houseStage();
    const { user } = come('ann');
    for (let i = 0; i < MAX_ROOMS; i += 1) joinRoom(house, user, `#${i}`, '');
    expect(refusalOf(() => joinRoom(house, user, '#more', ''))).toBe('405 #more');
    partRoom(house, user, '#0', '');
    expect(joinRoom(house, user, '#more', '')).toBeDefined();
  });

  it('makes so many rooms and no more, and again when one is gone', () => {
    const { house, come } = houseStage();
    for (let i = 0; house.rooms.size < MAX_ALL_ROOMS; i += 1) {
      const { user } = come(`u${i}`);
      for (let j = 0; j < MAX_ROOMS && house.rooms.size < MAX_ALL_ROOMS; j += 1)
        joinRoom(house, user, `#${i}-${j}`, '');
    }
    const ann = come('ann');
    expect(refusalOf(() => joinRoom(house, ann.user, '#more', ''))).toBe('405 #more');
    expect([joinRoom(house, ann.user, '#0-0', ''), ann.user.rooms.size]).toEqual([house.findRoom('#0-0'), 1]);
    partRoom(house, house.findUser('u1')!, '#1-1', '');
    expect(joinRoom(house, ann.user, '#more', '')).toBeDefined();
  });

  it('tells who is away to those whose clients want to know', () => {
    const { house, come } = houseStage();
    const [ann, bob] = [come('ann', { rooms: ['#a'], caps: ['away-notify'] }), come('bob', { rooms: ['#a'] })];
    const cleo = come('cleo', { caps: ['away-notify'] });
    setAway(house, cleo.user, 'lunch');
    for (const one of [ann, bob, cleo]) one.heard();
    joinRoom(house, cleo.user, '#a', '');
    expect(ann.heard()).toEqual([':cleo!~cleo@h JOIN #a', ':cleo!~cleo@h AWAY lunch']);
    expect([bob.heard(), cleo.heard()]).toEqual([[':cleo!~cleo@h JOIN #a'], [':cleo!~cleo@h JOIN #a']]);
  });
});

describe('leaving', () => {
  it('is told to everybody there, with the reason', () => {
    const { house, audited, come } = houseStage();
    const [ann, bob] = [come('ann', { rooms: ['#a'] }), come('bob', { face: 'plain', rooms: ['#a'] })];
    ann.heard();
    bob.heard();
    partRoom(house, ann.user, '#A', 'see you');
    expect([ann.heard(), bob.heard()]).toEqual([[':ann!~ann@h PART #a :see you'], ['* ann left a: see you']]);
    partRoom(house, bob.user, '#a', '');
    expect([bob.heard(), ann.heard(), house.findRoom('#a')]).toEqual([['* bob left a'], [], undefined]);
    expect(audited.slice(-2)).toEqual(['part ann a', 'part bob a']);
  });

  it('is refused where one is not, or nobody is', () => {
    const { house, come } = houseStage();
    come('ann', { rooms: ['#a'] });
    const bob = come('bob');
    expect(refusalOf(() => partRoom(house, bob.user, '#A', ''))).toBe('442 #a');
    expect(refusalOf(() => partRoom(house, bob.user, '#none', ''))).toBe('403 #none');
    expect(refusalOf(() => memberRoom(house, bob.user, '__proto__'))).toBe('403 __proto__');
  });

  it('has reasons of so many bytes, cut between characters', () => {
    const { house, come } = houseStage();
    const ann = come('ann', { rooms: ['#a'] });
    ann.heard();
    partRoom(house, ann.user, '#a', `x${'é'.repeat(300)}`);
    expect(ann.heard()).toEqual([`:ann!~ann@h PART #a x${'é'.repeat(149)}`]);
  });
});

describe('throwing somebody out', () => {
  it('is told to everybody there, and who it is too', () => {
    const { house, audited, come } = houseStage();
    const [ann, bob, cleo] = [
      come('ann', { rooms: ['#a'] }),
      come('bob', { rooms: ['#a'] }),
      come('cleo', { face: 'plain', rooms: ['#a'] }),
    ];
    for (const one of [ann, bob, cleo]) one.heard();
    kick(house, ann.user, '#a', 'BOB', '');
    kick(house, ann.user, '#a', 'cleo', 'too loud');
    expect(bob.heard()).toEqual([':ann!~ann@h KICK #a bob ann']);
    expect(cleo.heard()).toEqual(['* ann threw bob out of a: ann', '* ann threw cleo out of a: too loud']);
    expect([bob.user.rooms.size, house.findRoom('#a')!.members.size]).toEqual([0, 1]);
    expect(audited.slice(-2)).toEqual(['kick bob a ann ann', 'kick cleo a ann too loud']);
  });

  it('is for those who run the room, and of those who are in it', () => {
    const { house, come } = houseStage();
    const [ann, bob] = [come('ann', { rooms: ['#a'] }), come('bob', { rooms: ['#a'] })];
    come('eve');
    expect(refusalOf(() => kick(house, bob.user, '#a', 'ann', ''))).toBe('482 #a');
    expect(refusalOf(() => kick(house, ann.user, '#a', 'nobody', ''))).toBe('401 nobody');
    expect(refusalOf(() => kick(house, ann.user, '#a', 'EVE', ''))).toBe('441 eve #a');
    expect(refusalOf(() => kick(house, ann.user, '#b', 'bob', ''))).toBe('403 #b');
  });

  it('may be oneself, which empties the room', () => {
    const { house, come } = houseStage();
    const ann = come('ann', { rooms: ['#a'] });
    kick(house, ann.user, '#a', 'ann', '');
    expect(house.findRoom('#a')).toBeUndefined();
  });
});

describe('an invitation', () => {
  it('is told to who is invited, and opens doors once', () => {
    const { house, come } = houseStage();
    const [ann, eve] = [come('ann', { rooms: ['#a'] }), come('eve', { face: 'plain' })];
    house.findRoom('#a')!.flags.add('i');
    expect(invite(house, ann.user, 'EVE', '#A')).toEqual({ other: eve.user, room: house.findRoom('#a') });
    expect(eve.heard()).toEqual(['* ann invites you to a']);
    join(house, eve.user, '#a');
    partRoom(house, eve.user, '#a', '');
    expect(refusalOf(() => joinRoom(house, eve.user, '#a', ''))).toBe('473 #a');
  });

  it('of one who does not run the room opens nothing', () => {
    const { house, come } = houseStage();
    const [, bob, eve] = [come('ann', { rooms: ['#a'] }), come('bob', { rooms: ['#a'] }), come('eve')];
    invite(house, bob.user, 'eve', '#a');
    expect(eve.heard()).toEqual([':bob!~bob@h INVITE eve #a']);
    house.findRoom('#a')!.flags.add('i');
    expect(refusalOf(() => joinRoom(house, eve.user, '#a', ''))).toBe('473 #a');
    expect(refusalOf(() => invite(house, bob.user, 'eve', '#a'))).toBe('482 #a');
  });

  it('is refused where nobody is called so, they are in, or one is not', () => {
    const { house, come } = houseStage();
    const [ann] = [come('ann', { rooms: ['#a'] }), come('bob', { rooms: ['#a'] })];
    const eve = come('eve');
    expect(refusalOf(() => invite(house, ann.user, 'nobody', '#a'))).toBe('401 nobody');
    expect(refusalOf(() => invite(house, ann.user, 'bob', '#a'))).toBe('443 bob #a');
    expect(refusalOf(() => invite(house, eve.user, 'ann', '#a'))).toBe('442 #a');
    expect(refusalOf(() => invite(house, eve.user, 'ann', '#none'))).toBe('403 #none');
  });

  it('follows who changes their nick, and goes with them', () => {
    const { house, come } = houseStage();
    const [ann, eve] = [come('ann', { rooms: ['#a'] }), come('eve')];
    const room = house.findRoom('#a')!;
    room.flags.add('i');
    invite(house, ann.user, 'eve', '#a');
    rename(house, eve.user, 'eva');
    expect(room.invited.has(eve.user)).toBe(true);
    quit(house, eve.user, '');
    expect(room.invited.size).toBe(0);
    expect(refusalOf(() => joinRoom(house, come('eva').user, '#a', ''))).toBe('473 #a');
  });

  it('goes with its room, which nobody keeps in memory then, and is none for a new room of the name', () => {
    const { house, come } = houseStage();
    const [ann, eve] = [come('ann', { rooms: ['#a'] }), come('eve')];
    invite(house, ann.user, 'eve', '#a');
    partRoom(house, ann.user, '#a', '');
    expect(eve.user.invitations?.size).toBe(0);
    join(house, ann.user, '#a');
    house.findRoom('#a')!.flags.add('i');
    expect(refusalOf(() => joinRoom(house, eve.user, '#a', ''))).toBe('473 #a');
  });

  it('to rooms that are gone keeps nobody from being invited', () => {
    const { house, come } = houseStage();
    const [mallory, ann, eve] = [come('mallory'), come('ann', { rooms: ['#a'] }), come('eve')];
    for (let i = 0; i < 2 * MAX_LIST_LENGTH; i += 1) {
      join(house, mallory.user, `#${i}`);
      invite(house, mallory.user, 'eve', `#${i}`);
      partRoom(house, mallory.user, `#${i}`, '');
    }
    invite(house, ann.user, 'eve', '#a');
    expect([eve.user.invitations?.size, house.findRoom('#a')?.invited.has(eve.user)]).toEqual([1, true]);
  });

  it('is for so many at once in each room', () => {
    const { house, come } = houseStage();
    const ann = come('ann', { rooms: ['#a', '#b'] });
    for (let i = 0; i <= MAX_LIST_LENGTH; i += 1) come(`u${i}`);
    for (let i = 0; i < MAX_LIST_LENGTH; i += 1) invite(house, ann.user, `u${i}`, '#a');
    expect(refusalOf(() => invite(house, ann.user, `u${MAX_LIST_LENGTH}`, '#a'))).toBe('478 #a');
    invite(house, ann.user, 'u0', '#a');
    invite(house, ann.user, `u${MAX_LIST_LENGTH}`, '#b');
    join(house, house.findUser('u0')!, '#a');
    invite(house, ann.user, `u${MAX_LIST_LENGTH}`, '#a');
    expect(house.findRoom('#a')!.invited.size).toBe(MAX_LIST_LENGTH);
  });
});

describe('isSame', () => {
  it.each([
    ['secret', 'secret', true],
    ['secret', 'Secret', false],
    ['secret', 'secre', false],
    ['secret', '', false],
    ['', '', true],
    ['é', 'é', true],
    ['é', 'e\u0301', false],
  ])('of %j and %j is %j', (secret, given, same) => {
    expect(isSame(secret, given)).toBe(same);
  });
});
