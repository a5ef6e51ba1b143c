/** Commands that ask: WHO, WHOIS, ISON, USERHOST, LUSERS, MOTD, VERSION, TIME, INFO. */

import { MAX_IRC_BYTES } from '../../../protocols/irc.ts';
import { SERVER_NAME } from '../limits.ts';
import { REFUSALS } from '../refusal.ts';
import { matchesMask, type Room } from '../room.ts';
import type { User } from '../user.ts';
import type { IrcCommands } from './commands.ts';
import type { IrcSession } from './session.ts';
import { userOf } from './user-commands.ts';
import { SOFTWARE, tellLusers, tellMotd, tellSupported } from './welcome.ts';

/** What the server says of itself in WHOIS and INFO. */
const ABOUT = 'nettk: chat for IRC clients, plain lines and browsers on one port';
/** Names that one ISON or USERHOST asks for. */
const MAX_NAMES = 20;

/** Them, by name. */
export const QUERY_COMMANDS: IrcCommands = {
  WHO: {
    cost: 2,
    run: (session, { params: [mask = '*', flag = ''] }) => who(session, mask, flag.toLowerCase() === 'o'),
  },
  WHOIS: {
    run(session, { params }) {
      // `WHOIS server nick` asks another server: we are all there is.
      const asked = params.at(-1) ?? '';
      const nick = asked.split(',')[0] ?? '';
      if (nick === '') throw REFUSALS.noNick();
      whois(session, nick);
      // Just as it was asked for, so that a client knows its question again.
      session.reply('318', asked, 'End of /WHOIS list');
    },
  },
  ISON: {
    needs: 1,
    run(session, { params }) {
      session.reply(
        '303',
        namesIn(session, params)
          .map(({ nick }) => nick)
          .join(' '),
      );
    },
  },
  USERHOST: {
    needs: 1,
    run(session, { params }) {
      session.reply('302', namesIn(session, params).map(userHost).join(' '));
    },
  },
  LUSERS: { run: tellLusers },
  MOTD: { run: tellMotd },
  VERSION: {
    run(session) {
      session.reply('351', SOFTWARE, SERVER_NAME, ABOUT);
      tellSupported(session);
    },
  },
  TIME: { run: (session) => session.reply('391', SERVER_NAME, new Date().toISOString()) },
  INFO: {
    run(session) {
      session.reply('371', ABOUT);
      session.reply('371', `Running since ${new Date(session.house.since).toISOString()}`);
      session.reply('374', 'End of /INFO list');
    },
  },
};

function namesIn({ house }: IrcSession, params: readonly string[]): User[] {
  const names = params.flatMap((one) => one.split(' ')).filter((one) => one !== '');
  return names.slice(0, MAX_NAMES).flatMap((name) => house.findUser(name) ?? []);
}

const userHost = ({ nick, isOperator, away, username, host }: User): string =>
  `${nick}${isOperator ? '*' : ''}=${away === undefined ? '+' : '-'}${username}@${host}`;

/** 352 and 315. Who is invisible is found by those who share a room, or know the whole nick. */
function who(session: IrcSession, mask: string, operatorsOnly: boolean): void {
  const { house } = session;
  const user = userOf(session);
  const room = house.findVisibleRoom(mask, user);
  if (room) {
    const isMember = room.members.has(user);
    for (const member of room.members.keys()) {
      if (!member.isInvisible || isMember) tellWho(session, member, room, operatorsOnly);
    }
  } else if (!mask.startsWith('#')) {
    const mates = house.roommates(user);
    for (const other of house.users.values()) {
      if (isFound(other, mask, user, mates)) tellWho(session, other, undefined, operatorsOnly);
    }
  }
  session.reply('315', mask, 'End of WHO list');
}

function isFound(other: User, mask: string, user: User, mates: ReadonlySet<User>): boolean {
  if (other === user || !other.isInvisible || mates.has(other)) {
    if (mask === '*' || mask === '0') return true;
    return [other.nick, other.username, other.host, other.realname].some((name) => matchesMask(mask, name));
  }
  return matchesMask(mask, other.nick) && !/[*?]/.test(mask);
}

function tellWho(session: IrcSession, other: User, room: Room | undefined, operatorsOnly: boolean): void {
  if (operatorsOnly && !other.isOperator) return;
  const user = userOf(session);
  const prefix = room?.prefixOf(other, user.caps.has('multi-prefix')) ?? '';
  const flags = `${other.away === undefined ? 'H' : 'G'}${other.isOperator ? '*' : ''}${prefix}`;
  const where = room?.name ?? '*';
  session.reply('352', where, other.username, other.host, SERVER_NAME, other.nick, flags, `0 ${other.realname}`);
}

function whois(session: IrcSession, nick: string): void {
  const { house } = session;
  const other = house.findUser(nick);
  if (!other) {
    session.refuse(REFUSALS.noSuchNick(nick));
    return;
  }
  const seconds = (ms: number): string => String(Math.floor(ms / 1_000));
  session.reply('311', other.nick, other.username, other.host, '*', other.realname);
  tellRooms(session, other);
  session.reply('312', other.nick, SERVER_NAME, ABOUT);
  if (other.isOperator) session.reply('313', other.nick, 'is an IRC operator');
  if (other.isSecure) session.reply('671', other.nick, 'is using a secure connection');
  if (other.away !== undefined) session.reply('301', other.nick, other.away);
  const idle = seconds(house.now() - other.spokeAt);
  session.reply('317', other.nick, idle, seconds(other.since), 'seconds idle, signon time');
}

/** 319: rooms that the asker may know of. */
function tellRooms(session: IrcSession, other: User): void {
  const user = userOf(session);
  const names = [...other.rooms.values()]
    .filter((room) => room.isVisibleTo(user) && (!other.isInvisible || other === user || room.members.has(user)))
    .map((room) => `${room.prefixOf(other, user.caps.has('multi-prefix'))}${room.name}`);
  const most = MAX_IRC_BYTES - SERVER_NAME.length - user.nick.length - other.nick.length - 20;
  let line = '';
  for (const name of names) {
    if (line.length + name.length + 1 > most) {
      session.reply('319', other.nick, line);
      line = '';
    }
    line += line === '' ? name : ` ${name}`;
  }
  if (line !== '') session.reply('319', other.nick, line);
}
