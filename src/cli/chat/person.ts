/** A person at a terminal who chats: a prompt with the room, lines above it, slash commands. */

import type { IrcClient } from '../../protocols/irc-client.ts';
import type { ChatEvent } from '../../protocols/irc-client-events.ts';
import { printable } from '../../stream/printable.ts';
import { usesColor } from '../color.ts';
import type { Io } from '../io.ts';
import { type ChatLook, chatLine, isSpeech, terminalLine } from './lines.ts';
import type { ChatClientValues, ChatPlan } from './options.ts';
import { ChatScreen } from './screen.ts';
import { type ChatTalk, SLASH_NAMES, takeLine } from './slash.ts';
import type { ChatFace } from './talk.ts';

/** One person's chat. */
export class PersonChat implements ChatFace, ChatTalk {
  readonly client: IrcClient;
  readonly history: number;
  readonly #io: Io;
  readonly #look: ChatLook;
  readonly #screen: ChatScreen;
  readonly #over = Promise.withResolvers<void>();
  #room: string | undefined;
  #prompt = '';

  constructor(client: IrcClient, args: ChatClientValues, plan: ChatPlan, io: Io) {
    this.client = client;
    this.history = plan.history || 20;
    this.#io = io;
    this.#look = { color: usesColor(args.color, 'stdout', io), raw: args.rawOutput };
    this.#screen = new ChatScreen({
      input: io.stdin,
      output: io.stdoutIsTty ? io.stdout : io.stderr,
      complete: (word) => this.#complete(word),
      // In raw mode ^C is a key: it shall be what it is everywhere.
      onInterrupt: () => process.kill(process.pid, 'SIGINT'),
    });
  }

  get room(): string | undefined {
    return this.#room;
  }

  set room(room: string | undefined) {
    this.#room = room;
    this.#setPrompt();
  }

  async take(event: ChatEvent): Promise<void> {
    this.#follow(event);
    if (!this.#io.stdoutIsTty && isSpeech(event)) await this.#io.write(`${chatLine(event)}\n`);
    else this.show(event);
  }

  show(event: ChatEvent): void {
    this.#screen.print(terminalLine(event, this.#look));
  }

  say(text: string): void {
    this.#screen.print(`* ${printable(text)}`);
  }

  leave(text: string): void {
    if (text !== '') this.client.quit(text);
    this.#over.resolve();
  }

  speak(room: string): Promise<void> {
    this.room = this.client.rooms.names.at(-1) ?? room;
    this.#screen.listen(
      (line) => {
        const text = line.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '');
        if (text.trim() !== '') takeLine(this, text);
        else if (this.#room !== undefined) this.client.passFloor(this.#room);
      },
      () => this.#over.resolve(),
    );
    return this.#over.promise;
  }

  close(): void {
    this.#screen.close();
  }

  #follow(event: ChatEvent): void {
    const { names } = this.client.rooms;
    if (event.event === 'joined' && event.isOwn) this.room = event.room;
    else if (this.#room !== undefined && !this.client.rooms.has(this.#room)) this.room = names.at(-1);
    else this.#setPrompt();
  }

  #setPrompt(): void {
    const prompt = `${this.#room === undefined ? '' : `[${printable(this.#room)}] `}${printable(this.client.nick)}> `;
    if (prompt === this.#prompt || this.#room === undefined) return;
    this.#prompt = prompt;
    this.#screen.setPrompt(prompt);
  }

  #complete(word: string): string[] {
    if (word.startsWith('/')) return SLASH_NAMES.filter((name) => name.startsWith(word));
    const start = word.toLowerCase();
    const members = this.#room === undefined ? [] : this.client.rooms.members(this.#room);
    return members.filter((nick) => nick.toLowerCase().startsWith(start));
  }
}
