/** The rooms a client is in and who else is, as the server has told it. */

import { foldIrc } from './irc.ts';

/** Members that are remembered of one room: a server may tell of as many as it likes. */
const MAX_MEMBERS = 10_000;
const MAX_ROOMS = 1_000;

/** Rooms by their names without `#`, members by their nicks. */
export class RoomList {
  readonly #rooms = new Map<string, { readonly name: string; readonly members: Map<string, string> }>();

  /** Their names, the one joined last at the end. */
  get names(): string[] {
    return [...this.#rooms.values()].map(({ name }) => name);
  }

  /** Are we in it? */
  has(room: string): boolean {
    return this.#rooms.has(foldIrc(room));
  }

  /** We came into a room. */
  enter(room: string): void {
    if (this.#rooms.size < MAX_ROOMS) this.#rooms.set(foldIrc(room), { name: room, members: new Map() });
  }

  /** We are out of it. */
  leave(room: string): void {
    this.#rooms.delete(foldIrc(room));
  }

  /** Somebody is in a room. */
  add(room: string, nick: string): void {
    const members = this.#rooms.get(foldIrc(room))?.members;
    if (members && members.size < MAX_MEMBERS) members.set(foldIrc(nick), nick);
  }

  /** Somebody is not in it any more. */
  remove(room: string, nick: string): void {
    this.#rooms.get(foldIrc(room))?.members.delete(foldIrc(nick));
  }

  /** Somebody has another nick, or, without one, is gone; the rooms they were in. */
  rename(nick: string, to: string | undefined): string[] {
    const found = [...this.#rooms.values()].filter(({ members }) => members.delete(foldIrc(nick)));
    if (to !== undefined) for (const { members } of found) members.set(foldIrc(to), to);
    return found.map(({ name }) => name);
  }

  /** Who is in a room. */
  members(room: string): string[] {
    return [...(this.#rooms.get(foldIrc(room))?.members.values() ?? [])];
  }
}
