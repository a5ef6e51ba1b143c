/** What users say: in rooms, to each other. */

import { formatIrc } from '../../protocols/irc.ts';
import { actionOf, isCtcp } from '../../protocols/irc-text.ts';
import type { Said } from './history.ts';
import type { House } from './house.ts';
import { Outgoing } from './outgoing.ts';
import { REFUSALS } from './refusal.ts';
import type { Room } from './room.ts';
import { linesOfText } from './text.ts';
import { checkTurn, turnTaken } from './turns.ts';
import type { User } from './user.ts';

/** A message before it is said. */
export interface Message {
  readonly command: 'PRIVMSG' | 'NOTICE';
  readonly text: string;
  /** Tags for other clients. */
  readonly clientTags?: ReadonlyMap<string, string> | undefined;
}

/** Says something in a room. @throws ChatRefusal where one may not */
export function sayInRoom(house: House, user: User, room: Room, message: Message): void {
  checkVoice(room, user);
  checkTurn(room, user);
  const said: Said = {
    at: house.now(),
    id: house.newId(),
    source: user.source,
    nick: user.nick,
    command: message.command,
    text: message.text,
  };
  if (!isCtcp(message.text)) room.history.add(said);
  user.spokeAt = said.at;
  const outgoing = tellingOf(said, room, message.clientTags);
  house.tell(outgoing, room.members.keys(), user.hearsThemselves ? undefined : user);
  turnTaken(house, room, user, message.text);
}

/** Says something to one user. @throws ChatRefusal where they are not there */
export function sayToUser(house: House, user: User, nick: string, message: Message): User {
  const other = house.findUser(nick);
  if (!other) throw REFUSALS.noSuchNick(nick);
  const at = house.now();
  const id = house.newId();
  const { command, text, clientTags } = message;
  const lines = messageLines(`:${user.source} ${command} ${other.nick} :`, text);
  const words = isCtcp(text) ? undefined : (actionOf(text) ?? text);
  user.spokeAt = at;
  const outgoing = (whose: string): Outgoing =>
    new Outgoing({ lines, plain: words === undefined ? '' : `${whose} ${words}`, at, id, clientTags });
  house.deliver(outgoing(`[${user.nick} -> you]`), other);
  if (user.hearsThemselves || user.face === 'plain') house.tell(outgoing(`[you -> ${other.nick}]`), [user]);
  return other;
}

/** Passes on tags that say something by themselves (TAGMSG): `+typing`. @throws ChatRefusal where one may not */
export function tagRoom(house: House, user: User, room: Room, clientTags: ReadonlyMap<string, string>): void {
  checkVoice(room, user);
  const line = formatIrc({ source: user.source, command: 'TAGMSG', params: [room.name] });
  const hearers = [...room.members.keys()].filter(({ caps }) => caps.has('message-tags'));
  const outgoing = new Outgoing({ lines: [line], plain: '', at: house.now(), id: house.newId(), clientTags });
  house.tell(outgoing, hearers, user.hearsThemselves ? undefined : user);
}

/** As `tagRoom`, to one user. */
export function tagUser(house: House, user: User, nick: string, clientTags: ReadonlyMap<string, string>): void {
  const other = house.findUser(nick);
  if (!other) throw REFUSALS.noSuchNick(nick);
  const line = formatIrc({ source: user.source, command: 'TAGMSG', params: [other.nick] });
  const outgoing = new Outgoing({ lines: [line], plain: '', at: house.now(), id: house.newId(), clientTags });
  if (other.caps.has('message-tags')) house.deliver(outgoing, other);
  if (user.caps.has('message-tags') && user.hearsThemselves) house.tell(outgoing, [user]);
}

/** A message of a room, as it is told now or again from its history. */
export function tellingOf(said: Said, room: Room, clientTags?: ReadonlyMap<string, string>): Outgoing {
  const { source, command, text, at, id } = said;
  const lines = messageLines(`:${source} ${command} ${room.name} :`, text);
  return new Outgoing({ lines, plain: plainLine(said, room), at, id, clientTags });
}

function plainLine({ nick, text }: Said, room: Room): string {
  const action = actionOf(text);
  if (action !== undefined) return `[${room.plainName}] * ${nick} ${action}`;
  return isCtcp(text) ? '' : `[${room.plainName}] ${nick}: ${text}`;
}

function messageLines(head: string, text: string): string[] {
  const action = actionOf(text);
  return action === undefined ? linesOfText(head, text) : linesOfText(head, action, true);
}

function checkVoice(room: Room, user: User): void {
  if (!room.mayBeSpokenToBy(user)) throw REFUSALS.cannotSend(room.name);
}
