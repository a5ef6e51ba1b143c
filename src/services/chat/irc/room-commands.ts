/** Commands about rooms: JOIN, PART, NAMES, LIST, TOPIC, KICK, INVITE, MODE. */

import { invite, joinRoom, kick, memberRoom, partRoom } from '../attendance.ts';
import type { House } from '../house.ts';
import { MAX_TARGETS } from '../limits.ts';
import { asksForBans, changeModes } from '../modes.ts';
import { ChatRefusal, REFUSALS } from '../refusal.ts';
import type { Room } from '../room.ts';
import { setTopic } from '../topics.ts';
import { memberCame } from '../turns.ts';
import type { IrcCommands } from './commands.ts';
import { tellNames, tellTopic } from './room-replies.ts';
import type { IrcSession } from './session.ts';
import { userOf } from './user-commands.ts';

/** Them, by name. */
export const ROOM_COMMANDS: IrcCommands = {
  JOIN: { needs: 1, cost: 2, run: (session, { params }) => join(session, params) },
  PART: {
    needs: 1,
    run: (session, { params: [names = '', reason = ''] }) =>
      each(session, names, (name) => partRoom(session.house, userOf(session), name, reason)),
  },
  NAMES: {
    run(session, { params: [names = ''] }) {
      const name = names.split(',')[0] ?? '';
      const room = session.house.findVisibleRoom(name, userOf(session));
      if (room) tellNames(session, room);
      else session.reply('366', name || '*', 'End of /NAMES list');
    },
  },
  LIST: { cost: 2, run: (session, { params: [names = ''] }) => list(session, names) },
  TOPIC: {
    needs: 1,
    run(session, { params: [name = '', text] }) {
      const { house } = session;
      if (text !== undefined) setTopic(house, userOf(session), name, text);
      else tellTopic(session, memberRoom(house, userOf(session), name), true);
    },
  },
  KICK: {
    needs: 2,
    run(session, { params: [name = '', nicks = '', reason = ''] }) {
      const { house } = session;
      const room = memberRoom(house, userOf(session), name);
      if (!room.isRunBy(userOf(session))) throw REFUSALS.notOperator(room.name);
      // Those past the limit are left out, as 005 says.
      const some = nicks.split(',').slice(0, MAX_TARGETS).join(',');
      each(session, some, (nick) => kick(house, userOf(session), name, nick, reason));
    },
  },
  INVITE: {
    needs: 2,
    run(session, { params: [nick = '', name = ''] }) {
      const { other, room } = invite(session.house, userOf(session), nick, name);
      session.reply('341', other.nick, room.name);
      if (other.away !== undefined) session.reply('301', other.nick, other.away);
    },
  },
  MODE: {
    needs: 1,
    run(session, { params: [target = '', ...words] }) {
      const room = session.house.findVisibleRoom(target, userOf(session));
      if (room) roomMode(session, room, words);
      else if (target.startsWith('#')) throw REFUSALS.noSuchRoom(target);
      else userMode(session, target, words);
    },
  },
};

/** Does something for each name of a list; what is refused for one does not keep the others from it. */
function each(session: IrcSession, names: string, act: (name: string, i: number) => void): void {
  for (const [i, name] of names.split(',').entries()) {
    if (name === '') continue;
    try {
      act(name, i);
    } catch (error) {
      if (!(error instanceof ChatRefusal)) throw error;
      session.refuse(error);
    }
  }
}

function join(session: IrcSession, [names = '', keys = '']: readonly string[]): void {
  const { house } = session;
  const user = userOf(session);
  if (names === '0') {
    for (const room of [...user.rooms.values()]) partRoom(house, user, room.name, 'Left all rooms');
    return;
  }
  const keyOf = keys.split(',');
  each(session, names, (name, i) => {
    const room = joinRoom(house, user, name, keyOf[i] ?? '');
    if (!room) return;
    tellTopic(session, room, false);
    tellNames(session, room);
    memberCame(house, room, user);
  });
}

function list(session: IrcSession, names: string): void {
  const { house } = session;
  session.reply('321', 'Channel', 'Users  Name');
  for (const room of names === '' ? house.rooms.values() : named(house, names)) {
    if (!room.isVisibleTo(userOf(session))) continue;
    session.reply('322', room.name, String(room.members.size), room.topic?.text ?? '');
  }
  session.reply('323', 'End of /LIST');
}

function named(house: House, names: string): Room[] {
  return names.split(',').flatMap((name) => house.findRoom(name) ?? []);
}

function roomMode(session: IrcSession, room: Room, words: readonly string[]): void {
  const user = userOf(session);
  if (words.length === 0) {
    session.reply('324', room.name, ...room.modes(room.members.has(user)));
    session.reply('329', room.name, String(Math.floor(room.since / 1_000)));
  } else if (asksForBans(words)) {
    for (const { mask, by, at } of room.bans.values()) {
      session.reply('367', room.name, mask, by, String(Math.floor(at / 1_000)));
    }
    session.reply('368', room.name, 'End of channel ban list');
  } else changeModes(session.house, user, room, words, (refusal) => session.refuse(refusal));
}

function userMode(session: IrcSession, nick: string, [letters]: readonly string[]): void {
  const { house } = session;
  const user = userOf(session);
  const other = house.findUser(nick);
  if (!other) throw REFUSALS.noSuchNick(nick);
  if (other !== user) throw REFUSALS.otherUser();
  if (letters === undefined) {
    session.reply('221', `+${user.isInvisible ? 'i' : ''}${user.isOperator ? 'o' : ''}`);
    return;
  }
  const changed = changeUserModes(session, letters);
  if (changed !== '') session.send(`:${user.nick} MODE ${user.nick} :${changed}`);
}

/** What was changed, as MODE says it. Nobody becomes an operator by saying so. */
function changeUserModes(session: IrcSession, letters: string): string {
  const user = userOf(session);
  let isOn = true;
  let changed = '';
  let isUnknown = false;
  for (const letter of letters) {
    if (letter === '+' || letter === '-') isOn = letter === '+';
    else if (letter === 'i' && user.isInvisible !== isOn) {
      user.isInvisible = isOn;
      changed += isOn ? '+i' : '-i';
    } else if (letter === 'o' && !isOn && user.isOperator) {
      user.isOperator = false;
      changed += '-o';
    } else if (letter !== 'i' && letter !== 'o') isUnknown = true;
  }
  if (isUnknown) session.refuse(REFUSALS.unknownUserMode());
  return changed;
}
