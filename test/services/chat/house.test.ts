import { afterEach, describe, expect, it, vi } from 'vitest';
import { partRoom } from '../../../src/services/chat/attendance.ts';
import type { Guest, House } from '../../../src/services/chat/house.ts';
import { FAREWELL, INTRODUCE_MS, LOBBY } from '../../../src/services/chat/limits.ts';
import type { ChatLink } from '../../../src/services/chat/link.ts';
import { changeModes } from '../../../src/services/chat/modes.ts';
import { Outgoing } from '../../../src/services/chat/outgoing.ts';
import { enter, quit } from '../../../src/services/chat/presence.ts';
import { setTopic } from '../../../src/services/chat/topics.ts';
import type { User } from '../../../src/services/chat/user.ts';
import { houseStage, join } from './house-stage.ts';

afterEach(() => vi.useRealTimers());

describe('the lobby of a house', () => {
  it('is there from the start, and stays when it is empty, with its topic', () => {
    const { house, come } = houseStage();
    const lobby = house.findRoom(LOBBY)!;
    const { user } = come('ann', { rooms: ['#Lobby'] });
    setTopic(house, user, LOBBY, 'Welcome');
    quit(house, user, '');
    expect([house.rooms.size, house.findRoom(LOBBY), lobby.topic?.text]).toEqual([1, lobby, 'Welcome']);
  });

  it('is open to all again when it is empty, whatever who ran it made of it', () => {
    const { house, come } = houseStage();
    const lobby = house.findRoom(LOBBY)!;
    const mallory = come('mallory', { rooms: [LOBBY] });
    const words = ['+imstklb-n', 'key', '1', '*!*@*'];
    changeModes(house, mallory.user, lobby, words, (refusal) => expect.unreachable(refusal.message));
    expect(lobby.modes(true)).toEqual(['+imstkl', 'key', '1']);
    partRoom(house, mallory.user, LOBBY, '');
    expect([lobby.modes(true), lobby.bans.size]).toEqual([['+n'], 0]);
    const ann = come('ann');
    expect([join(house, ann.user, LOBBY), lobby.isRunBy(ann.user)]).toEqual([lobby, true]);
  });
});

describe('other rooms of a house', () => {
  it('go with their last member, and with them what was said', () => {
    const { house, come } = houseStage();
    const [ann, bob] = [come('ann', { rooms: ['#a'] }), come('bob', { rooms: ['#a'] })];
    const room = house.findRoom('#A');
    partRoom(house, ann.user, '#a', '');
    expect(house.findRoom('#a')).toBe(room);
    quit(house, bob.user, '');
    expect([house.findRoom('#a'), house.rooms.size]).toEqual([undefined, 1]);
    join(house, ann.user, '#a');
    expect(house.findRoom('#a')).not.toBe(room);
  });
});

describe('a free nick', () => {
  it('has the first number that is free', () => {
    const { house, come } = houseStage();
    expect(house.freeNick('ann')).toBe('ann2');
    for (const nick of ['ANN2', 'ann3', 'ann5']) come(nick);
    expect(house.freeNick('ann')).toBe('ann4');
  });

  it('is no longer than nicks are', () => {
    const { house, come } = houseStage();
    const nick = 'x'.repeat(30);
    for (let i = 2; i < 10; i += 1) come(house.freeNick(nick));
    expect(house.findUser(`${'x'.repeat(29)}9`)).toBeDefined();
    expect(house.freeNick(nick)).toBe(`${'x'.repeat(28)}10`);
  });

  it.each(['__proto__', 'constructor'])('is found for %s, too', (nick) => {
    const { house, come } = houseStage();
    come(nick);
    expect(house.freeNick(nick)).toBe(`${nick}2`);
  });
});

describe('names and times of a house', () => {
  it('never repeat, and never go back', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { house } = houseStage();
    const before = house.now();
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(house.now()).toBe(before);
    vi.setSystemTime(before + 5);
    expect(house.now()).toBe(before + 5);
    const ids = Array.from({ length: 1_000 }, () => house.newId());
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every((id) => /^\w+-\w+$/.test(id))).toBe(true);
  });
});

describe('telling many', () => {
  it('reaches each of them but one, and remembers who lags until that is asked', () => {
    const { house, come } = houseStage();
    const [ann, bob, cleo] = [come('ann'), come('bob'), come('cleo')];
    vi.spyOn(bob.user.link, 'give').mockReturnValue(true);
    vi.spyOn(cleo.user.link, 'give').mockReturnValue(true);
    house.tell(new Outgoing({ lines: ['X'], plain: 'x', at: 0 }), [ann.user, bob.user, cleo.user], cleo.user);
    expect([ann.heard(), house.takePressed(), house.takePressed()]).toEqual([['X'], [bob.user.link], []]);
  });

  it('is over when the house closes', () => {
    const stop = new AbortController();
    const { house, come } = houseStage({}, stop.signal);
    const ann = come('ann');
    stop.abort();
    house.notice('hello', [ann.user]);
    expect(ann.heard()).toEqual([]);
  });

  it('knows who shares a room with somebody, each once', () => {
    const { house, come } = houseStage();
    const ann = come('ann', { rooms: ['#a', '#b'] });
    const bob = come('bob', { rooms: ['#b', '#a'] });
    const cleo = come('cleo', { rooms: ['#b'] });
    come('eve', { rooms: ['#c'] });
    expect([...house.roommates(ann.user)]).toEqual([bob.user, cleo.user]);
    expect(house.roommates(come('alone').user).size).toBe(0);
  });
});

/** A guest whose silence a test makes. */
class FakeGuest implements Guest {
  readonly told: string[] = [];
  readonly link = { isHeld: false, heardAt: performance.now() } as unknown as ChatLink & { isHeld: boolean };
  user: User | undefined;

  constructor(house: House, nick?: string) {
    if (nick !== undefined) this.user = introduce(house, nick, this.link);
    house.welcome(this);
  }

  /** Does the answer to a ping come by itself? */
  isWaiting = true;

  ping = (): boolean => {
    this.told.push('ping');
    return this.isWaiting;
  };
  close = (reason: string): void => void this.told.push(reason);
  farewell = (text: string): void => void this.told.push(`farewell: ${text}`);
}

function introduce(house: House, nick: string, link: ChatLink): User {
  const facts = {
    username: 'u',
    host: 'h',
    realname: '',
    face: 'irc',
    isSecure: false,
    caps: new Set<string>(),
  } as const;
  return enter(house, { ...facts, nick, link, at: 0 });
}

describe('the watch of a house', () => {
  const fakeTime = (): void =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });

  it('asks who is silent for half the ping timeout, once, and sends them away at its end', () => {
    fakeTime();
    const { house } = houseStage({ pingTimeoutMs: 8_000 });
    const guest = new FakeGuest(house, 'ann');
    vi.advanceTimersByTime(3_999);
    expect(guest.told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(guest.told).toEqual(['ping']);
    vi.advanceTimersByTime(3_999);
    expect(guest.told).toEqual(['ping']);
    vi.advanceTimersByTime(1);
    expect(guest.told).toEqual(['ping', 'Ping timeout: 8 seconds']);
  });

  it('asks again in the next silence, and leaves those alone who speak', () => {
    fakeTime();
    const { house } = houseStage({ pingTimeoutMs: 8_000 });
    const [quiet, busy] = [new FakeGuest(house, 'ann'), new FakeGuest(house, 'bob')];
    for (let i = 0; i < 12; i += 1) {
      busy.link.heardAt = performance.now();
      if (i % 6 === 5) quiet.link.heardAt = performance.now();
      vi.advanceTimersByTime(1_000);
    }
    expect([quiet.told, busy.told]).toEqual([['ping', 'ping'], []]);
  });

  it('does not hold against anybody that they are held themselves', () => {
    fakeTime();
    const { house } = houseStage({ pingTimeoutMs: 8_000 });
    const guest = new FakeGuest(house, 'ann');
    guest.link.isHeld = true;
    vi.advanceTimersByTime(60_000);
    expect(guest.told).toEqual([]);
  });

  it('sends those away who do not introduce themselves, however much they say', () => {
    fakeTime();
    const { house } = houseStage({ pingTimeoutMs: 8_000 });
    const [guest, introduced] = [new FakeGuest(house), new FakeGuest(house, 'ann')];
    for (let i = 0; i < INTRODUCE_MS / 1_000; i += 1) {
      guest.link.heardAt = performance.now();
      introduced.link.heardAt = performance.now();
      vi.advanceTimersByTime(1_000);
    }
    expect(guest.told).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect([guest.told, introduced.told]).toEqual([['You have not introduced yourself in time'], []]);
  });

  it('asks again each time it looks where the answer is known at once, until it is good or time is up', () => {
    fakeTime();
    const { house } = houseStage({ pingTimeoutMs: 8_000 });
    const [back, gone] = [new FakeGuest(house, 'ann'), new FakeGuest(house, 'bob')];
    for (const guest of [back, gone]) guest.isWaiting = false;
    vi.advanceTimersByTime(6_000);
    back.link.heardAt = performance.now();
    vi.advanceTimersByTime(2_000);
    expect(back.told).toEqual(['ping', 'ping', 'ping']);
    expect(gone.told).toEqual(['ping', 'ping', 'ping', 'ping', 'Ping timeout: 8 seconds']);
    for (const guest of [back, gone]) house.forget(guest);
  });

  it('runs while there are guests, and no longer', () => {
    fakeTime();
    const { house } = houseStage();
    expect([vi.getTimerCount(), house.connections]).toEqual([0, 0]);
    const guests = [new FakeGuest(house), new FakeGuest(house)];
    expect([vi.getTimerCount(), house.connections]).toEqual([1, 2]);
    for (const guest of guests) house.forget(guest);
    house.forget(guests[0]!);
    expect([vi.getTimerCount(), house.connections]).toEqual([0, 0]);
    house.welcome(guests[0]!);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('sends one user away, by their connection', () => {
    const { house } = houseStage();
    const [ann, bob] = [new FakeGuest(house, 'ann'), new FakeGuest(house, 'bob')];
    house.sendAway(ann.user!, 'why');
    house.sendAway(introduce(house, 'cleo', {} as ChatLink), 'why');
    expect([ann.told, bob.told]).toEqual([['why'], []]);
    for (const guest of [ann, bob]) house.forget(guest);
  });

  it('says goodbye to all guests when the house closes, and to each once', () => {
    const stop = new AbortController();
    const { house } = houseStage({}, stop.signal);
    const [ann, newcomer, gone] = [new FakeGuest(house, 'ann'), new FakeGuest(house), new FakeGuest(house, 'bob')];
    house.forget(gone);
    stop.abort();
    stop.abort();
    const goodbye = [`farewell: ${FAREWELL}`];
    expect([ann.told, newcomer.told, gone.told]).toEqual([goodbye, goodbye, []]);
    for (const guest of [ann, newcomer]) house.forget(guest);
  });
});
