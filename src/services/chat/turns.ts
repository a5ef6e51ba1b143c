/** Half-duplex in a room: whose turn it is as people come, speak, pass the floor and go (floor.ts has the rule). */

import type { House } from './house.ts';
import { ChatRefusal } from './refusal.ts';
import type { Room } from './room.ts';
import type { User } from './user.ts';

/** What gives the floor to the others, besides an empty line: a line that says just this. */
const OVER = /^\s*over[.!]?\s*$/i;

/** Somebody came: the first is the host, and begins; with the second the conversation starts. */
export function memberCame(house: House, room: Room, user: User): void {
  const { floor, members } = room;
  if (!floor) return;
  if (members.size === 1) floor.startWith(user);
  else if (members.size === 2) tellTurn(house, room, members.keys());
  else tellTurn(house, room, [user]);
  // Whoever comes later gives nobody more time.
  if (members.size === 2) startTimer(house, room);
}

/** Somebody left: nobody waits for them; who is alone begins. */
export function memberLeft(house: House, room: Room, user: User): void {
  const { floor, members } = room;
  if (!floor) return;
  const hadFloor = floor.holder === user;
  floor.left(user);
  const [first] = members.keys();
  if (first && members.size === 1) floor.startWith(first);
  else if (hadFloor) tellTurn(house, room, members.keys());
  if (hadFloor || members.size < 2) startTimer(house, room);
}

/**
 * Is it their turn?
 *
 * @throws ChatRefusal where it is not: it says whose
 */
export function checkTurn(room: Room, user: User): void {
  const { floor, members } = room;
  if (!floor || !members.has(user)) return;
  if (members.size === 1) throw outOfTurn(room, 'Nobody else is here yet; you speak first');
  if (!floor.mayTurn(user)) throw outOfTurn(room, `Not your turn: ${turnText(room)}`);
}

function outOfTurn(room: Room, text: string): ChatRefusal {
  return new ChatRefusal('404', [room.name], `${text} (your line was not sent)`, room.name);
}

/** They spoke; where they keep the floor until they say so, `over` says so. */
export function turnTaken(house: House, room: Room, user: User, text: string): void {
  const { floor } = room;
  if (!floor || !room.members.has(user)) return;
  floor.spoke(user);
  if (floor.isHeldOn && OVER.test(text)) passFloor(house, room, user);
  else startTimer(house, room);
}

/** They give the floor to the others; nothing where it is not theirs. True where this was a floor to be given. */
export function passFloor(house: House, room: Room, user: User): boolean {
  const { floor, members } = room;
  if (!floor?.isHeldOn || floor.holder !== user || members.size < 2) return false;
  floor.pass(user);
  tellTurn(house, room, members.keys());
  startTimer(house, room);
  return true;
}

function startTimer(house: House, room: Room): void {
  clearTimeout(room.floorTimer);
  const holder = room.floor?.isHeldOn ? room.floor.holder : undefined;
  if (!holder || room.members.size < 2) return;
  room.floorTimer = setTimeout(() => passFloor(house, room, holder), house.rules.floorTimeoutMs);
}

function tellTurn(house: House, room: Room, users: Iterable<User>): void {
  house.notice(`Half-duplex: ${turnText(room)}`, users, room.name);
}

function turnText({ floor, members }: Room): string {
  const turn = floor?.turnOf(members.keys()) ?? [];
  const [first] = turn;
  if (first && turn.length === 1) return `it is ${first.nick}'s turn`;
  return 'it is the turn of anybody else who speaks first';
}
