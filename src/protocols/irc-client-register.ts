/** How a client introduces itself to an IRC server: capabilities, password, nick, until the welcome. */

import { NettkError } from '../errors.ts';
import { formatIrc, type IrcMessage } from './irc.ts';
import type { IrcClientOptions } from './irc-client.ts';
import { saying } from './irc-text.ts';

/** What makes a chat better where a server has it. */
const WANTED: ReadonlySet<string> = new Set([
  'server-time',
  'message-tags',
  'echo-message',
  'multi-prefix',
  'away-notify',
  'setname',
  'batch',
  'draft/chathistory',
]);
/** Nicks that are tried before we give up. */
const MAX_TRIES = 20;
/** Answers that end it, and what to change: a line is too long, the password is wrong, or nobody is let in. */
const REFUSALS: Readonly<Record<string, string | undefined>> = {
  '417': '--nick',
  '464': '--password',
  '465': undefined,
};
const NICK_REFUSALS: ReadonlySet<string> = new Set(['432', '433', '436', '437']);

/** The steps to 001. */
export class Registering {
  readonly caps = new Set<string>();
  /** The nick we have, or ask for. */
  nick: string;
  readonly #options: IrcClientOptions;
  readonly #send: (line: string) => void;
  readonly #outcome = Promise.withResolvers<void>();
  readonly #offered = new Set<string>();
  #tries = 1;
  /** Why the server did not take the nick that was asked for last. */
  #objection = '';
  #isDone = false;

  constructor(options: IrcClientOptions, send: (line: string) => void) {
    this.#options = options;
    this.#send = send;
    this.nick = options.nick;
    this.#outcome.promise.catch(() => {});
  }

  /** Resolves at the welcome. */
  get done(): Promise<void> {
    return this.#outcome.promise;
  }

  /** Why we have another nick than we asked for, as the server says; empty where it did not. */
  get objection(): string {
    return this.#objection;
  }

  /** Says who we are. */
  begin(): void {
    const { nick, realname = nick, password } = this.#options;
    this.#send('CAP LS 302');
    if (password !== undefined) this.#send(formatIrc({ command: 'PASS', params: [password] }));
    this.#send(formatIrc({ command: 'NICK', params: [nick] }));
    this.#send(formatIrc({ command: 'USER', params: [nick.replace(/\W/g, '') || 'nettk', '0', '*', realname] }));
  }

  /** Gives up. */
  fail(error: Error): void {
    this.#outcome.reject(error);
  }

  /** Takes a message of the server; false where it is none of its business. */
  take({ command, params }: IrcMessage): boolean {
    if (command === 'CAP') {
      this.#takeCap(params);
      return true;
    }
    if (this.#isDone) return false;
    if (command === '001') {
      this.nick = params[0] ?? this.nick;
      this.#isDone = true;
      this.#outcome.resolve();
      return true;
    }
    const text = saying(params.at(-1) ?? '');
    if (Object.hasOwn(REFUSALS, command)) this.#refuse(text, REFUSALS[command]);
    else if (NICK_REFUSALS.has(command)) this.#tryNext(text);
    return true;
  }

  #takeCap([, verb = '', ...rest]: readonly string[]): void {
    const caps = (rest.at(-1) ?? '').split(' ').filter((one) => one !== '');
    if (verb === 'LS') {
      // Only what we want is kept: a server may offer as much as it likes.
      for (const cap of caps.map((one) => one.replace(/=.*/, ''))) if (WANTED.has(cap)) this.#offered.add(cap);
      if (rest.length > 1) return;
      const wanted = [...this.#offered];
      this.#send(wanted.length === 0 ? 'CAP END' : `CAP REQ :${wanted.join(' ')}`);
    } else if (verb === 'ACK') {
      for (const cap of caps) if (WANTED.has(cap)) this.caps.add(cap);
      if (!this.#isDone) this.#send('CAP END');
    } else if (verb === 'NAK') {
      if (!this.#isDone) this.#send('CAP END');
    } else if (verb === 'DEL') for (const cap of caps) this.caps.delete(cap);
  }

  #tryNext(text: string): void {
    this.#objection = text;
    this.#tries += 1;
    if (this.#tries > MAX_TRIES) {
      this.#refuse(text, '--nick');
      return;
    }
    this.nick = `${this.#options.nick.slice(0, 28 - String(this.#tries).length)}${this.#tries}`;
    this.#send(formatIrc({ command: 'NICK', params: [this.nick] }));
  }

  #refuse(reason: string, hint: string | undefined): void {
    this.fail(new NettkError({ code: 'REFUSED', action: 'register', reason, ...(hint !== undefined && { hint }) }));
  }
}
