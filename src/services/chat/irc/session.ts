/** A client that speaks IRC: its lines in, commands found and run, answers out, with labels where it gave them. */

import { isUtf8 } from 'node:buffer';
import {
  formatIrc,
  type IrcMessage,
  MAX_IRC_BYTES,
  MAX_IRC_CLIENT_TAG_BYTES,
  MAX_IRC_TAG_BYTES,
  needsColon,
  parseIrc,
  parseTags,
} from '../../../protocols/irc.ts';
import { shorten } from '../../../protocols/irc-text.ts';
import type { Line } from '../../../stream/lines.ts';
import { Bucket } from '../flood.ts';
import type { Guest, House } from '../house.ts';
import { SERVER_NAME } from '../limits.ts';
import type { ChatLink, LinkHandler } from '../link.ts';
import { encodeTagged, type TaggedLine } from '../outgoing.ts';
import { quit } from '../presence.ts';
import { ChatRefusal, REFUSALS } from '../refusal.ts';
import type { SocketPlace } from '../unanswered.ts';
import type { FaceName, User } from '../user.ts';
import { findCommand } from './commands.ts';
import { Registration } from './registration.ts';

/** The longest line that is read, in bytes without its end; what is longer than it may be is told from what is not. */
export const MAX_READ_BYTES = MAX_IRC_TAG_BYTES + MAX_IRC_BYTES;

const LF_BYTES = 1;
const CRLF_BYTES = 2;
const AT = 0x40;
const CR = 0x0d;
const BLANK = 0x20;
const NO_TAGS: ReadonlyMap<string, string> = new Map();

/** Who is at the other end. */
export interface GuestFacts {
  readonly host: string;
  readonly isSecure: boolean;
  /** Flood control is not for them. */
  readonly isTrusted: boolean;
  /** Their connection, as the system lists it; undefined where it is no TCP. */
  readonly place: SocketPlace | undefined;
}

/** One IRC client. */
export class IrcSession implements LinkHandler, Guest {
  readonly house: House;
  readonly link: ChatLink;
  readonly facts: GuestFacts;
  readonly face: FaceName;
  readonly registration: Registration;
  /** Set once the client has registered. */
  user: User | undefined;
  readonly #bucket: Bucket | undefined;
  #batches = 0;
  /** Of the command that is being answered. */
  #label = '';

  constructor(house: House, link: ChatLink, facts: GuestFacts, face: FaceName) {
    this.house = house;
    this.link = link;
    this.facts = facts;
    this.face = face;
    this.registration = new Registration(this);
    const { flood } = house.rules;
    if (flood && !facts.isTrusted) this.#bucket = new Bucket(flood, performance.now());
  }

  /** Whom answers are addressed to: the nick, or `*` where there is none yet. */
  get name(): string {
    return this.user?.nick ?? this.registration.nick ?? '*';
  }

  onLine(line: Line): number {
    const message = this.#read(line);
    const command = message && findCommand(message.command);
    if (message) this.#run(message, command);
    for (const slow of this.house.takePressed()) this.link.waitFor(slow);
    return this.#bucket?.take(command?.cost ?? 1, performance.now()) ?? 0;
  }

  onEnd(): void {
    this.close('Client closed the connection');
  }

  onGone(reason: string): void {
    if (this.user) quit(this.house, this.user, reason);
  }

  onOver(): void {
    this.house.forget(this);
  }

  ping(): boolean {
    this.send(`PING :${SERVER_NAME}`);
    return true;
  }

  /** Says goodbye, and is over. */
  close(reason: string): void {
    if (this.user) quit(this.house, this.user, reason);
    this.send(formatIrc({ command: 'ERROR', params: [`Closing link: (${this.facts.host}) [${reason}]`] }));
    this.#answer();
    this.link.finish();
  }

  /** Says that the server is going away. */
  farewell(text: string): void {
    this.send(`:${SERVER_NAME} NOTICE ${this.name} :${text}`);
    this.close(text);
  }

  /** Answers with a number (RFC 2812, section 5), or a command that is addressed as those are. */
  reply(command: string, ...params: readonly string[]): void {
    this.send(formatIrc({ source: SERVER_NAME, command, params: [this.name, ...sound(params)] }));
  }

  /** Says what could not be done. */
  refuse({ numeric, params, message, noticeIn }: ChatRefusal): void {
    this.reply(numeric, ...params, message);
    if (noticeIn !== undefined) this.send(`:${SERVER_NAME} NOTICE ${noticeIn} :${message}`);
  }

  /** An IRCv3 standard reply: something failed, for a reason that programs can read. */
  fail(command: string, code: string, context: readonly string[], text: string): void {
    this.send(
      formatIrc({ source: SERVER_NAME, command: 'FAIL', params: [command, code, ...sound([...context, text])] }),
    );
  }

  /** Sends a line to this client; what it tells of may have made it too long: then its end is missing. */
  send(text: string, tags: ReadonlyMap<string, string> = NO_TAGS): void {
    const line = shorten(text, MAX_IRC_BYTES - CRLF_BYTES);
    if (this.user?.captured) this.user.captured.push({ tags, line });
    else this.link.give(Buffer.from(encodeTagged({ tags, line })));
  }

  /** Sends lines as a batch of a type (IRCv3 batch), or as they are to a client that knows none. */
  sendBatch(type: string, params: readonly string[], lines: readonly TaggedLine[]): void {
    if (!this.user?.caps.has('batch')) {
      for (const { line, tags } of lines) this.send(line, tags);
      return;
    }
    const name = this.#newBatch();
    this.send(formatIrc({ source: SERVER_NAME, command: 'BATCH', params: [`+${name}`, type, ...params] }));
    // Clients' own tags come last (IRCv3 message-tags).
    for (const { line, tags } of lines) this.send(line, new Map([['batch', name], ...tags]));
    this.send(`:${SERVER_NAME} BATCH -${name}`);
  }

  #newBatch(): string {
    this.#batches += 1;
    return this.#batches.toString(36);
  }

  #read(line: Line): IrcMessage | undefined {
    if (isTooLong(line)) {
      this.refuse(REFUSALS.tooLong());
      return undefined;
    }
    if (!isUtf8(line.bytes)) {
      const command = parseIrc(line.bytes.toString('latin1'))?.command ?? '*';
      this.fail(command.replace(/[^A-Z0-9]/g, '') || '*', 'INVALID_UTF8', [], 'Message rejected: it is not UTF-8');
      return undefined;
    }
    return parseApart(line.bytes);
  }

  #run(message: IrcMessage, command: ReturnType<typeof findCommand>): void {
    // Labels need batches (IRCv3 labeled-response).
    const takesLabels = this.user?.caps.has('labeled-response') && this.user.caps.has('batch');
    const label = takesLabels ? message.tags.get('label') : undefined;
    const run = (): void => {
      try {
        this.#dispatch(message, command);
      } catch (error) {
        if (!(error instanceof ChatRefusal)) throw error;
        this.refuse(error);
      }
    };
    if (this.user && label) {
      this.user.captured = [];
      this.#label = label;
    }
    run();
    this.#answer();
  }

  #dispatch(message: IrcMessage, command: ReturnType<typeof findCommand>): void {
    if (!this.user && !command?.isBeforeRegistration) throw REFUSALS.notRegistered();
    if (!command) throw REFUSALS.unknownCommand(message.command.slice(0, 40));
    if (message.params.length < (command.needs ?? 0)) throw REFUSALS.needMore(message.command);
    command.run(this, message);
  }

  /** Sends what was kept of an answer with a label: one line carries it, several are a batch that does, none is an ACK. */
  #answer(): void {
    const lines = this.user?.captured;
    if (!this.user || !lines) return;
    this.user.captured = undefined;
    const labelled = new Map([['label', this.#label]]);
    const [first] = lines;
    if (!first) this.send(`:${SERVER_NAME} ACK`, labelled);
    else if (lines.length === 1) this.send(first.line, new Map([...labelled, ...first.tags]));
    else this.#sendLabelledBatch(labelled, lines);
  }

  #sendLabelledBatch(labelled: ReadonlyMap<string, string>, lines: readonly TaggedLine[]): void {
    const name = this.#newBatch();
    this.send(`:${SERVER_NAME} BATCH +${name} labeled-response`, labelled);
    // What is in a batch of its own already stays in it.
    for (const { line, tags } of lines) this.send(line, tags.has('batch') ? tags : new Map([['batch', name], ...tags]));
    this.send(`:${SERVER_NAME} BATCH -${name}`);
  }
}

/** Parameters that can stand in a line, `*` for those that cannot: only the last may be empty, or hold blanks. */
function sound(params: readonly string[]): string[] {
  return params.map((one, i) => (i < params.length - 1 && needsColon(one) ? '*' : one));
}

/**
 * Reads a line, its tags from text of their own: a part of a text keeps all of it in memory, and what is remembered of a message
 * must not keep 4 KiB of tags.
 */
function parseApart(bytes: Buffer): IrcMessage | undefined {
  const end = tagBytes(bytes);
  const message = parseIrc(soundText(bytes.subarray(end)));
  if (!message || end === 0) return message;
  return { ...message, tags: parseTags(soundText(bytes.subarray(1, end - 1))) };
}

/** Without what may not stand in a message; some clients end a line at a lone CR. */
function soundText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return bytes.includes(0) || bytes.includes(CR) ? text.replace(/[\0\r]/g, '') : text;
}

/** How many bytes are tags, with the blank behind them. */
function tagBytes(bytes: Buffer): number {
  return bytes[0] === AT ? bytes.indexOf(BLANK) + 1 || bytes.length : 0;
}

/** 512 bytes with the end, and so many for tags in front. */
function isTooLong({ bytes, ending, isTooLong }: Line): boolean {
  if (isTooLong) return true;
  const tags = tagBytes(bytes);
  return tags > MAX_IRC_CLIENT_TAG_BYTES || bytes.length - tags + Math.max(ending.length, LF_BYTES) > MAX_IRC_BYTES;
}
