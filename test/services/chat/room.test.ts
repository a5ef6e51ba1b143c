import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesMask, type RoomFlag, wholeMask } from '../../../src/services/chat/room.ts';
import { houseStage } from './house-stage.ts';

describe('matchesMask', () => {
  it.each([
    ['*!*@10.0.0.*', 'ann!a@10.0.0.7', true],
    ['*!*@10.0.0.*', 'ann!a@10.0.1.7', false],
    ['ANN!*@*', 'ann!a@h', true],
    ['a?n!*@*', 'ann!a@h', true],
    ['a?n!*@*', 'an!a@h', false],
    ['*', '', true],
    ['***', '', true],
    ['', '', true],
    ['', 'a', false],
    ['?', '', false],
    ['a*', 'a', true],
    ['*a*b*c', 'xaybzc', true],
    ['*a*b*c', 'xaybz', false],
    ['[a-z]*', 'ann', false],
    ['a.c', 'abc', false],
    ['a\\*', 'a*', false],
    ['*ab', 'aab', true],
    ['__proto__!*', '__proto__!x@h', true],
  ])('%j and %j: %j', (mask, name, isMatch) => {
    expect(matchesMask(mask, name)).toBe(isMatch);
  });

  it('agrees with a regular expression that is made of the mask', () => {
    const letters = fc.constantFrom('a', 'b', 'B', '!', '@', '.', '^', '[', '\\');
    const mask = fc.array(fc.oneof(letters, fc.constantFrom('*', '?')), { maxLength: 12 });
    const name = fc.array(letters, { maxLength: 12 });
    fc.assert(
      fc.property(mask, name, (parts, characters) => {
        const source = parts
          .map((one) => (one === '*' ? '[^]*' : one === '?' ? '[^]' : one.replace(/[\\^$.[\]]/, '\\$&')))
          .join('');
        const text = characters.join('');
        expect(matchesMask(parts.join(''), text)).toBe(new RegExp(`^${source}$`, 'i').test(text));
      }),
    );
  });

  it.each([
    ['*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(110)],
    [`*${'?'.repeat(60)}b`, 'a'.repeat(110)],
    [`*${'a'.repeat(60)}b`, 'a'.repeat(110)],
    [`${'*?'.repeat(60)}b`, 'a'.repeat(110)],
    ['*'.repeat(120), 'a'.repeat(110)],
    [`${'*'.repeat(119)}b`, 'a'.repeat(110)],
    [`*${'ab'.repeat(50)}c*`, 'ab'.repeat(55)],
  ])('takes steps in proportion to both lengths at most: %s', (mask, name) => {
    let steps = 0;
    /** Text that counts how often one of its characters is looked at; folding it leaves it as it is. */
    const counted = (text: string): string =>
      new Proxy([...text], {
        get(target, key) {
          if (key === 'replace') return () => counted(text);
          if (key !== 'length') steps += 1;
          return Reflect.get(target, key);
        },
      }) as unknown as string;
    expect(matchesMask(counted(mask), counted(name))).toBe(matchesMask(mask, name));
    expect(steps).toBeGreaterThan(0);
    // Each step looks at four characters at most.
    expect(steps).toBeLessThanOrEqual(4 * (mask.length + 1) * (name.length + 1));
  });
});

describe('wholeMask', () => {
  it.each([
    ['ann', 'ann!*@*'],
    ['*@host', '*!*@host'],
    ['~a@10.0.0.7', '*!~a@10.0.0.7'],
    ['ann!a', 'ann!a@*'],
    ['ann!a@host', 'ann!a@host'],
    ['*!*@*', '*!*@*'],
    ['a@b!c', 'a@b!c@*'],
    ['*', '*!*@*'],
  ])('of %j is %j', (text, mask) => {
    expect(wholeMask(text)).toBe(mask);
  });
});

describe('a room', () => {
  it.each([
    [false, false, '', ''],
    [false, true, '+', '+'],
    [true, false, '@', '@'],
    [true, true, '@', '@+'],
  ])('puts before a member who is an operator (%j) and voiced (%j) %j, or %j', (isOperator, isVoiced, one, all) => {
    const { house, come } = houseStage();
    const { user } = come('ann', { rooms: ['#a'] });
    const room = house.findRoom('#A')!;
    room.members.set(user, { isOperator, isVoiced });
    expect([room.prefixOf(user, false), room.prefixOf(user, true)]).toEqual([one, all]);
    expect([room.isRunBy(user), room.isTrusted(user)]).toEqual([isOperator, isOperator || isVoiced]);
    expect(room.prefixOf(come('eve').user, true)).toBe('');
  });

  it('tells its modes, and its key to members only', () => {
    const { house, come } = houseStage();
    come('ann', { rooms: ['#a'] });
    const room = house.findRoom('#a')!;
    expect(room.modes(true)).toEqual(['+n']);
    for (const flag of ['t', 's', 'i'] satisfies RoomFlag[]) room.flags.add(flag);
    room.password = 'secret';
    room.limit = 20;
    expect(room.modes(true)).toEqual(['+instkl', 'secret', '20']);
    expect(room.modes(false)).toEqual(['+instkl', '*', '20']);
    room.flags.clear();
    room.password = undefined;
    expect(room.modes(false)).toEqual(['+l', '20']);
  });

  it('is seen where it is secret by its members and operators of the server only', () => {
    const { house, come } = houseStage();
    const [ann, eve] = [come('ann', { rooms: ['#a'] }), come('eve')];
    const room = house.findRoom('#a')!;
    expect(room.isVisibleTo(eve.user)).toBe(true);
    room.flags.add('s');
    expect([room.isVisibleTo(ann.user), room.isVisibleTo(eve.user)]).toEqual([true, false]);
    eve.user.isOperator = true;
    expect([room.isVisibleTo(eve.user), room.isRunBy(eve.user)]).toEqual([true, true]);
  });

  it('knows whom a ban means, whatever they are called now', () => {
    const { house, come } = houseStage();
    const { user } = come('Ann', { rooms: ['#a'] });
    const room = house.findRoom('#a')!;
    expect(room.isBanned(user)).toBe(false);
    room.bans.set('x', { mask: 'ANN!*@*', by: '', at: 0 });
    expect(room.isBanned(user)).toBe(true);
    user.nick = 'anna';
    expect(room.isBanned(user)).toBe(false);
    room.bans.set('y', { mask: '*!~ann@h', by: '', at: 0 });
    expect(room.isBanned(user)).toBe(true);
  });
});
