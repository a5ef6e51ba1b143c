/** Coming, going, changing one's name: what concerns a user and everybody who shares a room with them. */

import { formatIrc } from '../../protocols/irc.ts';
import { shorten } from '../../protocols/irc-text.ts';
import { leaveRoom } from './attendance.ts';
import type { House } from './house.ts';
import { isNick, LENGTHS } from './limits.ts';
import { REFUSALS } from './refusal.ts';
import { type Introduction, User } from './user.ts';

/** Takes somebody in. @throws ChatRefusal where the nick is taken or none */
export function enter(house: House, facts: Introduction): User {
  checkNick(house, facts.nick);
  const user = new User(facts);
  house.users.set(user.key, user);
  house.mostUsers = Math.max(house.mostUsers, house.users.size);
  house.audit.write('enter', user, { name: user.realname });
  return user;
}

/** Lets somebody go, out of all rooms. */
export function quit(house: House, user: User, reason: string): void {
  if (house.users.get(user.key) !== user) return;
  const text = shorten(reason, LENGTHS.reason);
  const line = formatIrc({ source: user.source, command: 'QUIT', params: [text] });
  house.announce({ lines: [line], plain: `* ${user.nick} left: ${text.trimEnd()}` }, house.roommates(user));
  house.users.delete(user.key);
  for (const room of [...user.rooms.values()]) leaveRoom(house, user, room);
  for (const room of user.invitations ?? []) room.invited.delete(user);
  house.audit.write('quit', user, { reason: text });
}

/** Gives somebody another nick. @throws ChatRefusal where it is taken or none */
export function rename(house: House, user: User, nick: string): void {
  if (nick === user.nick) return;
  checkNick(house, nick, user);
  const line = formatIrc({ source: user.source, command: 'NICK', params: [nick] });
  const plain = `* ${user.nick} is now ${nick}`;
  house.audit.write('nick', user, { to: nick });
  house.users.delete(user.key);
  user.nick = nick;
  house.users.set(user.key, user);
  house.announce({ lines: [line], plain }, [user, ...house.roommates(user)]);
}

/** Refuses a nick that is none, or another's. */
export function checkNick(house: House, nick: string, owner?: User): void {
  if (!isNick(nick)) throw REFUSALS.badNick(nick);
  const other = house.findUser(nick);
  if (other && other !== owner) throw REFUSALS.nickInUse(nick);
}

/** Says that somebody is away, or, with an empty text, back. */
export function setAway(house: House, user: User, text: string): void {
  user.away = text === '' ? undefined : shorten(text, LENGTHS.away);
  const params = user.away === undefined ? [] : [user.away];
  const lines = [formatIrc({ source: user.source, command: 'AWAY', params })];
  const mates = [...house.roommates(user)].filter(({ caps }) => caps.has('away-notify'));
  house.announce({ lines, plain: '' }, mates);
}

/** Changes somebody's real name. */
export function setName(house: House, user: User, name: string): void {
  user.realname = shorten(name, LENGTHS.name);
  const lines = [formatIrc({ source: user.source, command: 'SETNAME', params: [user.realname] })];
  const mates = [user, ...house.roommates(user)].filter(({ caps }) => caps.has('setname'));
  house.announce({ lines, plain: '' }, mates);
}
