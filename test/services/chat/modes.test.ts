import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LIST_LENGTH, MAX_MODE_CHANGES } from '../../../src/services/chat/limits.ts';
import { asksForBans, changeModes } from '../../../src/services/chat/modes.ts';
import type { Room } from '../../../src/services/chat/room.ts';
import { type HouseStage, houseStage, type Person } from './house-stage.ts';

interface ModeStage extends HouseStage {
  readonly ann: Person;
  readonly bob: Person;
  readonly room: Room;
  /** What Ann, the operator, or somebody else changes: what the room hears of it, without the sender, and the refusals. */
  change(words: string, who?: Person): { told: string[]; refused: string[] };
}

/** Ann runs #a, Bob is in it. */
function modeStage(): ModeStage {
  const stage = houseStage();
  const [ann, bob] = [stage.come('ann', { rooms: ['#a'] }), stage.come('bob', { rooms: ['#a'] })];
  const room = stage.house.findRoom('#a')!;
  return {
    ...stage,
    ann,
    bob,
    room,
    change(words, who = ann) {
      const refused: string[] = [];
      bob.heard();
      changeModes(stage.house, who.user, room, words.split(' '), ({ numeric, params }) =>
        refused.push([numeric, ...params].join(' ')),
      );
      return { told: bob.heard().map((line) => line.replace(/^:\S+ MODE #a /, '')), refused };
    },
  };
}

const told = (...lines: string[]) => ({ told: lines, refused: [] });
const refused = (...lines: string[]) => ({ told: [], refused: lines });

describe('flags of a room', () => {
  it.each(['i', 'm', 's', 't'])('%s is set once and taken off once', (letter) => {
    const { change, room } = modeStage();
    expect(change(`+${letter}`)).toEqual(told(`+${letter}`));
    expect(room.modes(false)[0]).toContain(letter);
    expect(change(`+${letter}`)).toEqual(told());
    expect(change(`-${letter}`)).toEqual(told(`-${letter}`));
    expect(change(letter)).toEqual(told(`+${letter}`));
  });

  it('n is on from the start', () => {
    const { change, room } = modeStage();
    expect(change('+n')).toEqual(told());
    expect(change('-n')).toEqual(told('-n'));
    expect(room.modes(false)).toEqual(['+']);
  });
});

describe('ranks in a room', () => {
  it.each(['o', 'v'])('%s is given and taken, by nick', (letter) => {
    const { change, room, bob } = modeStage();
    const rank = letter === 'o' ? 'isOperator' : 'isVoiced';
    expect(change(`+${letter} BOB`)).toEqual(told(`+${letter} bob`));
    expect(room.members.get(bob.user)?.[rank]).toBe(true);
    expect(change(`+${letter} bob`)).toEqual(told());
    expect(change(`-${letter} bob`)).toEqual(told(`-${letter} bob`));
    expect(room.members.get(bob.user)?.[rank]).toBe(false);
  });

  it.each([
    ['+o', '461 MODE'],
    ['+o nobody', '401 nobody'],
    ['-v __proto__', '401 __proto__'],
    ['+o eve', '441 eve #a'],
  ])('refuses %s with %s', (words, refusal) => {
    const { change, come } = modeStage();
    come('eve');
    expect(change(words)).toEqual(refused(refusal));
  });

  it('ends with the rank of whoever changes: what stands behind -o ann is not theirs any more', () => {
    const { change, room } = modeStage();
    expect(change('+vs-o+tt bob ann')).toEqual({ told: ['+vs-o bob ann'], refused: ['482 #a'] });
    expect(room.flags.has('t')).toBe(false);
  });
});

describe('bans of a room', () => {
  it('are whole masks, which are told as they count', () => {
    const { change, room } = modeStage();
    expect(change('+b eve')).toEqual(told('+b eve!*@*'));
    expect(change('+bb *@bad.example mal!x')).toEqual(told('+bb *!*@bad.example mal!x@*'));
    expect([...room.bans.values()].map(({ mask, by }) => [mask, by])).toEqual([
      ['eve!*@*', 'ann!~ann@h'],
      ['*!*@bad.example', 'ann!~ann@h'],
      ['mal!x@*', 'ann!~ann@h'],
    ]);
    expect(change('-b eve')).toEqual(told('-b eve!*@*'));
    expect(change('-b nobody')).toEqual(told());
    expect(room.bans.size).toBe(2);
  });

  it('are the same however they are capitalized', () => {
    const { change, room } = modeStage();
    change('+b Eve');
    expect(change('+b EVE!*@*')).toEqual(told());
    expect(change('-b eve')).toEqual(told('-b Eve!*@*'));
    expect(room.bans.size).toBe(0);
  });

  it('are not changed by asking for them', () => {
    const { change } = modeStage();
    expect(change('+b')).toEqual(told());
    expect(change('+sb')).toEqual(told('+s'));
    expect([['b'], ['+b'], ['-b'], ['+b', 'x'], ['+bb'], ['+s'], []].map(asksForBans)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it.each([':x', `${'x'.repeat(119)}`, `${'é'.repeat(60)}`, 'a\tb', ''])('refuse %j', (mask) => {
    expect(modeStage().change(`+b ${mask}`)).toEqual(refused('696 #a b *'));
  });

  it('are so many at most, and one may go for another', () => {
    const { change, room } = modeStage();
    for (let i = 0; i < MAX_LIST_LENGTH; i += 1) change(`+b x${i}`);
    expect(room.bans.size).toBe(MAX_LIST_LENGTH);
    expect(change('+b more')).toEqual(refused('478 #a more!*@*'));
    expect(change('-b+b x0 more')).toEqual(told('-b+b x0!*@* more!*@*'));
  });
});

describe('the key of a room', () => {
  it('is set, replaced and taken off', () => {
    const { change, room } = modeStage();
    expect(change('+k secret')).toEqual(told('+k secret'));
    expect(change('+k other')).toEqual(told('+k other'));
    expect(room.password).toBe('other');
    // Whatever is said to be the key.
    expect(change('-k wrong')).toEqual(told('-k *'));
    expect(room.password).toBeUndefined();
    expect(change('-k')).toEqual(told());
  });

  it.each([
    ['+k', '461 MODE'],
    ['+k a,b', '696 #a k *'],
    ['+k :x', '696 #a k *'],
    ['+k é', '696 #a k *'],
    [`+k ${'x'.repeat(33)}`, '696 #a k *'],
    ['+k \x01', '696 #a k *'],
  ])('refuses %j', (words, refusal) => {
    const { change, room } = modeStage();
    expect(change(words)).toEqual(refused(refusal));
    expect(room.password).toBeUndefined();
  });
});

describe('the limit of a room', () => {
  it('is set, changed and taken off', () => {
    const { change, room } = modeStage();
    expect(change('+l 20')).toEqual(told('+l 20'));
    expect(change('+l 020')).toEqual(told());
    expect(change('+l 021')).toEqual(told('+l 21'));
    expect(room.limit).toBe(21);
    expect(change('-l')).toEqual(told('-l'));
    expect(change('-l')).toEqual(told());
    expect(room.limit).toBeUndefined();
  });

  it.each(['0', '-1', '1.5', '1e3', '0x10', '1000000', 'many', 'NaN'])('refuses %s', (value) => {
    expect(modeStage().change(`+l ${value}`)).toEqual(refused(`696 #a l ${value}`));
  });

  it('needs a number to be set, and takes none to be taken off', () => {
    const { change } = modeStage();
    expect(change('+l')).toEqual(refused('461 MODE'));
    change('+l 20');
    expect(change('-lo bob')).toEqual(told('-l'));
    expect(change('+l 20')).toEqual(told('+l 20'));
    expect(change('-lv bob')).toEqual(told('-l'));
  });
});

describe('a change of modes', () => {
  it('is told in one line, with each sign once', () => {
    expect(modeStage().change('+s+t-n+o+v bob bob')).toEqual(told('+st-n+ov bob bob'));
  });

  it('does what it can, and refuses the rest', () => {
    const { change } = modeStage();
    expect(change('+sxo-y+lt nobody 5')).toEqual({
      told: ['+slt 5'],
      refused: ['472 x', '401 nobody', '472 y'],
    });
  });

  it('is refused once to who may not, and nobody hears of it', () => {
    const { change, bob, come, room } = modeStage();
    expect(change('+stio bob', bob)).toEqual(refused('482 #a'));
    expect(change('+st', come('eve'))).toEqual(refused('482 #a'));
    expect(room.modes(true)).toEqual(['+n']);
  });

  it('may be made by an operator of the server', () => {
    const { change, come } = modeStage();
    const root = come('root');
    root.user.isOperator = true;
    expect(change('+o bob', root)).toEqual(told('+o bob'));
  });

  it('takes so many with values, and leaves the others out', () => {
    const { change, room } = modeStage();
    const masks = Array.from({ length: 9 }, (_, i) => `x${i}`).join(' ');
    change(`+bbbbbbbbbs ${masks}`);
    expect([room.bans.size, room.flags.has('s')]).toEqual([MAX_MODE_CHANGES, true]);
  });

  it('is told in several lines where one would be too long', () => {
    const { change } = modeStage();
    const masks = Array.from({ length: 6 }, (_, i) => `${i}${'x'.repeat(100)}`);
    const lines = change(`+sbbbbbb ${masks.join(' ')}`).told;
    expect(lines.map((line) => line.replace(/x{100}!\*@\*/g, ''))).toEqual(['+sbbbb 0 1 2 3', '+bb 4 5']);
    const head = ':ann!~ann@h MODE #a ';
    for (const line of lines) expect(head.length + line.length).toBeLessThanOrEqual(510);
  });

  it('is heard by plain clients in words', () => {
    const { change, come } = modeStage();
    const cleo = come('cleo', { face: 'plain', rooms: ['#a'] });
    cleo.heard();
    change('+s+v bob');
    expect(cleo.heard()).toEqual(['* ann sets +sv bob in a']);
  });

  it('never throws, and leaves a room that can tell its modes, whatever is asked', () => {
    const letters = fc.array(fc.constantFrom(...'+-biklmnostvxé\x01 '), { maxLength: 30 });
    const values = fc.array(fc.oneof(fc.constantFrom('ann', 'bob', '5', 'key'), fc.string({ maxLength: 10 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(letters, values, (some, words) => {
        const { change, room, ann } = modeStage();
        change([some.join(''), ...words].join(' '));
        expect(room.modes(true)[0]).toMatch(/^\+i?m?n?s?t?k?l?$/);
        expect(room.members.has(ann.user)).toBe(true);
        expect(room.bans.size).toBeLessThanOrEqual(MAX_MODE_CHANGES);
      }),
    );
  });

  it('reads so many letters and no more', () => {
    const { change, room } = modeStage();
    expect(change('x'.repeat(4_000)).refused).toHaveLength(50);
    change(`${'+-'.repeat(2_000)}+${'s'.repeat(60)}t`);
    expect([room.flags.has('s'), room.flags.has('t')]).toEqual([true, false]);
  });
});
