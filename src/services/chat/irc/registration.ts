/** How an IRC client introduces itself: CAP, PASS, NICK and USER, in any order; then the welcome. */

import { shorten } from '../../../protocols/irc-text.ts';
import { isSame } from '../attendance.ts';
import { LENGTHS } from '../limits.ts';
import { checkNick, enter } from '../presence.ts';
import { ChatRefusal, REFUSALS } from '../refusal.ts';
import type { IrcSession } from './session.ts';
import { welcome } from './welcome.ts';

/** Capabilities a client may ask for (ircv3.net). */
export const CAPABILITIES: readonly string[] = [
  'away-notify',
  'batch',
  'cap-notify',
  'draft/chathistory',
  'echo-message',
  'labeled-response',
  'message-tags',
  'multi-prefix',
  'server-time',
  'setname',
];

/** What a client has said of itself so far. */
export class Registration {
  readonly #session: IrcSession;
  readonly #caps = new Set<string>();
  #nick: string | undefined;
  #user: { readonly name: string; readonly realname: string } | undefined;
  #password = '';
  /** Of capability negotiation, the highest it named. */
  #version = 0;
  /** Is it still negotiating capabilities? */
  #isNegotiating = false;

  constructor(session: IrcSession) {
    this.#session = session;
  }

  /** The nick it asked for. */
  get nick(): string | undefined {
    return this.#nick;
  }

  /** PASS: kept until it is needed. */
  takePassword(password: string): void {
    this.#password = password;
  }

  /** NICK before there is a user. @throws ChatRefusal */
  takeNick(nick: string): void {
    checkNick(this.#session.house, nick);
    this.#nick = nick;
    this.#complete();
  }

  /** USER. */
  takeUser(name: string, realname: string): void {
    const clean = name.replace(/[^\w.-]/g, '').slice(0, LENGTHS.user - 1);
    this.#user = { name: `~${clean || 'user'}`, realname: shorten(realname, LENGTHS.name) };
    this.#complete();
  }

  /** CAP: LS, LIST, REQ, END. @throws ChatRefusal */
  takeCap([verb = '', list = '']: readonly string[]): void {
    const reply = (answer: string, caps: string): void => this.#session.reply('CAP', answer, caps);
    switch (verb.toUpperCase()) {
      case 'LS':
        this.#isNegotiating = true;
        this.#version = Math.max(this.#version, Number(list) || 0);
        if (this.#version >= 302) this.#caps.add('cap-notify');
        this.#adopt();
        reply('LS', CAPABILITIES.join(' '));
        break;
      case 'LIST':
        reply('LIST', [...this.#caps].sort().join(' '));
        break;
      case 'REQ':
        this.#isNegotiating = true;
        reply(this.#request(list) ? 'ACK' : 'NAK', list);
        break;
      case 'END':
        this.#isNegotiating = false;
        this.#complete();
        break;
      default:
        throw REFUSALS.badCap(verb.slice(0, 40) || '*');
    }
  }

  /** Takes all of a request or nothing. Whoever knows version 302 knows of NEW and DEL, and cannot forget it. */
  #request(list: string): boolean {
    const wishes = list.split(' ').filter((one) => one !== '');
    if (!wishes.every((one) => CAPABILITIES.includes(one.replace(/^-/, '')))) return false;
    if (this.#version >= 302 && wishes.includes('-cap-notify')) return false;
    for (const wish of wishes) {
      if (wish.startsWith('-')) this.#caps.delete(wish.slice(1));
      else this.#caps.add(wish);
    }
    this.#adopt();
    return true;
  }

  #adopt(): void {
    this.#session.user?.setDialect();
  }

  #complete(): void {
    const session = this.#session;
    if (session.user || this.#isNegotiating || this.#nick === undefined || !this.#user) return;
    const { password } = session.house.rules;
    if (password !== undefined && !isSame(password, this.#password)) {
      this.#refusePassword();
      return;
    }
    const { name, realname } = this.#user;
    try {
      const { host, isSecure } = session.facts;
      const { house, link, face } = session;
      const at = house.now();
      const caps = this.#caps;
      session.user = enter(house, { nick: this.#nick, username: name, host, realname, face, isSecure, link, caps, at });
    } catch (error) {
      // Somebody else took the nick meanwhile: the client has to name another.
      if (error instanceof ChatRefusal) this.#nick = undefined;
      throw error;
    }
    welcome(session);
  }

  #refusePassword(): void {
    const session = this.#session;
    const nick = this.#nick ?? '';
    session.house.audit.write('bad-password', { nick, host: session.facts.host, face: session.face });
    session.refuse(REFUSALS.badPassword());
    session.close('Password incorrect');
  }
}
