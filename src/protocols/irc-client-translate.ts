/** What a server says, as events of a chat. */

import { foldIrc, type IrcMessage, nickOf, roomOf } from './irc.ts';
import type { ChatEvent, ChatNews, ChatSpeech } from './irc-client-events.ts';
import type { RoomList } from './irc-client-rooms.ts';
import { actionOf, isCtcp } from './irc-text.ts';

/** Who we are. */
export interface Self {
  readonly nick: string;
}

type News = Omit<ChatNews, 'at' | 'isOwn' | 'nick'>;

/** Numbers that say nothing a person asked for: the greeting, the ends of lists, what other events tell already. */
const SILENT: ReadonlySet<string> = new Set(
  '002 003 004 005 251 252 253 254 255 265 266 250 333 329 315 318 321 323 368 376 374 422 375'.split(' '),
);
/** Batches open at once, and names of one NAMES answer. */
const MAX_BATCHES = 100;
const MAX_NAMES = 10_000;

/** Follows the server's words. */
export class IrcTranslator {
  readonly #self: Self;
  readonly #rooms: RoomList;
  /** Batches under way, by name: is it history? */
  readonly #batches = new Map<string, boolean>();
  #names: string[] = [];
  /** The last refusal's text. */
  #refusal = '';

  constructor(self: Self, rooms: RoomList) {
    this.#self = self;
    this.#rooms = rooms;
  }

  /** What we said ourselves, where the server does not send it back. */
  own(event: 'message' | 'action', target: string, text: string): ChatEvent {
    const where = isChannel(target) ? { room: roomOf(target) } : { to: target };
    return { event, ...where, nick: this.#self.nick, text, at: Date.now(), isOwn: true, isOld: false };
  }

  /** The events of a message; none for many. */
  translate(message: IrcMessage): ChatEvent[] {
    const { command } = message;
    if (command === 'PRIVMSG' || command === 'NOTICE') return this.#speech(message, command);
    if (command === 'BATCH') {
      this.#batch(message.params);
      return [];
    }
    if (command === 'FAIL') return [this.#news(message, { event: 'refused', text: message.params.at(-1) })];
    if (/^\d{3}$/.test(command)) return this.#number(message);
    return this.#change(message);
  }

  #speech(message: IrcMessage, command: 'PRIVMSG' | 'NOTICE'): ChatEvent[] {
    const { params, source, tags } = message;
    const [target = '', words = ''] = params;
    if (isCtcp(words)) return [];
    if (command === 'NOTICE' && !source.includes('!')) return this.#serverNotice(message, target, words);
    const action = actionOf(words);
    const event: ChatSpeech['event'] = command === 'NOTICE' ? 'notice' : action === undefined ? 'message' : 'action';
    const nick = nickOf(source);
    const channel = target.replace(/^[@+%&~]+(?=#)/, '');
    const where = isChannel(channel) ? { room: roomOf(channel) } : { to: target };
    return [
      {
        event,
        ...where,
        nick,
        text: action ?? words,
        at: timeOf(message),
        isOwn: this.#isUs(nick),
        isOld: this.#batches.get(tags.get('batch') ?? '') === true,
      },
    ];
  }

  /** What a server says for itself; it may say so what it has refused by number already, for clients that do not show it. */
  #serverNotice(message: IrcMessage, target: string, text: string): ChatEvent[] {
    if (text === this.#refusal) return [];
    return [this.#news(message, { event: 'info', room: isChannel(target) ? roomOf(target) : undefined, text })];
  }

  #batch([name = '', type = '']: readonly string[]): void {
    if (name.startsWith('-')) this.#batches.delete(name.slice(1));
    else if (this.#batches.size < MAX_BATCHES) this.#batches.set(name.slice(1), type.endsWith('chathistory'));
  }

  #change(message: IrcMessage): ChatEvent[] {
    const { command, params, source } = message;
    const [first = '', second, third] = params;
    const nick = nickOf(source);
    const rooms = this.#rooms;
    switch (command) {
      case 'JOIN':
        if (this.#isUs(nick)) rooms.enter(roomOf(first));
        rooms.add(roomOf(first), nick);
        return [this.#news(message, { event: 'joined', room: roomOf(first) })];
      case 'PART':
        rooms.remove(roomOf(first), nick);
        if (this.#isUs(nick)) rooms.leave(roomOf(first));
        return [this.#news(message, { event: 'left', room: roomOf(first), text: second })];
      case 'QUIT':
        return rooms.rename(nick, undefined).map((room) => this.#news(message, { event: 'left', room, text: first }));
      case 'KICK':
        return [this.#kicked(message, roomOf(first), second ?? '', third)];
      case 'NICK':
        rooms.rename(nick, first);
        return [this.#news(message, { event: 'nick', to: first })];
      case 'TOPIC':
        return [this.#news(message, { event: 'topic', room: roomOf(first), text: second ?? '' })];
      case 'MODE':
        if (!isChannel(first)) return [];
        return [this.#news(message, { event: 'mode', room: roomOf(first), text: params.slice(1).join(' ') })];
      case 'INVITE':
        return [this.#news(message, { event: 'invited', room: roomOf(second ?? ''), to: first })];
      case 'AWAY':
        return [this.#news(message, { event: 'away', text: first })];
      default:
        return [];
    }
  }

  #kicked(message: IrcMessage, room: string, who: string, text: string | undefined): ChatEvent {
    this.#rooms.remove(room, who);
    if (this.#isUs(who)) this.#rooms.leave(room);
    return this.#news(message, { event: 'kicked', room, to: who, text });
  }

  #number(message: IrcMessage): ChatEvent[] {
    const { command, params } = message;
    const [, first = '', second = ''] = params;
    const text = params.at(-1) ?? '';
    if (command === '353') {
      this.#takeNames(params);
      return [];
    }
    if (command === '366') {
      const names = this.#names.splice(0);
      return [this.#news(message, { event: 'members', room: roomOf(first), names })];
    }
    if (command === '332') return [this.#news(message, { event: 'topic', room: roomOf(first), text })];
    if (SILENT.has(command)) return [];
    if (command === '322') {
      return [
        this.#news(message, { event: 'info', text: `${roomOf(first)} (${second})${text === '' ? '' : `: ${text}`}` }),
      ];
    }
    const about = params.slice(1, -1).map(roomOf).join(' ');
    const words = about === '' ? text : `${about}: ${text}`;
    if (Number(command) < 400) return [this.#news(message, { event: 'info', text: words })];
    this.#refusal = text;
    return [this.#news(message, { event: 'refused', text: words })];
  }

  #takeNames(params: readonly string[]): void {
    const room = roomOf(params[2] ?? '');
    for (const one of (params.at(-1) ?? '').split(' ')) {
      if (one === '' || this.#names.length >= MAX_NAMES) continue;
      this.#names.push(one);
      this.#rooms.add(room, nickOf(one.replace(/^[~&@%+]+/, '')));
    }
  }

  #news(message: IrcMessage, news: News): ChatEvent {
    const isNumber = /^(\d{3}|FAIL)$/.test(message.command);
    const nick = isNumber ? undefined : nickOf(message.source);
    return { ...news, nick, at: timeOf(message), isOwn: nick !== undefined && this.#isUs(nick) };
  }

  #isUs(nick: string): boolean {
    return foldIrc(nick) === foldIrc(this.#self.nick);
  }
}

const isChannel = (name: string): boolean => /^[#&]/.test(name);

/** When it was said: as the server says (server-time), or now. */
function timeOf({ tags }: IrcMessage): number {
  const at = Date.parse(tags.get('time') ?? '');
  return Number.isNaN(at) ? Date.now() : at;
}
