/** What a room is about. */

import { formatIrc } from '../../protocols/irc.ts';
import { shorten } from '../../protocols/irc-text.ts';
import { memberRoom } from './attendance.ts';
import type { House } from './house.ts';
import { LENGTHS } from './limits.ts';
import { REFUSALS } from './refusal.ts';
import type { User } from './user.ts';

/** Sets a room's topic; an empty one is none. @throws ChatRefusal where one may not */
export function setTopic(house: House, user: User, name: string, text: string): void {
  const room = memberRoom(house, user, name);
  if (room.flags.has('t') && !room.isRunBy(user)) throw REFUSALS.notOperator(room.name);
  const topic = shorten(text, LENGTHS.topic);
  room.topic = topic === '' ? undefined : { text: topic, by: user.source, at: house.now() };
  const line = `${formatIrc({ source: user.source, command: 'TOPIC', params: [room.name] })} :${topic}`;
  const plain =
    topic === ''
      ? `* ${user.nick} clears the topic of ${room.plainName}`
      : `* ${user.nick} sets the topic of ${room.plainName}: ${topic}`;
  house.announce({ lines: [line], plain }, room.members.keys());
}
