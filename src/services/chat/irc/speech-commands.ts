/** Commands that say something: PRIVMSG, NOTICE, TAGMSG. */

import { foldIrc, type IrcMessage } from '../../../protocols/irc.ts';
import type { House } from '../house.ts';
import { MAX_TARGETS } from '../limits.ts';
import { ChatRefusal, REFUSALS } from '../refusal.ts';
import type { Room } from '../room.ts';
import { sayInRoom, sayToUser, tagRoom, tagUser } from '../speech.ts';
import { passFloor } from '../turns.ts';
import type { User } from '../user.ts';
import type { IrcCommands } from './commands.ts';
import type { IrcSession } from './session.ts';
import { userOf } from './user-commands.ts';

/** Them, by name. */
export const SPEECH_COMMANDS: IrcCommands = {
  PRIVMSG: { run: (session, message) => say(session, message, 'PRIVMSG') },
  // A notice is never answered, not even with what is wrong with it (RFC 2812, section 3.3.2).
  NOTICE: { run: (session, message) => withoutAnswer(() => say(session, message, 'NOTICE')) },
  TAGMSG: { run: tag },
};

function withoutAnswer(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ChatRefusal)) throw error;
  }
}

function say(session: IrcSession, { tags, params }: IrcMessage, command: 'PRIVMSG' | 'NOTICE'): void {
  const [targets = '', text = ''] = params;
  if (targets === '') throw noRecipient(command);
  const message = { command, text, clientTags: clientTagsOf(tags) };
  forEachTarget(session, targets, command === 'PRIVMSG', (target) => {
    const user = userOf(session);
    const room = findAddressee(session.house, user, target);
    if (text === '') {
      if (!room || !passFloor(session.house, room, user)) throw REFUSALS.noText();
    } else if (room) sayInRoom(session.house, user, room, message);
    else if (target.startsWith('#')) throw REFUSALS.noSuchRoom(target);
    else {
      const other = sayToUser(session.house, user, target, message);
      if (other.away !== undefined && command === 'PRIVMSG') session.reply('301', other.nick, other.away);
    }
  });
}

function tag(session: IrcSession, { tags, params: [targets = ''] }: IrcMessage): void {
  if (targets === '') throw noRecipient('TAGMSG');
  const clientTags = clientTagsOf(tags);
  if (!clientTags) return;
  forEachTarget(session, targets, true, (target) => {
    const room = findAddressee(session.house, userOf(session), target);
    if (room) tagRoom(session.house, userOf(session), room, clientTags);
    else if (target.startsWith('#')) throw REFUSALS.noSuchRoom(target);
    else tagUser(session.house, userOf(session), target, clientTags);
  });
}

/** The room that somebody speaks to. Refusing them would tell that a secret one is there: only where anybody may speak it is. */
function findAddressee(house: House, user: User, name: string): Room | undefined {
  const room = house.findRoom(name);
  return room && (room.isVisibleTo(user) || room.mayBeSpokenToBy(user)) ? room : undefined;
}

const noRecipient = (command: string): ChatRefusal => new ChatRefusal('411', [], `No recipient given (${command})`);

function forEachTarget(session: IrcSession, list: string, tells: boolean, act: (target: string) => void): void {
  const targets = [...new Map(list.split(',').map((one) => [foldIrc(one), one])).values()].filter((one) => one !== '');
  for (const target of targets.slice(0, MAX_TARGETS)) {
    try {
      act(target);
    } catch (error) {
      if (!(error instanceof ChatRefusal)) throw error;
      if (tells) session.refuse(error);
    }
  }
  const [left] = targets.slice(MAX_TARGETS);
  if (left !== undefined && tells) throw new ChatRefusal('407', [left], `Too many recipients: ${MAX_TARGETS} at most`);
}

/** Those that are for other clients start with `+`. */
function clientTagsOf(tags: ReadonlyMap<string, string>): ReadonlyMap<string, string> | undefined {
  if (tags.size === 0) return undefined;
  const own = [...tags].filter(([key]) => /^\+[\w./-]+$/.test(key));
  return own.length === 0 ? undefined : new Map(own);
}
