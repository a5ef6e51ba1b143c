/** What a plain client asks for with a slash. */

import { asAction } from '../../../protocols/irc-text.ts';
import { invite, isSame, kick, memberRoom, partRoom } from '../attendance.ts';
import { MAX_HISTORY_REPLY } from '../limits.ts';
import { changeModes } from '../modes.ts';
import { DIALECTS } from '../outgoing.ts';
import { rename, setAway } from '../presence.ts';
import { REFUSALS } from '../refusal.ts';
import type { Room } from '../room.ts';
import { sayInRoom, sayToUser, tellingOf } from '../speech.ts';
import { cleaned } from '../text.ts';
import { setTopic } from '../topics.ts';
import type { User } from '../user.ts';
import type { PlainSession } from './session.ts';

/** Messages that `/history` tells where no number is given. */
const DEFAULT_HISTORY = 20;

/** One command: what help says, and what it does with the rest of the line. */
interface Slash {
  readonly usage: string;
  readonly does: string;
  /** Tokens of flood control, as the same costs with IRC; 1 where left out. */
  readonly cost?: number;
  run(session: PlainSession, user: User, rest: string): void;
}

const SLASHES: ReadonlyMap<string, Slash> = new Map<string, Slash>([
  ['join', { usage: 'ROOM [KEY]', does: 'go into a room, or back to one you are in', cost: 2, run: join }],
  ['part', { usage: '[ROOM] [WHY]', does: 'leave a room', run: part }],
  [
    'who',
    {
      usage: '[ROOM]',
      does: 'who is here',
      run: (session, user, rest) => session.tellRoom(roomOf(session, user, rest)),
    },
  ],
  ['rooms', { usage: '', does: 'which rooms there are', cost: 2, run: tellRooms }],
  ['msg', { usage: 'NICK TEXT', does: 'say it to one person only', run: message }],
  [
    'nick',
    {
      usage: 'NICK',
      does: 'change your name',
      cost: 2,
      run: ({ house }, user, rest) => rename(house, user, wanted(rest)),
    },
  ],
  ['topic', { usage: '[TEXT]', does: 'what the room is about', run: topic }],
  ['me', { usage: 'TEXT', does: 'say what you do', run: act }],
  ['history', { usage: '[N]', does: 'what was said before', cost: 2, run: history }],
  ['away', { usage: '[TEXT]', does: 'say that you are away, or back', run: away }],
  ['invite', { usage: 'NICK [ROOM]', does: 'ask somebody in', run: ask }],
  ['kick', { usage: 'NICK [WHY]', does: 'throw somebody out', run: throwOut }],
  ['mode', { usage: '[CHANGES]', does: "the room's rules: +t, +m, +k KEY, +o NICK …", run: mode }],
  ['oper', { usage: 'PASSWORD', does: 'become an operator of the server', cost: 5, run: operate }],
  ['quit', { usage: '[TEXT]', does: 'leave', run: (session, _user, rest) => session.close(rest || 'quit') }],
  ['help', { usage: '', does: 'these lines', run: help }],
]);

/** Runs a line that starts with a slash. @throws ChatRefusal where it cannot be done */
export function runSlash(session: PlainSession, user: User, line: string): void {
  const [, name = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(cleaned(line)) ?? [];
  const slash = SLASHES.get(name.toLowerCase());
  if (!slash) {
    session.say(`/${name.slice(0, 40)} is not a command; /help lists them, //text says /text`);
    return;
  }
  session.charge((slash.cost ?? 1) - 1);
  slash.run(session, user, rest.trim());
}

/** A room as it was typed, with or without `#`. */
const named = (text: string): string => (text.startsWith('#') ? text : `#${text}`);

function wanted(text: string): string {
  if (text === '') throw REFUSALS.needMore();
  return text;
}

/** The first word and the rest. */
function split(text: string): [string, string] {
  const [, first = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  return [first, rest];
}

/** The room of this name, the current one where there is none. @throws ChatRefusal where they are not in it */
function roomOf(session: PlainSession, user: User, name: string): Room {
  if (name !== '') return memberRoom(session.house, user, named(name));
  const { room } = session;
  if (!room) throw REFUSALS.notMember();
  return room;
}

function join(session: PlainSession, _user: User, rest: string): void {
  const [name, key] = split(wanted(rest));
  session.enterRoom(named(name), key);
}

function part(session: PlainSession, user: User, rest: string): void {
  const [first, after] = split(rest);
  const isRoom = first !== '' && user.rooms.has(session.house.findRoom(named(first))?.key ?? '');
  const room = isRoom ? memberRoom(session.house, user, named(first)) : roomOf(session, user, '');
  partRoom(session.house, user, room.name, isRoom ? after : rest);
  const now = session.room;
  session.say(now ? `you are in ${now.plainName} now` : 'you are in no room: /join ROOM');
}

function tellRooms(session: PlainSession, user: User): void {
  for (const room of session.house.rooms.values()) {
    if (!room.isVisibleTo(user)) continue;
    const about = room.topic ? `: ${room.topic.text}` : '';
    session.say(`${room.plainName} (${room.members.size})${about}`);
  }
}

function message({ house }: PlainSession, user: User, rest: string): void {
  const [nick, text] = split(wanted(rest));
  if (text === '') throw REFUSALS.noText();
  const other = sayToUser(house, user, nick, { command: 'PRIVMSG', text });
  if (other.away !== undefined) house.notice(`${other.nick} is away: ${other.away}`, [user]);
}

function topic(session: PlainSession, user: User, rest: string): void {
  const room = roomOf(session, user, '');
  if (rest !== '') setTopic(session.house, user, room.name, rest);
  else session.say(room.topic ? `topic of ${room.plainName}: ${room.topic.text}` : `${room.plainName} has no topic`);
}

function act(session: PlainSession, user: User, rest: string): void {
  const text = asAction(wanted(rest));
  sayInRoom(session.house, user, roomOf(session, user, ''), { command: 'PRIVMSG', text });
}

function history(session: PlainSession, user: User, rest: string): void {
  const asked = rest === '' ? DEFAULT_HISTORY : Number(rest);
  if (!Number.isInteger(asked) || asked < 1) {
    session.say('/history takes a number of messages');
    return;
  }
  const room = roomOf(session, user, '');
  const all = room.history.range({ limit: Math.min(asked, MAX_HISTORY_REPLY), keep: 'newest' });
  session.say(all.length === 0 ? 'nothing was said yet' : `the last ${all.length} of ${room.plainName}:`);
  for (const said of all) {
    const time = new Date(said.at).toISOString().slice(11, 16);
    const line = tellingOf(said, room).bytes(DIALECTS.plain);
    if (line.length > 0) session.link.give(Buffer.concat([Buffer.from(`${time} `), line]));
  }
}

function away(session: PlainSession, user: User, rest: string): void {
  setAway(session.house, user, rest);
  session.say(rest === '' ? 'you are back' : 'you are marked as away');
}

function ask(session: PlainSession, user: User, rest: string): void {
  const [nick, name] = split(wanted(rest));
  const { other, room } = invite(session.house, user, nick, roomOf(session, user, name).name);
  session.say(`${other.nick} is invited to ${room.plainName}`);
}

function throwOut(session: PlainSession, user: User, rest: string): void {
  const [nick, why] = split(wanted(rest));
  kick(session.house, user, roomOf(session, user, '').name, nick, why);
}

function mode(session: PlainSession, user: User, rest: string): void {
  const room = roomOf(session, user, '');
  if (rest === '') session.say(`${room.plainName}: ${room.modes(true).join(' ')}`);
  else changeModes(session.house, user, room, rest.split(/\s+/), (refusal) => session.refuse(refusal));
}

function operate(session: PlainSession, user: User, rest: string): void {
  const { operatorPassword } = session.house.rules;
  if (operatorPassword === undefined) throw REFUSALS.noOperatorHost();
  if (!isSame(operatorPassword, rest)) {
    session.house.audit.write('bad-password', user);
    throw REFUSALS.badPassword();
  }
  user.isOperator = true;
  session.house.audit.write('oper', user);
  session.say('you are an operator of the server now');
}

function help(session: PlainSession): void {
  for (const [name, { usage, does }] of SLASHES) session.say(`/${`${name} ${usage}`.padEnd(20)} ${does}`);
  session.say('anything else is said in the room you joined last; //text says /text');
}
