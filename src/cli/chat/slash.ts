/** What a person asks a chat client for with a slash. */

import { channelOf, foldIrc, formatIrc } from '../../protocols/irc.ts';
import type { IrcClient } from '../../protocols/irc-client.ts';
import type { ChatEvent } from '../../protocols/irc-client-events.ts';
import { suggest } from '../suggest.ts';

/** A chat under way, as the commands change it. */
export interface ChatTalk {
  readonly client: IrcClient;
  /** Where what is typed goes, without `#`; undefined where we are in no room. */
  room: string | undefined;
  /** Messages that `/history` asks for. */
  readonly history: number;
  show(event: ChatEvent): void;
  /** Tells the person something. */
  say(text: string): void;
  leave(text: string): void;
}

interface Slash {
  readonly usage: string;
  readonly does: string;
  run(talk: ChatTalk, rest: string): void;
}

/** A command to the server, of which the last parameter may hold blanks. */
const ask =
  (command: string) =>
  (talk: ChatTalk, ...params: string[]): void =>
    talk.client.send(formatIrc({ command, params }));

const SLASHES: ReadonlyMap<string, Slash> = new Map<string, Slash>([
  ['join', { usage: 'ROOM [KEY]', does: 'go into a room, or back to one you are in', run: join }],
  ['part', { usage: '[WHY]', does: 'leave the room', run: inRoom((talk, room, why) => part(talk, room, why)) }],
  ['who', { usage: '', does: 'who is here', run: inRoom((talk, room) => ask('NAMES')(talk, channelOf(room))) }],
  ['whois', { usage: 'NICK', does: 'who somebody is', run: needing('NICK', (talk, nick) => ask('WHOIS')(talk, nick)) }],
  ['rooms', { usage: '', does: 'which rooms there are', run: (talk) => ask('LIST')(talk) }],
  ['msg', { usage: 'NICK TEXT', does: 'say it to one person only', run: needing('NICK TEXT', message) }],
  ['me', { usage: 'TEXT', does: 'say what you do', run: needing('TEXT', inRoom(act)) }],
  ['nick', { usage: 'NICK', does: 'change your name', run: needing('NICK', (talk, nick) => ask('NICK')(talk, nick)) }],
  ['topic', { usage: '[TEXT]', does: 'what the room is about', run: inRoom(topic) }],
  ['history', { usage: '[N]', does: 'what was said before', run: inRoom(history) }],
  ['away', { usage: '[TEXT]', does: 'say that you are away, or back', run: away }],
  ['invite', { usage: 'NICK', does: 'ask somebody in', run: needing('NICK', inRoom(invite)) }],
  ['kick', { usage: 'NICK [WHY]', does: 'throw somebody out', run: needing('NICK', inRoom(kick)) }],
  ['mode', { usage: '[CHANGES]', does: "the room's rules", run: inRoom(mode) }],
  [
    'raw',
    {
      usage: 'LINE',
      does: 'send a line of IRC as it is',
      run: needing('LINE', (talk, line) => talk.client.send(line)),
    },
  ],
  ['quit', { usage: '[TEXT]', does: 'leave', run: (talk, text) => talk.leave(text) }],
  ['help', { usage: '', does: 'these lines', run: help }],
]);

/** The commands' names, for completion. */
export const SLASH_NAMES: readonly string[] = [...SLASHES.keys()].map((name) => `/${name}`);

/** Does what a line asks for: says it, or runs its command. */
export function takeLine(talk: ChatTalk, line: string): void {
  if (line.startsWith('/') && !line.startsWith('//')) {
    const [, name = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? [];
    const slash = SLASHES.get(name.toLowerCase());
    if (slash) slash.run(talk, rest.trim());
    else unknown(talk, name);
    return;
  }
  const text = line.startsWith('//') ? line.slice(1) : line;
  inRoom((_talk, room) => {
    for (const event of talk.client.say(channelOf(room), text)) talk.show(event);
  })(talk, '');
}

function unknown(talk: ChatTalk, name: string): void {
  const near = suggest(name, [...SLASHES.keys()]);
  talk.say(`/${name} is not a command; ${near === undefined ? '/help lists them' : `try /${near}`}, //text says /text`);
}

function inRoom(run: (talk: ChatTalk, room: string, rest: string) => void): Slash['run'] {
  return (talk, rest) => {
    if (talk.room === undefined) talk.say('you are in no room: /join ROOM');
    else run(talk, talk.room, rest);
  };
}

function needing(usage: string, run: Slash['run']): Slash['run'] {
  return (talk, rest) => {
    if (rest === '') talk.say(`that needs ${usage}`);
    else run(talk, rest);
  };
}

function split(text: string): [string, string] {
  const [, first = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  return [first, rest];
}

function join(talk: ChatTalk, rest: string): void {
  const [name, key] = split(rest);
  if (name === '') {
    talk.say('that needs ROOM');
    return;
  }
  const known = talk.client.rooms.names.find((room) => foldIrc(channelOf(room)) === foldIrc(channelOf(name)));
  if (known !== undefined) talk.room = known;
  else ask('JOIN')(talk, channelOf(name), ...(key === '' ? [] : [key]));
}

function part(talk: ChatTalk, room: string, why: string): void {
  ask('PART')(talk, channelOf(room), ...(why === '' ? [] : [why]));
}

function message(talk: ChatTalk, rest: string): void {
  const [nick, text] = split(rest);
  if (text === '') talk.say('that needs NICK TEXT');
  else for (const event of talk.client.say(nick, text)) talk.show(event);
}

function act(talk: ChatTalk, room: string, text: string): void {
  for (const event of talk.client.say(channelOf(room), text, 'action')) talk.show(event);
}

function topic(talk: ChatTalk, room: string, text: string): void {
  ask('TOPIC')(talk, channelOf(room), ...(text === '' ? [] : [text]));
}

function history(talk: ChatTalk, room: string, rest: string): void {
  const count = rest === '' ? talk.history : Number(rest);
  if (!Number.isInteger(count) || count < 1) talk.say('/history takes a number of messages');
  else if (!talk.client.history(room, count)) talk.say('this server keeps no history');
}

function away(talk: ChatTalk, text: string): void {
  ask('AWAY')(talk, ...(text === '' ? [] : [text]));
}

function invite(talk: ChatTalk, room: string, nick: string): void {
  ask('INVITE')(talk, nick, channelOf(room));
}

function kick(talk: ChatTalk, room: string, rest: string): void {
  const [nick, why] = split(rest);
  ask('KICK')(talk, channelOf(room), nick, ...(why === '' ? [] : [why]));
}

function mode(talk: ChatTalk, room: string, changes: string): void {
  talk.client.send(`MODE ${channelOf(room)}${changes === '' ? '' : ` ${changes}`}`);
}

function help(talk: ChatTalk): void {
  for (const [name, { usage, does }] of SLASHES) talk.say(`/${`${name} ${usage}`.padEnd(18)} ${does}`);
  talk.say('anything else is said in the room; //text says /text');
}
