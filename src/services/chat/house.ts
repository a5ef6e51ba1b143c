/** A chat server's whole state: who is there, which rooms there are, and how a thing is told to many. */

import { setMaxListeners } from 'node:events';
import { foldIrc } from '../../protocols/irc.ts';
import type { AuditLog } from './audit.ts';
import type { FloodRate } from './flood.ts';
import { Floor, type FloorRule } from './floor.ts';
import { History } from './history.ts';
import { FAREWELL, INTRODUCE_MS, LENGTHS, LOBBY, MAX_ALL_ROOMS, SERVER_NAME } from './limits.ts';
import type { ChatLink } from './link.ts';
import { Outgoing, type Telling } from './outgoing.ts';
import { REFUSALS } from './refusal.ts';
import { Room } from './room.ts';
import { UnansweredList } from './unanswered.ts';
import type { User } from './user.ts';

/** How a chat server behaves. */
export interface HouseRules {
  /** Half-duplex rooms, by this rule; undefined is full duplex. */
  readonly floor: FloorRule | undefined;
  /** How long the floor is held without a word, in milliseconds. */
  readonly floorTimeoutMs: number;
  /** Members a room takes at most. */
  readonly capacity: number;
  /** Messages a room remembers. */
  readonly history: number;
  /** What a client may say; undefined is no limit. */
  readonly flood: FloodRate | undefined;
  /** Is flood control also for clients of this machine? */
  readonly floodIsForAll: boolean;
  readonly password: string | undefined;
  readonly operatorPassword: string | undefined;
  /** Lines of the message of the day; undefined is none. */
  readonly motd: readonly string[] | undefined;
  /** Silence after which a client is gone, in milliseconds. */
  readonly pingTimeoutMs: number;
  /** Origins that the chat page has besides its own, behind a proxy; `*` is any. */
  readonly webOrigins?: readonly string[];
}

/** Somebody's session, as the house needs it. */
export interface Guest {
  readonly link: ChatLink;
  /** Set once they have introduced themselves. */
  readonly user: User | undefined;
  /** Asks whether they are still there; false where that was found out at once, and is to be asked again the next time. */
  ping(): boolean;
  /** Sends them away. */
  close(reason: string): void;
  /** Sends them away because the server is going. */
  farewell(text: string): void;
}

/** What is known of how somebody is there. */
interface Watch {
  /** In milliseconds of `performance.now`. */
  readonly since: number;
  /** A ping is under way. */
  isAsked: boolean;
}

/** How often in a ping timeout everybody is looked at. */
const LOOKS_PER_TIMEOUT = 8;
/** At most this often, in milliseconds. */
const MAX_LOOK_MS = 15_000;

/** One chat server. */
export class House {
  readonly rules: HouseRules;
  readonly audit: AuditLog;
  /** Unix time in milliseconds. */
  readonly since = Date.now();
  readonly users = new Map<string, User>();
  readonly rooms = new Map<string, Room>();
  /** The most users at once. */
  mostUsers = 0;
  /** Aborts when the server drains. */
  readonly draining: AbortSignal;
  /** Whose system does not answer. */
  readonly unanswered = new UnansweredList();
  readonly #guests = new Map<Guest, Watch>();
  readonly #pressed = new Set<ChatLink>();
  #watch: NodeJS.Timeout | undefined;
  #ids = 0;
  #lastAt = 0;

  constructor(rules: HouseRules, audit: AuditLog, draining: AbortSignal) {
    this.rules = rules;
    this.audit = audit;
    this.draining = draining;
    // Everybody whose first line is waited for listens to it.
    setMaxListeners(0, draining);
    draining.addEventListener('abort', () => {
      for (const guest of this.#guests.keys()) guest.farewell(FAREWELL);
    });
    this.#makeRoom(LOBBY);
  }

  /** Connections, introduced or not. */
  get connections(): number {
    return this.#guests.size;
  }

  /** Unix time in milliseconds, never going back. */
  now(): number {
    this.#lastAt = Math.max(this.#lastAt, Date.now());
    return this.#lastAt;
  }

  /** A name for a message, unique on this server and after its restart. */
  newId(): string {
    this.#ids += 1;
    return `${this.since.toString(36)}-${this.#ids.toString(36)}`;
  }

  /** Who has this nick. */
  findUser(nick: string): User | undefined {
    return this.users.get(foldIrc(nick));
  }

  /** The room of this name, `#` in front. */
  findRoom(name: string): Room | undefined {
    return this.rooms.get(foldIrc(name));
  }

  /** As `findRoom`; a secret room is not there for who is not in it. */
  findVisibleRoom(name: string, user: User): Room | undefined {
    const room = this.findRoom(name);
    return room?.isVisibleTo(user) ? room : undefined;
  }

  /** The room of this name, made where it is not there. @throws ChatRefusal where there are too many */
  openRoom(name: string): Room {
    const room = this.findRoom(name);
    if (room) return room;
    if (this.rooms.size >= MAX_ALL_ROOMS) throw REFUSALS.tooManyRooms(name);
    return this.#makeRoom(name);
  }

  /** Forgets a room that nobody is in; the lobby stays, with its topic and history, but for nobody to be locked out of. */
  closeIfEmpty(room: Room): void {
    if (room.members.size > 0) return;
    clearTimeout(room.floorTimer);
    room.open();
    if (room.key !== LOBBY) this.rooms.delete(room.key);
  }

  /** The first free nick of `ann`, `ann2`, `ann3` … */
  freeNick(nick: string): string {
    for (let i = 2; ; i += 1) {
      const candidate = `${nick.slice(0, LENGTHS.nick - String(i).length)}${i}`;
      if (!this.findUser(candidate)) return candidate;
    }
  }

  /** Tells everybody of them but one; who lags is remembered, for whoever is speaking to wait. */
  tell(outgoing: Outgoing, users: Iterable<User>, except?: User): void {
    // While all are sent away, nobody needs to hear of each other's leaving.
    if (this.draining.aborted) return;
    for (const user of users) {
      if (user !== except && user.receive(outgoing)) this.#pressed.add(user.link);
    }
  }

  /** Tells one user what somebody says to them alone. */
  deliver(outgoing: Outgoing, user: User): void {
    if (!this.draining.aborted && user.deliver(outgoing)) this.#pressed.add(user.link);
  }

  /** Tells something that happened now. */
  announce(telling: Omit<Telling, 'at'>, users: Iterable<User>, except?: User): void {
    this.tell(new Outgoing({ at: this.now(), ...telling }), users, except);
  }

  /** Tells users something in the server's own words. */
  notice(text: string, users: Iterable<User>, target?: string): void {
    for (const user of users) {
      this.announce({ lines: [`:${SERVER_NAME} NOTICE ${target ?? user.nick} :${text}`], plain: `* ${text}` }, [user]);
    }
  }

  /** Who lagged since this was last asked. */
  takePressed(): ChatLink[] {
    if (this.#pressed.size === 0) return [];
    const all = [...this.#pressed];
    this.#pressed.clear();
    return all;
  }

  /** Everybody who shares a room with them, without themselves. */
  roommates(user: User): Set<User> {
    const all = new Set<User>();
    for (const room of user.rooms.values()) for (const member of room.members.keys()) all.add(member);
    all.delete(user);
    return all;
  }

  /** Watches over a guest until `forget`: who is silent for too long is asked, then sent away. */
  welcome(guest: Guest): void {
    this.#guests.set(guest, { since: performance.now(), isAsked: false });
    const { pingTimeoutMs } = this.rules;
    this.#watch ??= setInterval(() => this.#look(), Math.min(pingTimeoutMs / LOOKS_PER_TIMEOUT, MAX_LOOK_MS));
  }

  /** A guest is gone. */
  forget(guest: Guest): void {
    this.#guests.delete(guest);
    if (this.#guests.size > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  /** Sends somebody away. */
  sendAway(user: User, reason: string): void {
    for (const guest of this.#guests.keys()) if (guest.link === user.link) guest.close(reason);
  }

  #look(): void {
    const { pingTimeoutMs } = this.rules;
    const now = performance.now();
    for (const [guest, watch] of this.#guests) {
      const silence = guest.link.isHeld ? 0 : now - guest.link.heardAt;
      if (!guest.user && now - watch.since > INTRODUCE_MS) guest.close('You have not introduced yourself in time');
      else if (silence >= pingTimeoutMs) guest.close(`Ping timeout: ${Math.round(pingTimeoutMs / 1_000)} seconds`);
      else if (silence < pingTimeoutMs / 2) watch.isAsked = false;
      else if (!watch.isAsked) watch.isAsked = guest.ping();
    }
  }

  #makeRoom(name: string): Room {
    const { floor, history } = this.rules;
    const room = new Room({
      name,
      at: this.now(),
      history: new History(history),
      floor: floor && new Floor<User>(floor),
    });
    this.rooms.set(room.key, room);
    return room;
  }
}
