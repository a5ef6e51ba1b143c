/** A client that speaks plain lines, such as somebody with nc: its first line is its nick, then it talks. */

import { isUtf8 } from 'node:buffer';
import type { Line } from '../../../stream/lines.ts';
import { printable } from '../../../stream/printable.ts';
import { isSame, joinRoom } from '../attendance.ts';
import { Bucket } from '../flood.ts';
import type { Guest, House } from '../house.ts';
import type { GuestFacts } from '../irc/session.ts';
import { isNick, LOBBY, MAX_PLAIN_BYTES } from '../limits.ts';
import type { ChatLink, LinkHandler } from '../link.ts';
import { enter, quit } from '../presence.ts';
import { ChatRefusal, REFUSALS } from '../refusal.ts';
import type { Room } from '../room.ts';
import { sayInRoom } from '../speech.ts';
import { cleaned } from '../text.ts';
import { memberCame, passFloor } from '../turns.ts';
import type { User } from '../user.ts';
import { runSlash } from './slash.ts';

const NO_CAPS: ReadonlySet<string> = new Set();
/** Passwords a client may try. */
const MAX_PASSWORDS = 3;

/** One plain client. */
export class PlainSession implements LinkHandler, Guest {
  readonly house: House;
  readonly link: ChatLink;
  readonly #facts: GuestFacts;
  readonly #bucket: Bucket | undefined;
  #nick: string | undefined;
  #passwords = 0;
  #user: User | undefined;
  /** The room joined last that they are still in; the other rooms before it. */
  #current: Room | undefined;

  constructor(house: House, link: ChatLink, facts: GuestFacts) {
    this.house = house;
    this.link = link;
    this.#facts = facts;
    const { flood } = house.rules;
    if (flood && !facts.isTrusted) this.#bucket = new Bucket(flood, performance.now());
  }

  /** Have they introduced themselves? */
  get user(): User | undefined {
    return this.#user;
  }

  /** Where what they type goes. */
  get room(): Room | undefined {
    const { rooms } = this.#user ?? {};
    if (this.#current && rooms?.has(this.#current.key)) return this.#current;
    return [...(rooms?.values() ?? [])].at(-1);
  }

  onLine(line: Line): number {
    try {
      this.#take(line);
    } catch (error) {
      if (!(error instanceof ChatRefusal)) throw error;
      this.refuse(error);
    }
    for (const slow of this.house.takePressed()) this.link.waitFor(slow);
    return this.#bucket?.take(1, performance.now()) ?? 0;
  }

  onEnd(): void {
    if (this.#user) quit(this.house, this.#user, 'has hung up');
    this.link.finish();
  }

  onGone(reason: string): void {
    if (this.#user) quit(this.house, this.#user, reason);
  }

  onOver(): void {
    this.house.forget(this);
  }

  /** Nobody with nc could answer; their system does: TCP asks it by itself, or has just told it something. */
  ping(): boolean {
    const { place } = this.#facts;
    if (!place || !this.house.unanswered.has(place)) this.link.heardAt = performance.now();
    return false;
  }

  close(reason: string): void {
    if (this.#user) quit(this.house, this.#user, reason);
    this.say(`goodbye: ${reason}`);
    this.link.finish();
  }

  farewell(text: string): void {
    this.close(text);
  }

  /** Makes what comes wait longer than a line does. */
  charge(tokens: number): void {
    this.#bucket?.take(tokens, performance.now());
  }

  /** Tells them something, in the server's words. */
  say(text: string): void {
    this.link.give(Buffer.from(`* ${printable(text)}\n`));
  }

  /** Tells them what they cannot do. */
  refuse({ params, message }: ChatRefusal): void {
    const about = params.map((one) => one.replace(/^#/, '')).join(' ');
    this.say(about === '' ? message : `${about}: ${message}`);
  }

  /** Lets them into a room, or makes one they are in the current one. @throws ChatRefusal */
  enterRoom(name: string, key = ''): void {
    const user = this.#user;
    if (!user) return;
    const room = joinRoom(this.house, user, name, key);
    this.#current = this.house.findRoom(name);
    if (!room) return;
    this.tellRoom(room);
    memberCame(this.house, room, user);
  }

  /** Who is in a room, and what it is about. */
  tellRoom(room: Room): void {
    const names = [...room.members.keys()].map((member) => `${room.prefixOf(member, false)}${member.nick}`);
    this.say(`in ${room.plainName}: ${names.join(' ')}`);
    if (room.topic) this.say(`topic of ${room.plainName}: ${room.topic.text}`);
  }

  #take(line: Line): void {
    if (line.isTooLong) {
      this.say(`too long, not sent: a line has at most ${MAX_PLAIN_BYTES} bytes`);
      return;
    }
    if (!isUtf8(line.bytes)) {
      this.say('not UTF-8, not sent');
      return;
    }
    const text = line.bytes.toString('utf8');
    if (this.#user) this.#talk(this.#user, text);
    else if (this.#nick === undefined) this.#takeNick(text.trim());
    else this.#takePassword(text);
  }

  #takeNick(text: string): void {
    if (text === '') this.say('your nick?');
    else if (!isNick(text)) this.refuse(REFUSALS.badNick());
    else {
      this.#nick = text;
      if (this.house.rules.password === undefined) this.#enter(text);
      else this.say('password?');
    }
  }

  #takePassword(text: string): void {
    const { password = '' } = this.house.rules;
    if (isSame(password, text)) {
      this.#enter(this.#nick ?? '');
      return;
    }
    this.#passwords += 1;
    this.house.audit.write('bad-password', { nick: this.#nick ?? '', host: this.#facts.host, face: 'plain' });
    if (this.#passwords < MAX_PASSWORDS) this.say('wrong password; password?');
    else this.close('wrong password');
  }

  #enter(wanted: string): void {
    const { house, link } = this;
    const nick = house.findUser(wanted) ? house.freeNick(wanted) : wanted;
    const { host, isSecure } = this.#facts;
    const facts = {
      nick,
      username: '~plain',
      host,
      realname: nick,
      face: 'plain',
      isSecure,
      link,
      caps: NO_CAPS,
      at: house.now(),
    } as const;
    this.#user = enter(house, facts);
    if (nick !== wanted) this.say(`${wanted} is in use, you are ${nick}`);
    this.enterRoom(LOBBY);
  }

  #talk(user: User, text: string): void {
    if (text.startsWith('/') && !text.startsWith('//')) {
      runSlash(this, user, text);
      return;
    }
    const words = text.startsWith('//') ? text.slice(1) : text;
    const { room } = this;
    if (!room) {
      this.say('you are in no room: /join ROOM');
      return;
    }
    if (words.trim() === '') passFloor(this.house, room, user);
    else sayInRoom(this.house, user, room, { command: 'PRIVMSG', text: cleaned(words) });
  }
}
