/** What a client hears once it has registered: 001 to 005, LUSERS and the message of the day, in this order. */

import {
  LENGTHS,
  MAX_HISTORY_REPLY,
  MAX_LIST_LENGTH,
  MAX_MODE_CHANGES,
  MAX_ROOMS,
  MAX_TARGETS,
  NETWORK_NAME,
  SERVER_NAME,
} from '../limits.ts';
import { REFUSALS } from '../refusal.ts';
import type { IrcSession } from './session.ts';

/** What the server says it runs. */
export const SOFTWARE = 'nettk';

/** 005 in lines of 13 tokens at most. */
const SUPPORTED: readonly (readonly string[])[] = [
  [
    `NETWORK=${NETWORK_NAME}`,
    'CASEMAPPING=ascii',
    'CHANTYPES=#',
    'PREFIX=(ov)@+',
    'CHANMODES=b,k,l,imnst',
    `NICKLEN=${LENGTHS.nick}`,
    `USERLEN=${LENGTHS.user}`,
    `CHANNELLEN=${LENGTHS.room}`,
    `TOPICLEN=${LENGTHS.topic}`,
    `KICKLEN=${LENGTHS.reason}`,
    `AWAYLEN=${LENGTHS.away}`,
    `NAMELEN=${LENGTHS.name}`,
    `KEYLEN=${LENGTHS.key}`,
  ],
  [
    `MODES=${MAX_MODE_CHANGES}`,
    `CHANLIMIT=#:${MAX_ROOMS}`,
    `MAXLIST=b:${MAX_LIST_LENGTH}`,
    `TARGMAX=JOIN:,PART:,PRIVMSG:${MAX_TARGETS},NOTICE:${MAX_TARGETS},TAGMSG:${MAX_TARGETS},KICK:${MAX_TARGETS},WHOIS:1,NAMES:1,LIST:`,
    `CHATHISTORY=${MAX_HISTORY_REPLY}`,
    'MSGREFTYPES=timestamp,msgid',
    'UTF8ONLY',
  ],
];

/** Greets a client. */
export function welcome(session: IrcSession): void {
  const { user, house } = session;
  if (!user) return;
  const since = new Date(house.since).toISOString();
  session.reply('001', `Welcome to the ${NETWORK_NAME} chat, ${user.source}`);
  session.reply('002', `Your host is ${SERVER_NAME}, running ${SOFTWARE}`);
  session.reply('003', `This server was started ${since}`);
  session.reply('004', SERVER_NAME, SOFTWARE, 'io', 'bklimnostv', 'bklov');
  tellSupported(session);
  tellLusers(session);
  tellMotd(session);
}

/** 005: what this server supports. */
export function tellSupported(session: IrcSession): void {
  for (const tokens of SUPPORTED) session.reply('005', ...tokens, 'are supported by this server');
  const { floor } = session.house.rules;
  // Ours: by it the chat page can say whose turn it is.
  if (floor) session.reply('005', `FLOOR=${floor}`, 'are supported by this server');
}

/** How many there are. */
export function tellLusers(session: IrcSession): void {
  const { house } = session;
  const users = [...house.users.values()];
  const invisible = users.filter(({ isInvisible }) => isInvisible).length;
  const operators = users.filter(({ isOperator }) => isOperator).length;
  const unknown = house.connections - users.length;
  session.reply('251', `There are ${users.length - invisible} users and ${invisible} invisible on 1 servers`);
  if (operators > 0) session.reply('252', String(operators), 'operator(s) online');
  if (unknown > 0) session.reply('253', String(unknown), 'unknown connection(s)');
  session.reply('254', String(house.rooms.size), 'rooms formed');
  session.reply('255', `I have ${users.length} clients and 0 servers`);
  const [now, most] = [String(users.length), String(house.mostUsers)];
  session.reply('265', now, most, `Current local users ${now}, max ${most}`);
  session.reply('266', now, most, `Current global users ${now}, max ${most}`);
}

/** The message of the day. */
export function tellMotd(session: IrcSession): void {
  const { motd } = session.house.rules;
  if (!motd) {
    session.refuse(REFUSALS.noMotd());
    return;
  }
  session.reply('375', `- ${SERVER_NAME} Message of the day -`);
  for (const line of motd) session.reply('372', `- ${line}`);
  session.reply('376', 'End of /MOTD command');
}
