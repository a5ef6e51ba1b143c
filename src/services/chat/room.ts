/** A room: who is in it, what it is about, its rules, what was said. */

import { foldIrc } from '../../protocols/irc.ts';
import type { Floor } from './floor.ts';
import type { History } from './history.ts';
import type { User } from './user.ts';

/** What a member may do. */
export interface Membership {
  isOperator: boolean;
  isVoiced: boolean;
}

/** What a room is about. */
export interface Topic {
  readonly text: string;
  /** `nick!user@host` of who set it. */
  readonly by: string;
  /** Unix time in milliseconds. */
  readonly at: number;
}

/** Somebody kept out: `nick!user@host` with `*` and `?`. */
export interface Ban {
  readonly mask: string;
  readonly by: string;
  readonly at: number;
}

/** The modes that are on or off: invitation only, moderated, no messages from outside, secret, topic by operators only. */
export type RoomFlag = 'i' | 'm' | 'n' | 's' | 't';

/** Those of a new room. */
const FIRST_FLAGS: readonly RoomFlag[] = ['n'];

/** What a new room is made with. */
export interface RoomFacts {
  /** `#` in front, as its first member wrote it. */
  readonly name: string;
  readonly at: number;
  readonly history: History;
  readonly floor: Floor<User> | undefined;
}

/** One room. */
export class Room {
  readonly name: string;
  readonly key: string;
  /** Unix time in milliseconds. */
  readonly since: number;
  readonly members = new Map<User, Membership>();
  readonly history: History;
  /** Half-duplex: whose turn it is. */
  readonly floor: Floor<User> | undefined;
  /** Runs while somebody holds the floor. */
  floorTimer: NodeJS.Timeout | undefined;
  readonly flags = new Set<RoomFlag>(FIRST_FLAGS);
  /** By their masks, folded for comparing. */
  readonly bans = new Map<string, Ban>();
  /** Whom its doors are open to once; they know it too. */
  readonly invited = new Set<User>();
  topic: Topic | undefined;
  /** Mode `k`. */
  password: string | undefined;
  /** Mode `l`. */
  limit: number | undefined;

  constructor(facts: RoomFacts) {
    this.name = facts.name;
    this.key = foldIrc(facts.name);
    this.since = facts.at;
    this.history = facts.history;
    this.floor = facts.floor;
  }

  /** The name as plain clients know it, without `#`. */
  get plainName(): string {
    return this.name.slice(1);
  }

  /** Makes it as open as it was when it was new; what it is about and what was said stay. */
  open(): void {
    this.flags.clear();
    for (const flag of FIRST_FLAGS) this.flags.add(flag);
    this.bans.clear();
    this.password = undefined;
    this.limit = undefined;
    for (const user of this.invited) user.invitations?.delete(this);
    this.invited.clear();
  }

  /** May they change the room: its operators, and the server's. */
  isRunBy(user: User): boolean {
    return user.isOperator || this.members.get(user)?.isOperator === true;
  }

  /** May they speak where not everybody may? */
  isTrusted(user: User): boolean {
    return this.isRunBy(user) || this.members.get(user)?.isVoiced === true;
  }

  /** May they speak there, as far as modes and bans go? */
  mayBeSpokenToBy(user: User): boolean {
    if (this.isTrusted(user)) return true;
    const isOutside = this.flags.has('n') && !this.members.has(user);
    return !(isOutside || this.flags.has('m') || this.isBanned(user));
  }

  /** Is there a ban for them? */
  isBanned(user: User): boolean {
    for (const { mask } of this.bans.values()) if (matchesMask(mask, user.source)) return true;
    return false;
  }

  /** May they know that it is there? */
  isVisibleTo(user: User): boolean {
    return !this.flags.has('s') || this.members.has(user) || user.isOperator;
  }

  /** What stands before a member's name: `@`, `+`, both for those who take several, or nothing. */
  prefixOf(user: User, isMultiple: boolean): string {
    const { isOperator = false, isVoiced = false } = this.members.get(user) ?? {};
    if (isMultiple) return `${isOperator ? '@' : ''}${isVoiced ? '+' : ''}`;
    return isOperator ? '@' : isVoiced ? '+' : '';
  }

  /** Its modes with their values, as MODE says them; the key only for members. */
  modes(forMember: boolean): string[] {
    const letters = [...this.flags].sort().join('');
    const values: string[] = [];
    let valued = '';
    if (this.password !== undefined) {
      valued += 'k';
      values.push(forMember ? this.password : '*');
    }
    if (this.limit !== undefined) {
      valued += 'l';
      values.push(String(this.limit));
    }
    return [`+${letters}${valued}`, ...values];
  }
}

/**
 * Does a name match a mask, in which `*` is anything and `?` one character? Takes time in proportion to the product of both lengths
 * at most, whatever the mask.
 *
 * @example matchesMask('*!*@10.0.0.*', 'ann!a@10.0.0.7') // true
 */
export function matchesMask(mask: string, name: string): boolean {
  const pattern = foldIrc(mask);
  const text = foldIrc(name);
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p;
      resume = t;
      p += 1;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p += 1;
      t += 1;
    } else if (star !== -1) {
      resume += 1;
      t = resume;
      p = star + 1;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** Makes a whole mask of what people type: `ann` is `ann!*@*`, `*@host` is `*!*@host`. */
export function wholeMask(text: string): string {
  const at = text.indexOf('@');
  const mark = text.indexOf('!');
  if (mark !== -1) return at > mark ? text : `${text}@*`;
  return at === -1 ? `${text}!*@*` : `*!${text}`;
}
