/** The client half of IRC over any open stream: registers, answers pings, says what happens, and does what it is told. */

import type { Duplex } from 'node:stream';
import { NettkError, wrapSystemError } from '../errors.ts';
import { drained } from '../stream/drained.ts';
import { readRawLines } from '../stream/lines.ts';
import { excerpt } from '../stream/printable.ts';
import {
  channelOf,
  foldIrc,
  formatIrc,
  type IrcMessage,
  MAX_IRC_BYTES,
  MAX_IRC_TAG_BYTES,
  nickOf,
  parseIrc,
  roomOf,
} from './irc.ts';
import type { ChatEvent } from './irc-client-events.ts';
import { Registering } from './irc-client-register.ts';
import { RoomList } from './irc-client-rooms.ts';
import { IrcTranslator } from './irc-client-translate.ts';
import { asAction, cutText, saying } from './irc-text.ts';

/** How a client introduces itself. */
export interface IrcClientOptions {
  readonly nick: string;
  readonly realname?: string | undefined;
  /** The server's password. */
  readonly password?: string | undefined;
  /** How long registering, joining and settling may each take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What answers a JOIN that is refused. */
const JOIN_REFUSALS: ReadonlySet<string> = new Set('403 405 437 470 471 473 474 475 476 477 479 489 520'.split(' '));
/** What stands in front of our words when others get them may be so long, where we do not know it, in bytes. */
const MAX_SOURCE_BYTES = 120;
/** A piece of our words may be so long even where server and names leave no room: then it is the server's to refuse. */
const MIN_PIECE_BYTES = 64;
/** What may wait for a server that does not read; it gets no more answers to its pings then, in bytes. */
const MAX_UNREAD_BYTES = 1_048_576;
const CRLF_BYTES = 2;

interface Wait {
  resolve(): void;
  reject(error: Error): void;
}

/** One connection to an IRC server. */
export class IrcClient {
  readonly #conn: Duplex;
  readonly #options: IrcClientOptions;
  readonly #register: Registering;
  readonly #rooms = new RoomList();
  readonly #translator: IrcTranslator;
  readonly #joins = new Map<string, Wait>();
  readonly #pongs = new Map<string, Wait>();
  #source = '';
  #tokens = 0;
  #hasQuit = false;
  /** Half-duplex rooms, where the floor is held until it is given away (005 FLOOR=hold; nettk's own). */
  #hasFloor = false;
  /** Why the server says that it closes. */
  #parting = '';

  constructor(conn: Duplex, options: IrcClientOptions) {
    this.#conn = conn;
    this.#options = options;
    this.#register = new Registering(options, (line) => this.send(line));
    this.#translator = new IrcTranslator(this, this.#rooms);
  }

  /** Our nick, as the server has it. */
  get nick(): string {
    return this.#register.nick;
  }

  /** Why it is not the one we asked for, as the server says; empty where it did not. */
  get objection(): string {
    return this.#register.objection;
  }

  /** What the server and we agreed on. */
  get caps(): ReadonlySet<string> {
    return this.#register.caps;
  }

  /** The rooms we are in, without `#`, and who else is. */
  get rooms(): RoomList {
    return this.#rooms;
  }

  /**
   * Introduces us, and tells what happens until the connection ends in order. The handler is waited for, so that one who is slow
   * holds the server back.
   *
   * @throws NettkError where the server refuses us, breaks the protocol or leaves before we do
   */
  async run(onEvent: (event: ChatEvent) => Promise<void> | void): Promise<void> {
    this.#register.begin();
    try {
      for await (const { bytes } of readRawLines(this.#conn, { maxLength: MAX_IRC_TAG_BYTES + MAX_IRC_BYTES * 8 })) {
        const message = parseIrc(bytes.toString('utf8'));
        if (!message) continue;
        for (const event of this.#take(message)) await onEvent(event);
      }
      if (!this.#hasQuit) throw this.#left();
    } catch (error) {
      const reason = this.#whyEnded(error);
      this.#register.fail(reason);
      for (const wait of [...this.#joins.values(), ...this.#pongs.values()]) wait.reject(reason);
      throw reason;
    }
    for (const wait of [...this.#joins.values(), ...this.#pongs.values()]) wait.reject(this.#left());
  }

  /** Resolves when the server has taken us in. @throws NettkError where it does not */
  registered(): Promise<void> {
    return this.#inTime(this.#register.done, 'register');
  }

  /** Goes into a room; resolves when we are in. @throws NettkError where we may not */
  join(room: string, key = ''): Promise<void> {
    const wait = Promise.withResolvers<void>();
    this.#joins.set(foldIrc(channelOf(room)), wait);
    this.send(formatIrc({ command: 'JOIN', params: key === '' ? [channelOf(room)] : [channelOf(room), key] }));
    return this.#inTime(wait.promise, `join ${room}`);
  }

  /** Resolves when the server has taken all that was sent before. */
  settle(): Promise<void> {
    const wait = Promise.withResolvers<void>();
    this.#tokens += 1;
    const token = `nettk-${this.#tokens}`;
    this.#pongs.set(token, wait);
    this.send(`PING :${token}`);
    return wait.promise;
  }

  /** Says something in a room or to somebody; in as many messages as it takes. The events of what we said come back. */
  say(target: string, text: string, kind: 'message' | 'action' = 'message'): ChatEvent[] {
    const head = `PRIVMSG ${target} :`;
    const around = CRLF_BYTES + (Buffer.byteLength(this.#source) || MAX_SOURCE_BYTES) + Buffer.byteLength(head) + 2;
    const pieces = cutText(text, Math.max(MIN_PIECE_BYTES, MAX_IRC_BYTES - around - asAction('').length));
    for (const piece of pieces) this.send(head + (kind === 'action' ? asAction(piece) : piece));
    // A server that sends them back tells when they were said.
    return this.caps.has('echo-message') ? [] : pieces.map((piece) => this.#translator.own(kind, target, piece));
  }

  /** Asks for what was said last in a room; false where the server keeps nothing. */
  history(room: string, count: number): boolean {
    if (!this.caps.has('draft/chathistory')) return false;
    this.send(formatIrc({ command: 'CHATHISTORY', params: ['LATEST', channelOf(room), '*', String(count)] }));
    return true;
  }

  /** Gives the floor of a half-duplex room to the others, where there is such a thing. */
  passFloor(room: string): void {
    if (this.#hasFloor) this.send(`PRIVMSG ${channelOf(room)} :`);
  }

  /** Sends a command as it is. */
  send(line: string): void {
    if (this.#conn.writable) this.#conn.write(`${line.replace(/[\r\n\0]/g, ' ')}\r\n`);
  }

  /** Resolves when the connection can take more. */
  drained(): Promise<void> {
    return drained(this.#conn);
  }

  /** Says goodbye; the server closes then. */
  quit(text: string): void {
    if (this.#hasQuit) return;
    this.#hasQuit = true;
    this.send(formatIrc({ command: 'QUIT', params: [text] }));
    this.#conn.end();
  }

  #take(message: IrcMessage): ChatEvent[] {
    const { command, params, source } = message;
    if (command === 'PING') {
      const canAnswer = this.#conn.writableLength < MAX_UNREAD_BYTES;
      if (canAnswer) this.send(formatIrc({ command: 'PONG', params: [params.at(-1) ?? ''] }));
      return [];
    }
    if (command === 'PONG') {
      this.#settle(this.#pongs, params.at(-1) ?? '');
      return [];
    }
    if (command === 'ERROR') {
      this.#parting = params.at(-1) ?? '';
      return [];
    }
    if (this.#register.take(message)) return [];
    if (command === '005' && params.includes('FLOOR=hold')) this.#hasFloor = true;
    if (command === 'JOIN' && foldIrc(nickOf(source)) === foldIrc(this.nick)) {
      this.#source = source;
      this.#settle(this.#joins, foldIrc(params[0] ?? ''));
    } else if (JOIN_REFUSALS.has(command) && this.#refuseJoin(params[1] ?? '', params.at(-1) ?? '')) return [];
    const events = this.#translator.translate(message);
    if (command === 'NICK' && foldIrc(nickOf(source)) === foldIrc(this.nick))
      this.#register.nick = params[0] ?? this.nick;
    return events;
  }

  #settle(waits: Map<string, Wait>, name: string): void {
    waits.get(name)?.resolve();
    waits.delete(name);
  }

  /** True where somebody waits for it. */
  #refuseJoin(channel: string, text: string): boolean {
    const wait = this.#joins.get(foldIrc(channel));
    this.#joins.delete(foldIrc(channel));
    const action = `join ${excerpt(roomOf(channel))}`;
    wait?.reject(new NettkError({ code: 'REFUSED', action, reason: saying(text) }));
    return wait !== undefined;
  }

  /** Of a connection that broke the server's own words are the better reason. */
  #whyEnded(error: unknown): Error {
    if (error === this.#conn.errored) return this.#parting === '' ? wrapSystemError(error, 'chat') : this.#left();
    return error instanceof Error ? error : new Error(String(error));
  }

  #left(): NettkError {
    const reason =
      this.#parting === '' ? 'the server closed the connection' : `the server says: ${saying(this.#parting)}`;
    return new NettkError({ code: 'REFUSED', action: 'chat', reason });
  }

  #inTime(promise: Promise<void>, action: string): Promise<void> {
    const { timeoutMs } = this.#options;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new NettkError({ code: 'TIMEOUT', action, reason: `no answer within ${timeoutMs / 1_000} s` }));
    }, timeoutMs);
    return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
  }
}
