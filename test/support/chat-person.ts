/** Somebody in a chat by plain lines, as with nc: says lines, waits for what comes. */

import { connect, type Socket } from 'node:net';

/** How long anything may take; far more than it does. */
const LIMIT_MS = 20_000;

/** One plain client. */
export class ChatPerson implements Disposable {
  readonly socket: Socket;
  #heard = '';
  /** What was waited for lies before this place. */
  #at = 0;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8').on('error', () => {});
    socket.on('data', (text: string) => {
      this.#heard += text;
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  /** Connects, to a port or to a Unix socket, and has said nothing yet. */
  static connect(where: number | string): ChatPerson {
    return new ChatPerson(typeof where === 'number' ? connect(where, '127.0.0.1') : connect(where));
  }

  /** Comes in and is in the lobby. */
  static async enter(where: number | string, nick: string): Promise<ChatPerson> {
    const person = ChatPerson.connect(where);
    person.say(nick);
    await person.hears(`* in lobby: `);
    return person;
  }

  /** All that came. */
  get heard(): string {
    return this.#heard;
  }

  /** The lines that came, whole ones. */
  get lines(): string[] {
    return this.#heard.split('\n').slice(0, -1);
  }

  /** Types a line. */
  say(line: string): void {
    this.socket.write(`${line}\n`);
  }

  /** Waits until this comes, after what was waited for before. */
  async hears(text: string): Promise<void> {
    const limit = AbortSignal.timeout(LIMIT_MS);
    for (;;) {
      const found = this.#heard.indexOf(text, this.#at);
      if (found !== -1) {
        this.#at = found + text.length;
        return;
      }
      if (limit.aborted || this.socket.destroyed) {
        throw new Error(`${JSON.stringify(text)} never came; it heard ${JSON.stringify(this.#heard)}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        limit.addEventListener('abort', () => resolve());
      });
    }
  }

  /** Waits until the server has taken all that was said before, and all that it led to has come. */
  async settled(): Promise<void> {
    this.say('/nosuch');
    await this.hears('/nosuch is not a command');
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
