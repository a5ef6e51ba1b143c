import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Floor } from '../../../src/services/chat/floor.ts';

const BOTH = ['ann', 'bob'];
const ALL = ['ann', 'bob', 'cleo'];

describe('a floor by turns', () => {
  it('is the host at first, then whoever did not speak last', () => {
    const floor = new Floor<string>('turns');
    floor.startWith('ann');
    expect([floor.isHeldOn, floor.holder, floor.turnOf(ALL)]).toEqual([false, 'ann', ['ann']]);
    floor.spoke('ann');
    expect([floor.holder, floor.turnOf(ALL)]).toEqual([undefined, ['bob', 'cleo']]);
    floor.spoke('cleo');
    expect(floor.turnOf(ALL)).toEqual(['ann', 'bob']);
  });

  it('is exactly one of two, and never the one who spoke last', () => {
    fc.assert(
      fc.property(fc.constantFrom(...BOTH), fc.array(fc.constantFrom(...BOTH)), (host, speakers) => {
        const floor = new Floor<string>('turns');
        floor.startWith(host);
        let last: string | undefined;
        for (const speaker of speakers) {
          const turn = floor.turnOf(BOTH);
          expect(turn).toHaveLength(1);
          expect(turn).not.toContain(last);
          if (!floor.mayTurn(speaker)) continue;
          floor.spoke(speaker);
          last = speaker;
        }
      }),
    );
  });

  it('is anybody who is left when the one who spoke last goes', () => {
    const floor = new Floor<string>('turns');
    floor.startWith('ann');
    floor.spoke('ann');
    floor.left('ann');
    expect(floor.turnOf(['bob', 'cleo'])).toEqual(['bob', 'cleo']);
  });

  it('is anybody when the host goes before a word', () => {
    const floor = new Floor<string>('turns');
    floor.startWith('ann');
    floor.left('ann');
    expect([floor.holder, floor.turnOf(['bob', 'cleo'])]).toEqual([undefined, ['bob', 'cleo']]);
  });

  it('is as it was when somebody goes whose turn it is not', () => {
    const floor = new Floor<string>('turns');
    floor.startWith('ann');
    floor.left('bob');
    expect(floor.turnOf(['ann', 'cleo'])).toEqual(['ann']);
    floor.spoke('ann');
    floor.left('bob');
    expect(floor.turnOf(['ann', 'cleo'])).toEqual(['cleo']);
  });

  it('begins anew with whoever is left alone', () => {
    const floor = new Floor<string>('turns');
    floor.startWith('ann');
    floor.spoke('ann');
    floor.left('bob');
    floor.startWith('ann');
    expect(floor.turnOf(['ann', 'dora'])).toEqual(['ann']);
    floor.spoke('ann');
    floor.startWith('dora');
    floor.left('dora');
    expect(floor.turnOf(['ann', 'eve'])).toEqual(['ann', 'eve']);
  });
});

describe('a floor that is held', () => {
  it('stays with whoever speaks, until it is passed', () => {
    const floor = new Floor<string>('hold');
    floor.startWith('ann');
    floor.spoke('ann');
    floor.spoke('ann');
    expect([floor.isHeldOn, floor.holder, floor.turnOf(ALL)]).toEqual([true, 'ann', ['ann']]);
    floor.pass('ann');
    expect([floor.holder, floor.turnOf(ALL)]).toEqual([undefined, ['bob', 'cleo']]);
    floor.spoke('cleo');
    expect([floor.holder, floor.turnOf(ALL)]).toEqual(['cleo', ['cleo']]);
  });

  it('is free when its holder goes, and when the one goes who passed it', () => {
    const floor = new Floor<string>('hold');
    floor.startWith('ann');
    floor.left('ann');
    expect(floor.turnOf(['bob', 'cleo'])).toEqual(['bob', 'cleo']);
    floor.spoke('bob');
    floor.pass('bob');
    floor.left('bob');
    expect(floor.turnOf(['cleo', 'bob'])).toEqual(['cleo', 'bob']);
  });
});

describe('a floor of either rule', () => {
  it('is somebody’s among any two, whoever comes, speaks, passes and goes', () => {
    const act = fc.record({
      kind: fc.constantFrom('speak', 'pass', 'leave', 'come'),
      who: fc.constantFrom(...ALL),
    });
    fc.assert(
      fc.property(fc.constantFrom('turns' as const, 'hold' as const), fc.array(act), (rule, acts) => {
        const floor = new Floor<string>(rule);
        const members = new Set(['ann']);
        floor.startWith('ann');
        for (const { kind, who } of acts) {
          if (kind === 'come' && !members.has(who)) {
            members.add(who);
            if (members.size === 1) floor.startWith(who);
          } else if (kind === 'leave' && members.delete(who)) {
            floor.left(who);
            const [first] = members;
            if (first !== undefined && members.size === 1) floor.startWith(first);
          } else if (kind === 'speak' && members.has(who) && members.size > 1 && floor.mayTurn(who)) floor.spoke(who);
          else if (kind === 'pass' && floor.holder === who && members.size > 1) floor.pass(who);
          if (members.size === 0) continue;
          // At most one has to wait for the others, or all but one.
          const count = floor.turnOf(members).length;
          expect(count).toBeGreaterThan(0);
          if (floor.holder === undefined) expect(count).toBeGreaterThanOrEqual(members.size - 1);
          else expect([floor.turnOf(members), members.has(floor.holder)]).toEqual([[floor.holder], true]);
        }
      }),
    );
  });
});
