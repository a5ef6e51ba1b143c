/** What a chat server allows: lengths of names and texts, how many rooms, how far a reader may lag. */

import { isNickname } from '../../protocols/irc.ts';

/** How the server names itself as the source of what it says. */
export const SERVER_NAME = 'chat.nettk';
/** What 005 calls the network. */
export const NETWORK_NAME = 'nettk';
/** The room that plain clients come into, and that stays when it is empty. */
export const LOBBY = '#lobby';

/** Lengths in bytes, as 005 tells them; every line that holds one fits in 512 bytes with its sender in front. */
export const LENGTHS = {
  nick: 30,
  user: 16,
  room: 64,
  topic: 300,
  reason: 300,
  away: 300,
  name: 150,
  key: 32,
} as const;

/** The longest line of a plain client, in bytes. */
export const MAX_PLAIN_BYTES = 4_096;
/** Rooms that one user may be in. */
export const MAX_ROOMS = 50;
/** Rooms there may be. */
export const MAX_ALL_ROOMS = 10_000;
/** Bans of a room, and users who are invited to it. */
export const MAX_LIST_LENGTH = 100;
/** Changes with a parameter that one MODE makes. */
export const MAX_MODE_CHANGES = 6;
/** Targets of one PRIVMSG, and of one KICK. */
export const MAX_TARGETS = 4;
/** Messages that one CHATHISTORY gives. */
export const MAX_HISTORY_REPLY = 100;
/** What a room remembers at most, in bytes of text. */
export const MAX_HISTORY_BYTES = 262_144;

/** How far a reader may lag: then whoever writes to it waits, for this long at most; then it is dropped. */
export const OUTBOX_LIMITS = { bytes: 2_097_152, patienceMs: 3_000, joinBytes: 65_536 } as const;

/** What is said to clients while the server goes away. */
export const FAREWELL = 'The server is closing';

/** Silence after which a new client is asked for its nick, in milliseconds. */
export const ASK_AFTER_MS = 2_000;
/** How long a client may take to introduce itself, in milliseconds. */
export const INTRODUCE_MS = 60_000;

/** A nick of this server: ASCII, so that nobody looks like somebody else in another alphabet. */
export function isNick(text: string): boolean {
  return text.length <= LENGTHS.nick && isNickname(text);
}

/** A room as IRC names it, `#` in front; ASCII, as nicks. */
export function isRoomName(text: string): boolean {
  return text.length <= LENGTHS.room && /^#[-A-Za-z0-9_.+]+$/.test(text);
}
