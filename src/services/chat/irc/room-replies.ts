/** Answers about rooms that several commands give: the topic, the names. */

import { MAX_IRC_BYTES } from '../../../protocols/irc.ts';
import { SERVER_NAME } from '../limits.ts';
import type { Room } from '../room.ts';
import type { IrcSession } from './session.ts';
import { userOf } from './user-commands.ts';

/** 332 and 333; where there is no topic 331, if that was asked. */
export function tellTopic(session: IrcSession, room: Room, wasAsked: boolean): void {
  const { topic, name } = room;
  if (topic) {
    session.reply('332', name, topic.text);
    session.reply('333', name, topic.by, String(Math.floor(topic.at / 1_000)));
  } else if (wasAsked) session.reply('331', name, 'No topic is set');
}

/** 353 and 366: who is in a room, in as many lines as it takes; the invisible for those who are in it too. */
export function tellNames(session: IrcSession, room: Room): void {
  const user = userOf(session);
  const isMember = room.members.has(user);
  const isMultiple = user.caps.has('multi-prefix');
  const kind = room.flags.has('s') ? '@' : '=';
  const head = `:${SERVER_NAME} 353 ${user.nick} ${kind} ${room.name} :`;
  let line = '';
  for (const member of room.members.keys()) {
    if (member.isInvisible && !isMember) continue;
    const name = `${room.prefixOf(member, isMultiple)}${member.nick}`;
    if (head.length + line.length + name.length + 3 > MAX_IRC_BYTES) {
      session.send(head + line);
      line = '';
    }
    line += line === '' ? name : ` ${name}`;
  }
  if (line !== '') session.send(head + line);
  session.reply('366', room.name, 'End of /NAMES list');
}
