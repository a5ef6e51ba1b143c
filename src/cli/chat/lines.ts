/** The lines a chat is shown in: for pipes, for people at a terminal, as JSON. */

import { foldIrc } from '../../protocols/irc.ts';
import type { ChatEvent, ChatNews, ChatSpeech } from '../../protocols/irc-client-events.ts';
import { withoutFormatting } from '../../protocols/irc-text.ts';
import { printable } from '../../stream/printable.ts';

/** Is it somebody's words, which a pipe is for? */
export function isSpeech(event: ChatEvent): event is ChatSpeech {
  return event.event === 'message' || event.event === 'action' || event.event === 'notice';
}

/** An event as plain text, as the server's plain face has it: `[room] nick: text`. */
export function chatLine(event: ChatEvent): string {
  return isSpeech(event) ? speechLine(event, (nick) => nick) : newsLine(event);
}

/** How a terminal shows it. */
export interface ChatLook {
  readonly color: boolean;
  /** The peer's bytes as they are. */
  readonly raw: boolean;
}

const DIM = '\x1b[2m';
const RESET = '\x1b[0m';
/** Colours that can be read on dark and on light, without red, which is for errors. */
const NICK_COLORS = [32, 33, 34, 35, 36, 92, 94, 95, 96];

/** An event for a terminal: the time in front, nicks in colours of their own, nothing that drives the terminal. */
export function terminalLine(event: ChatEvent, { color, raw }: ChatLook): string {
  const time = clock(event.at);
  const safe = (text: string): string => (raw ? text : printable(withoutFormatting(text)));
  if (!color) return `${time} ${safe(chatLine(event))}`;
  if (!isSpeech(event) || event.isOld) return `${DIM}${time} ${safe(chatLine(event))}${RESET}`;
  // The text is made safe before it is painted: a nick may hold what looks like our paint.
  const words = { ...event, nick: safe(event.nick), text: safe(event.text), room: event.room && safe(event.room) };
  return `${DIM}${time}${RESET} ${speechLine(words, paintNick)}`;
}

/** An event as a JSON object; fields without a value are left out. */
export function chatJson(event: ChatEvent): Record<string, unknown> {
  const { at, isOwn, ...facts } = event;
  const { isOld, ...rest } = { isOld: false, ...facts };
  const time = new Date(at).toISOString();
  return { ...rest, time, ...(isOwn && { own: true }), ...(isOld && { old: true }) };
}

function clock(at: number): string {
  const time = new Date(at);
  return `${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`;
}

function paintNick(nick: string): string {
  let sum = 0;
  for (const character of foldIrc(nick)) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return `\x1b[${NICK_COLORS[sum % NICK_COLORS.length]}m${nick}${RESET}`;
}

function speechLine(speech: ChatSpeech, paint: (nick: string) => string): string {
  const { event, room, to, nick, text, isOwn } = speech;
  const who = paint(nick);
  if (room === undefined) {
    const words = event === 'action' ? `* ${text}` : text;
    return isOwn ? `[you -> ${paint(to ?? '')}] ${words}` : `[${who} -> you] ${words}`;
  }
  if (event === 'action') return `[${room}] * ${who} ${text}`;
  if (event === 'message') return `[${room}] ${who}: ${text}`;
  return `[${room}] -${who}- ${text}`;
}

const why = (text: string | undefined): string => (text === undefined || text === '' ? '' : `: ${text}`);

function newsLine(news: ChatNews): string {
  const { event, room = '', nick = '', to = '', text, names = [] } = news;
  switch (event) {
    case 'joined':
      return `* ${nick} joined ${room}`;
    case 'left':
      return `* ${nick} left ${room}${why(text)}`;
    case 'kicked':
      return `* ${nick} threw ${to} out of ${room}${why(text)}`;
    case 'nick':
      return `* ${nick} is now ${to}`;
    case 'topic':
      return text === ''
        ? `* ${room} has no topic any more`
        : `* the topic of ${room}${nick && ` by ${nick}`}: ${text}`;
    case 'mode':
      return `* ${nick} sets ${text} in ${room}`;
    case 'invited':
      return `* ${nick} invites ${to} to ${room}`;
    case 'members':
      return `* in ${room}: ${names.join(' ')}`;
    case 'away':
      return text === '' ? `* ${nick} is back` : `* ${nick} is away: ${text}`;
    default:
      return room === '' ? `* ${text}` : `[${room}] * ${text}`;
  }
}
