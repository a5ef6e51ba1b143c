import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { partRoom } from '../../../src/services/chat/attendance.ts';
import { quit, rename } from '../../../src/services/chat/presence.ts';
import { sayInRoom } from '../../../src/services/chat/speech.ts';
import { passFloor } from '../../../src/services/chat/turns.ts';
import { houseStage, join, type Person, refusalOf } from './house-stage.ts';

const ROOM = '#a';

/** A half-duplex house with people in #a, who come one after the other. */
function turnStage(floor: 'turns' | 'hold', ...nicks: string[]) {
  const { house, come } = houseStage({ floor, floorTimeoutMs: 1_000 });
  const people = nicks.map((nick) => come(nick, { rooms: [ROOM] }));
  const say = (person: Person, text = 'hi'): void =>
    sayInRoom(house, person.user, house.findRoom(ROOM)!, { command: 'PRIVMSG', text });
  return {
    house,
    people,
    come,
    say,
    room: house.findRoom(ROOM)!,
    turn: () =>
      house
        .findRoom(ROOM)!
        .floor!.turnOf(house.findRoom(ROOM)!.members.keys())
        .map(({ nick }) => nick),
  };
}

/** The notices among what somebody heard. */
const notices = (person: Person): string[] =>
  person
    .heard()
    .filter((line) => line.includes(' NOTICE '))
    .map((line) => line.replace(/^:chat\.nettk NOTICE #a :/, ''));

const fakeTimers = (): void => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
afterEach(() => vi.useRealTimers());

describe('a half-duplex room, by turns', () => {
  it('lets the host speak first, then the other, and so on', () => {
    const { people, say } = turnStage('turns', 'ann', 'bob');
    const [ann, bob] = people as [Person, Person];
    expect(refusalOf(() => say(bob))).toBe('404 #a');
    say(ann);
    expect(refusalOf(() => say(ann))).toBe('404 #a');
    say(bob);
    expect(refusalOf(() => say(bob))).toBe('404 #a');
    say(ann);
  });

  it('says whose turn it is, when the second comes, to each later one, and to who is refused', () => {
    const { people, say, come } = turnStage('turns', 'ann', 'bob');
    const [ann, bob] = people as [Person, Person];
    expect([notices(ann), notices(bob)]).toEqual([
      ["Half-duplex: it is ann's turn"],
      ["Half-duplex: it is ann's turn"],
    ]);
    const cleo = come('cleo', { rooms: [ROOM] });
    expect([notices(ann), notices(cleo)]).toEqual([[], ["Half-duplex: it is ann's turn"]]);
    expect(() => say(bob)).toThrow("Not your turn: it is ann's turn (your line was not sent)");
    say(ann);
    expect(() => say(ann)).toThrow('Not your turn: it is the turn of anybody else who speaks first');
  });

  it('lets nobody speak to nobody', () => {
    const { people, say } = turnStage('turns', 'ann');
    expect(() => say(people[0]!)).toThrow('Nobody else is here yet; you speak first');
  });

  it('keeps the order through a change of nick', () => {
    const { people, say, house, turn } = turnStage('turns', 'ann', 'bob');
    say(people[0]!);
    rename(house, people[0]!.user, 'anna');
    expect([turn(), refusalOf(() => say(people[0]!))]).toEqual([['bob'], '404 #a']);
  });

  it('has nothing to pass', () => {
    const { people, house, room, turn } = turnStage('turns', 'ann', 'bob');
    expect(passFloor(house, room, people[0]!.user)).toBe(false);
    expect(turn()).toEqual(['ann']);
  });

  it('begins anew where all were gone, in the lobby too', () => {
    const { house, come } = houseStage({ floor: 'turns' });
    for (const name of ['#lobby', ROOM]) {
      const [ann, bob] = [come('ann', { rooms: [name] }), come('bob', { rooms: [name] })];
      sayInRoom(house, ann.user, house.findRoom(name)!, { command: 'PRIVMSG', text: 'hi' });
      quit(house, ann.user, '');
      quit(house, bob.user, '');
      const [cleo, dora] = [come('cleo', { rooms: [name] }), come('dora', { rooms: [name] })];
      expect(house.findRoom(name)!.floor!.turnOf(house.findRoom(name)!.members.keys())).toEqual([cleo.user]);
      quit(house, cleo.user, '');
      quit(house, dora.user, '');
    }
  });

  it('lets exactly one of two speak, whoever comes and goes; where a third has gone, one at least', () => {
    const act = fc.record({
      kind: fc.constantFrom('speak', 'join', 'part', 'quit'),
      who: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const { house, come } = houseStage({ floor: 'turns' });
        const people = ['ann', 'bob', 'cleo', 'dora'].map((nick) => come(nick));
        let isThroughThree = false;
        for (const { kind, who } of acts) {
          const { user } = people[who]!;
          const room = house.findRoom(ROOM);
          const isIn = room?.members.has(user) === true;
          if (kind === 'join' && (room?.members.size ?? 0) < 3) join(house, user, ROOM);
          else if (kind === 'part' && isIn) partRoom(house, user, ROOM, '');
          else if (kind === 'quit') {
            quit(house, user, '');
            people[who] = come(['ann', 'bob', 'cleo', 'dora'][who]!);
          } else if (kind === 'speak' && room && isIn && room.members.size > 1 && room.floor!.mayTurn(user)) {
            sayInRoom(house, user, room, { command: 'PRIVMSG', text: 'hi' });
          }
          const now = house.findRoom(ROOM);
          const count = now?.members.size ?? 0;
          const turn = now?.floor?.turnOf(now.members.keys()).length ?? 0;
          // Of three, the one who has the turn, or who waits, may have gone: then both of the others may begin.
          if (count < 2) isThroughThree = false;
          if (count > 2) isThroughThree = true;
          if (count === 1) expect(turn).toBe(1);
          if (count === 2) expect(isThroughThree ? [1, 2] : [1]).toContain(turn);
          if (count === 3) expect(turn).toBeGreaterThan(0);
        }
      }),
    );
  });
});

describe('a half-duplex room whose floor is held', () => {
  it('is theirs who speak until they say over, leave a line empty, or go', () => {
    const { people, say, turn, house, room } = turnStage('hold', 'ann', 'bob', 'cleo');
    const [ann, bob, cleo] = people as [Person, Person, Person];
    say(ann);
    say(ann, 'more');
    expect([turn(), refusalOf(() => say(bob))]).toEqual([['ann'], '404 #a']);
    say(ann, ' Over. ');
    expect([turn(), refusalOf(() => say(ann))]).toEqual([['bob', 'cleo'], '404 #a']);
    say(bob);
    expect(passFloor(house, room, ann.user)).toBe(false);
    expect(passFloor(house, room, bob.user)).toBe(true);
    expect(turn()).toEqual(['ann', 'cleo']);
    say(cleo);
    partRoom(house, cleo.user, ROOM, '');
    expect(turn()).toEqual(['ann', 'bob']);
  });

  it.each(['over', 'OVER', 'over.', 'over!', '  over  '])('is passed by %j', (text) => {
    const { people, say, turn } = turnStage('hold', 'ann', 'bob');
    say(people[0]!, text);
    expect(turn()).toEqual(['bob']);
  });

  it.each(['over?', 'overt', 'over and out', 'it is over', ''])('is not passed by %j', (text) => {
    const { people, say, turn } = turnStage('hold', 'ann', 'bob');
    say(people[0]!, text);
    expect(turn()).toEqual(['ann']);
  });

  it('is told of to all when it is free', () => {
    const { people, say, house } = turnStage('hold', 'ann', 'bob', 'cleo');
    const [ann, bob, cleo] = people as [Person, Person, Person];
    say(ann);
    for (const one of people) one.heard();
    quit(house, ann.user, 'bye');
    expect([notices(bob), notices(cleo)]).toEqual([
      ['Half-duplex: it is the turn of anybody else who speaks first'],
      ['Half-duplex: it is the turn of anybody else who speaks first'],
    ]);
  });

  it('is free after the time of silence, which each word begins anew', () => {
    fakeTimers();
    const { people, say, turn } = turnStage('hold', 'ann', 'bob');
    const [ann] = people as [Person, Person];
    vi.advanceTimersByTime(999);
    say(ann);
    vi.advanceTimersByTime(999);
    expect(turn()).toEqual(['ann']);
    vi.advanceTimersByTime(1);
    expect(turn()).toEqual(['bob']);
    vi.advanceTimersByTime(1_000_000);
    expect(turn()).toEqual(['bob']);
  });

  it('is not held longer because others come and go', () => {
    fakeTimers();
    const { people, say, turn, come, house } = turnStage('hold', 'ann', 'bob');
    say(people[0]!);
    for (let i = 0; i < 4; i += 1) {
      vi.advanceTimersByTime(240);
      quit(house, come('eve', { rooms: [ROOM] }).user, '');
    }
    expect(turn()).toEqual(['ann']);
    vi.advanceTimersByTime(40);
    expect(turn()).toEqual(['bob']);
  });

  it('is whose who is alone, for as long as it takes', () => {
    fakeTimers();
    const { people, turn, house, come } = turnStage('hold', 'ann', 'bob');
    quit(house, people[0]!.user, '');
    vi.advanceTimersByTime(1_000_000);
    expect([turn(), vi.getTimerCount()]).toEqual([['bob'], 0]);
    come('cleo', { rooms: [ROOM] });
    vi.advanceTimersByTime(1_000);
    expect(turn()).toEqual(['cleo']);
  });

  it('leaves no timer when the room is empty', () => {
    fakeTimers();
    const { people, say, house } = turnStage('hold', 'ann', 'bob');
    say(people[0]!);
    for (const { user } of people) quit(house, user, '');
    expect([house.findRoom(ROOM), vi.getTimerCount()]).toEqual([undefined, 0]);
  });
});

describe('a full-duplex room', () => {
  it('has no turns', () => {
    const { house, come } = houseStage();
    const ann = come('ann', { rooms: [ROOM] });
    const room = house.findRoom(ROOM)!;
    expect([room.floor, passFloor(house, room, ann.user)]).toEqual([undefined, false]);
    for (let i = 0; i < 3; i += 1) sayInRoom(house, ann.user, room, { command: 'PRIVMSG', text: 'hi' });
    expect(notices(ann)).toEqual([]);
  });
});
