/** Somebody who takes part, whatever they use. */

import { foldIrc } from '../../protocols/irc.ts';
import type { ChatLink } from './link.ts';
import { DIALECTS, type Outgoing, type TaggedLine } from './outgoing.ts';
import type { Room } from './room.ts';

/** How somebody is connected. */
export type FaceName = 'irc' | 'plain' | 'web';

/** What is known of somebody when they come in. */
export interface Introduction {
  readonly nick: string;
  readonly username: string;
  readonly host: string;
  readonly realname: string;
  readonly face: FaceName;
  readonly isSecure: boolean;
  readonly link: ChatLink;
  /** What their client understands beyond the basics; may change later. */
  readonly caps: ReadonlySet<string>;
  /** Unix time in milliseconds. */
  readonly at: number;
}

/** A user. */
export class User {
  readonly username: string;
  readonly host: string;
  readonly face: FaceName;
  readonly isSecure: boolean;
  readonly link: ChatLink;
  /** When they came, Unix time in milliseconds. */
  readonly since: number;
  realname: string;
  /** Why they are away; undefined where they are not. */
  away: string | undefined;
  isInvisible = false;
  /** An operator of the whole server. */
  isOperator = false;
  /** When they last said something, Unix time in milliseconds. */
  spokeAt: number;
  readonly rooms = new Map<string, Room>();
  /** Rooms they are invited to, which know it too; undefined where there never was one. */
  invitations: Set<Room> | undefined;
  /** What their client understands beyond the basics. */
  readonly caps: ReadonlySet<string>;
  /** How their client hears; follows from `caps`. */
  dialect: number = DIALECTS.irc;
  /** What they get instead of having it sent, while a labelled command is answered. */
  captured: TaggedLine[] | undefined;
  #nick: string;
  #source: string;

  constructor(facts: Introduction) {
    this.#nick = facts.nick;
    this.username = facts.username;
    this.host = facts.host;
    this.realname = facts.realname;
    this.face = facts.face;
    this.isSecure = facts.isSecure;
    this.link = facts.link;
    this.caps = facts.caps;
    this.since = facts.at;
    this.spokeAt = facts.at;
    this.setDialect();
    this.#source = this.#makeSource();
  }

  get nick(): string {
    return this.#nick;
  }

  set nick(nick: string) {
    this.#nick = nick;
    this.#source = this.#makeSource();
  }

  /** The nick, folded for comparing. */
  get key(): string {
    return foldIrc(this.#nick);
  }

  /** `nick!user@host`. */
  get source(): string {
    return this.#source;
  }

  /** Are their own messages sent back to them? */
  get hearsThemselves(): boolean {
    return this.caps.has('echo-message');
  }

  /** Follows a change of `caps`. */
  setDialect(): void {
    if (this.face === 'plain') this.dialect = DIALECTS.plain;
    else
      this.dialect =
        (this.caps.has('server-time') ? DIALECTS.serverTime : 0) |
        (this.caps.has('message-tags') ? DIALECTS.messageTags : 0);
  }

  /** Gives them what is told; true where too much waits for them already. */
  receive(outgoing: Outgoing): boolean {
    if (!this.captured) return this.deliver(outgoing);
    this.captured.push(...outgoing.tagged(this.dialect));
    return false;
  }

  /** As `receive`, of what is said to them: never part of an answer, not even where they say it to themselves. */
  deliver(outgoing: Outgoing): boolean {
    const bytes = outgoing.bytes(this.dialect);
    return bytes.length > 0 && this.link.give(bytes);
  }

  #makeSource(): string {
    return `${this.#nick}!${this.username}@${this.host}`;
  }
}
