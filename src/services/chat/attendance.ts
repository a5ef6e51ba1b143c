/** Who is in a room: joining, leaving, being thrown out, being invited. */

import { timingSafeEqual } from 'node:crypto';
import { formatIrc } from '../../protocols/irc.ts';
import { shorten } from '../../protocols/irc-text.ts';
import type { House } from './house.ts';
import { isRoomName, LENGTHS, MAX_LIST_LENGTH, MAX_ROOMS } from './limits.ts';
import { REFUSALS } from './refusal.ts';
import type { Room } from './room.ts';
import { memberLeft } from './turns.ts';
import type { User } from './user.ts';

/**
 * Lets somebody into a room; nothing happens where they are in already. Everybody there is told, they themselves too.
 *
 * @returns the room; undefined where they were in it
 * @throws ChatRefusal where they may not
 */
export function joinRoom(house: House, user: User, name: string, key: string): Room | undefined {
  if (!isRoomName(name)) throw REFUSALS.badRoomName(name);
  const known = house.findRoom(name);
  if (known?.members.has(user)) return undefined;
  if (user.rooms.size >= MAX_ROOMS) throw REFUSALS.tooManyRooms(name);
  if (known) checkEntry(house, known, user, key);
  const room = known ?? house.openRoom(name);
  room.members.set(user, { isOperator: room.members.size === 0, isVoiced: false });
  user.rooms.set(room.key, room);
  user.invitations?.delete(room);
  room.invited.delete(user);
  house.audit.write('join', user, { room: room.plainName });
  const lines = [formatIrc({ source: user.source, command: 'JOIN', params: [room.name] })];
  house.announce({ lines, plain: `* ${user.nick} joined ${room.plainName}` }, room.members.keys());
  if (user.away !== undefined) tellAway(house, user, room);
  return room;
}

/** Tells the room that who just came is away (away-notify). */
function tellAway(house: House, user: User, room: Room): void {
  const lines = [formatIrc({ source: user.source, command: 'AWAY', params: [user.away ?? ''] })];
  const others = [...room.members.keys()].filter(({ caps }) => caps.has('away-notify'));
  house.announce({ lines, plain: '' }, others, user);
}

function checkEntry(house: House, room: Room, user: User, key: string): void {
  const { size } = room.members;
  if (size >= house.rules.capacity) throw REFUSALS.full(room.name);
  // An invitation opens every door but a full one.
  if (user.isOperator || room.invited.has(user)) return;
  if (room.limit !== undefined && size >= room.limit) throw REFUSALS.full(room.name);
  if (room.flags.has('i')) throw REFUSALS.inviteOnly(room.name);
  if (room.isBanned(user)) throw REFUSALS.banned(room.name);
  if (room.password !== undefined && !isSame(room.password, key)) throw REFUSALS.badKey(room.name);
}

/** Compares secrets without telling by its time how much of them is right. */
export function isSame(secret: string, given: string): boolean {
  const [a, b] = [Buffer.from(secret), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Lets somebody out of a room; everybody there is told, they themselves too. @throws ChatRefusal */
export function partRoom(house: House, user: User, name: string, reason: string): void {
  const room = memberRoom(house, user, name);
  const text = shorten(reason, LENGTHS.reason);
  const lines = [
    formatIrc({ source: user.source, command: 'PART', params: text === '' ? [room.name] : [room.name, text] }),
  ];
  const why = text === '' ? '' : `: ${text}`;
  house.announce({ lines, plain: `* ${user.nick} left ${room.plainName}${why}` }, room.members.keys());
  house.audit.write('part', user, { room: room.plainName });
  leaveRoom(house, user, room);
}

/** Takes somebody out of a room without a word. */
export function leaveRoom(house: House, user: User, room: Room): void {
  room.members.delete(user);
  user.rooms.delete(room.key);
  memberLeft(house, room, user);
  house.closeIfEmpty(room);
}

/** Throws somebody out. @throws ChatRefusal where one may not, or the other is not there */
export function kick(house: House, user: User, name: string, nick: string, reason: string): void {
  const room = memberRoom(house, user, name);
  if (!room.isRunBy(user)) throw REFUSALS.notOperator(room.name);
  const other = house.findUser(nick);
  if (!other) throw REFUSALS.noSuchNick(nick);
  if (!room.members.has(other)) throw REFUSALS.notInRoom(other.nick, room.name);
  const text = shorten(reason || user.nick, LENGTHS.reason);
  const lines = [formatIrc({ source: user.source, command: 'KICK', params: [room.name, other.nick, text] })];
  const plain = `* ${user.nick} threw ${other.nick} out of ${room.plainName}: ${text}`;
  house.announce({ lines, plain }, room.members.keys());
  house.audit.write('kick', other, { room: room.plainName, by: user.nick, reason: text });
  leaveRoom(house, other, room);
}

/** Invites somebody. @throws ChatRefusal where one may not, or they are there already */
export function invite(
  house: House,
  user: User,
  nick: string,
  name: string,
): { readonly other: User; readonly room: Room } {
  const other = house.findUser(nick);
  if (!other) throw REFUSALS.noSuchNick(nick);
  const room = memberRoom(house, user, name);
  if (room.flags.has('i') && !room.isRunBy(user)) throw REFUSALS.notOperator(room.name);
  if (room.members.has(other)) throw REFUSALS.alreadyThere(other.nick, room.name);
  // Who only may invite because anybody may does not open locked doors.
  if (room.isRunBy(user)) openDoor(room, other);
  const lines = [formatIrc({ source: user.source, command: 'INVITE', params: [other.nick, room.name] })];
  house.announce({ lines, plain: `* ${user.nick} invites you to ${room.plainName}` }, [other]);
  return { other, room };
}

function openDoor(room: Room, user: User): void {
  if (room.invited.size >= MAX_LIST_LENGTH && !room.invited.has(user)) throw REFUSALS.listFull(room.name);
  room.invited.add(user);
  user.invitations ??= new Set();
  user.invitations.add(room);
}

/** The room of this name that somebody is in. @throws ChatRefusal where it is not there for them, or they are not in it */
export function memberRoom(house: House, user: User, name: string): Room {
  const room = house.findVisibleRoom(name, user);
  if (!room) throw REFUSALS.noSuchRoom(name);
  if (!room.members.has(user)) throw REFUSALS.notMember(room.name);
  return room;
}
