/** A scripted IRC server behind the chat page: the test reads what the page says, line by line, and says what it hears. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ChatWebOptions, serveChatWeb } from '../../src/services/chat/web.ts';
import { readLines } from '../../src/stream/lines.ts';
import { lingerClose } from '../../src/stream/linger.ts';

/** One page's conversation, from the server's side. */
export class IrcTalk {
  readonly #stream: Duplex;
  readonly #lines: AsyncGenerator<string, void>;
  readonly #heard: string[] = [];

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#lines = readLines(stream);
  }

  /** Says lines. */
  say(...lines: readonly string[]): void {
    for (const line of lines) this.#stream.write(`${line}\r\n`);
  }

  /** The next line that starts so; those before it are passed over. Throws where the page ends before. */
  async hear(start: string): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`no ${start}; the page said ${JSON.stringify(this.#heard)}`);
      this.#heard.push(value);
      if (value.startsWith(start)) return value;
    }
  }

  /** Takes the page's introduction, with all capabilities it asks for, and gives its nick. */
  async welcome(): Promise<string> {
    await this.hear('CAP LS');
    this.say(':irc.test CAP * LS * :server-time message-tags multi-prefix sasl=PLAIN');
    this.say(':irc.test CAP * LS :echo-message away-notify batch draft/chathistory labeled-response');
    const nick = (await this.hear('NICK ')).slice('NICK '.length);
    const wanted = (await this.hear('CAP REQ ')).slice('CAP REQ :'.length);
    this.say(`:irc.test CAP ${nick} ACK :${wanted}`);
    await this.hear('CAP END');
    this.say(`:irc.test 001 ${nick} :Welcome`, `:irc.test 422 ${nick} :No message of the day`);
    return nick;
  }

  /** Takes its way into a room where these others are, with this past (whole lines with their tags). */
  async letIn(nick: string, room: string, others: string, past: readonly string[] = []): Promise<void> {
    await this.hear(`JOIN ${room}`);
    this.say(`:${nick}!web@host JOIN ${room}`);
    this.say(`:irc.test 353 ${nick} = ${room} :${nick} ${others}`, `:irc.test 366 ${nick} ${room} :End of names`);
    await this.hear(`CHATHISTORY LATEST ${room}`);
    this.tellPast(room, past);
  }

  /** Answers a CHATHISTORY. */
  tellPast(room: string, past: readonly string[]): void {
    this.say(`:irc.test BATCH +past chathistory ${room}`);
    for (const line of past) this.say(line.startsWith('@') ? `@batch=past;${line.slice(1)}` : `@batch=past ${line}`);
    this.say(':irc.test BATCH -past');
  }

  /** Breaks off, as a network does. */
  cut(): void {
    this.#stream.destroy(new Error('cut'));
  }
}

/** A chat server's browser face on a port of its own. */
export interface IrcPage extends AsyncDisposable {
  readonly url: string;
  /** The next page that connects. */
  talk(): Promise<IrcTalk>;
}

/** Starts one; whoever connects is held until its test is over. */
export async function startIrcPage(options: Partial<ChatWebOptions> = {}): Promise<IrcPage> {
  const stop = new AbortController();
  const waiting: IrcTalk[] = [];
  const wanted: ((talk: IrcTalk) => void)[] = [];
  const sockets = new Set<Socket>();
  const openIrc = async (stream: Duplex): Promise<void> => {
    const talk = new IrcTalk(stream);
    const take = wanted.shift();
    if (take) take(talk);
    else waiting.push(talk);
    await once(stream, 'close');
  };
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    const face = { signal: stop.signal, isLocal: true, isSecure: false, openIrc, ...options };
    await serveChatWeb(socket, face).catch(() => {});
    await lingerClose(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    talk: async () => waiting.shift() ?? new Promise((resolve) => wanted.push(resolve)),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
