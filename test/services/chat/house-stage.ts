/** A chat house and people in it, without connections: what they hear is kept. */

import { joinRoom } from '../../../src/services/chat/attendance.ts';
import { NO_AUDIT } from '../../../src/services/chat/audit.ts';
import { House, type HouseRules } from '../../../src/services/chat/house.ts';
import type { ChatLink } from '../../../src/services/chat/link.ts';
import { enter } from '../../../src/services/chat/presence.ts';
import { ChatRefusal } from '../../../src/services/chat/refusal.ts';
import type { Room } from '../../../src/services/chat/room.ts';
import { memberCame } from '../../../src/services/chat/turns.ts';
import type { FaceName, User } from '../../../src/services/chat/user.ts';

/** A server as it is without options, but for flood control. */
export const RULES: HouseRules = {
  floor: undefined,
  floorTimeoutMs: 60_000,
  capacity: Number.POSITIVE_INFINITY,
  history: 200,
  flood: undefined,
  floodIsForAll: false,
  password: undefined,
  operatorPassword: undefined,
  motd: undefined,
  pingTimeoutMs: 120_000,
};

/** A house, and what was written down about it. */
export interface HouseStage {
  readonly house: House;
  readonly audited: readonly string[];
  /** Lets somebody in, and into rooms. */
  come(nick: string, how?: Coming): Person;
}

/** How somebody comes. */
export interface Coming {
  readonly face?: FaceName;
  readonly caps?: readonly string[];
  readonly rooms?: readonly string[];
}

/** Somebody, and what they heard. */
export interface Person {
  readonly user: User;
  /** What they heard since this was asked last, line by line. */
  heard(): string[];
}

/** Makes a house. */
export function houseStage(rules: Partial<HouseRules> = {}, draining = new AbortController().signal): HouseStage {
  const audited: string[] = [];
  const audit = {
    ...NO_AUDIT,
    write: (event: string, { nick }: { nick: string }, more = {}) =>
      void audited.push([event, nick, ...Object.values(more)].join(' ')),
  };
  const house = new House({ ...RULES, ...rules }, audit, draining);
  return { house, audited, come: (nick, how = {}) => comeIn(house, nick, how) };
}

function comeIn(house: House, nick: string, { face = 'irc', caps = [], rooms = [] }: Coming): Person {
  let heard = '';
  const link = {
    give(bytes: Buffer): boolean {
      heard += bytes.toString();
      return false;
    },
  } as unknown as ChatLink;
  const user = enter(house, {
    nick,
    username: `~${nick}`,
    host: 'h',
    realname: nick,
    face,
    isSecure: false,
    link,
    caps: new Set(caps),
    at: house.now(),
  });
  for (const name of rooms) join(house, user, name);
  return {
    user,
    heard() {
      const lines = heard.split(/\r?\n/).slice(0, -1);
      heard = '';
      return lines;
    },
  };
}

/** Joins as both faces do. */
export function join(house: House, user: User, name: string, key = ''): Room {
  const room = joinRoom(house, user, name, key);
  if (room) memberCame(house, room, user);
  return house.findRoom(name)!;
}

/** The number of the refusal that a call ends in; fails where it does not. */
export function refusalOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof ChatRefusal) return [error.numeric, ...error.params].join(' ');
    throw error;
  }
  throw new Error('nothing was refused');
}
