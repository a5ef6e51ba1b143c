/** Chat clients that are killed, cut off, or silent, and a chat server that is told to stop, on the binary. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ChatProgram, startIrssi, startNc, startWeechat } from '../support/chat-clients.ts';
import { ChatPerson } from '../support/chat-person.ts';
import { needs } from '../support/needs.ts';
import { createNetns } from '../support/netns.ts';
import { NETTK, startNettk } from '../support/nettk.ts';
import { startPeer } from '../support/peers.ts';

const CLIENTS: readonly [
  name: string,
  needed: readonly string[],
  start: (port: number, nick: string) => Promise<ChatProgram>,
][] = [
  ['nc', ['nc.openbsd'], startNc],
  ['irssi', ['irssi', 'tmux'], startIrssi],
  ['weechat', ['weechat-headless'], startWeechat],
];
/** Far below what anybody would call waiting. */
const MOMENT_MS = 1_000;
const SILENT_CLIENTS = 1_000;

const startChat = (...args: string[]) => startNettk(['chat-server', '--port', '0', ...args]);

const introduction = (nick: string): string => `NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nJOIN #lobby\r\n`;

/** Somebody with an IRC client that does what it is told, and nothing more. */
async function enterIrc(port: number, nick: string): Promise<ChatPerson> {
  const person = ChatPerson.connect(port);
  person.say(introduction(nick).trimEnd());
  await person.hears(' 366 ');
  return person;
}

describe('a chat client', () => {
  it.for(CLIENTS)('%s that is killed frees its nick at once', async ([, needed, start], context) => {
    needs(context, ...needed);
    await using server = await startChat();
    const [port = 0] = server.ports;
    using bob = await enterIrc(port, 'bob');
    await using ann = await start(port, 'ann');
    await bob.hears(':ann!');
    process.kill(ann.pid, 'SIGKILL');
    // Not after the ping timeout, which is two minutes.
    await bob.hears(' QUIT :');
    bob.say('NICK ann\r');
    await bob.hears(':bob!~bob@127.0.0.1 NICK ann\r\n');
  });

  it('nettk chat that is killed does so too', async () => {
    await using server = await startChat();
    const [port = 0] = server.ports;
    using bob = await enterIrc(port, 'bob');
    await using ann = await startPeer(NETTK, ['chat', `127.0.0.1:${port}`, '--nick', 'ann']);
    await bob.hears(':ann!');
    process.kill(ann.pid, 'SIGKILL');
    await bob.hears(':ann!');
    expect(bob.lines.at(-1)).toMatch(/^:ann!\S+ QUIT :/);
  });

  it('that answers no PING frees its nick after the ping timeout, and one that does stays', async () => {
    await using server = await startChat('--ping-timeout', '2s');
    const [port = 0] = server.ports;
    using bob = await ChatPerson.enter(port, 'bob');
    using cat = await enterIrc(port, 'cat');
    cat.socket.on('data', (text) => {
      if (String(text).includes('PING :chat.nettk')) cat.say('PONG :chat.nettk\r');
    });
    using ann = await enterIrc(port, 'ann');
    await ann.hears('PING :chat.nettk\r\n');
    await ann.hears('ERROR :Closing link: (127.0.0.1) [Ping timeout: 2 seconds]\r\n');
    await bob.hears('* ann left: Ping timeout: 2 seconds\n');
    using _next = await enterIrc(port, 'ann');
    bob.say('/who');
    await bob.hears('* in lobby: @bob cat ann\n');
  });

  it('whose network is gone frees its nick after the ping timeout', async (context) => {
    needs(context, 'root', 'ip', 'nc.openbsd');
    await using folder = await mkdtempDisposable(join(tmpdir(), 'nettk-chat-'));
    await using space = createNetns();
    const { via } = space;
    const path = join(folder.path, 'chat.sock');
    const args = ['chat-server', '--port', '0', '--unix', path, '--ping-timeout', '2s'];
    await using server = await startNettk(args, { via, ready: 2 });
    // A socket in the file system is in every network.
    using bob = await ChatPerson.enter(path, 'bob');
    await using ann = await startPeer('nc.openbsd', ['127.0.0.1', String(server.ports[0])], { via });
    ann.child.stdin?.write(introduction('ann'));
    await using pat = await startPeer('nc.openbsd', ['127.0.0.1', String(server.ports[0])], { via });
    pat.child.stdin?.write('pat\n');
    await pat.until((out) => out.includes('* in lobby: '));
    execFileSync('ip', ['-n', space.name, 'link', 'set', 'lo', 'down']);
    for (let i = 0; i < 2; i += 1) await bob.hears(' left: ');
    bob.say('/nick pat');
    await bob.hears('* bob is now pat\n');
    bob.say('/nick ann');
    await bob.hears('* pat is now ann\n');
  });
});

describe('a chat server that is told to stop', () => {
  it('tells everybody, lets them go, and ends with 0', async () => {
    await using server = await startChat();
    const [port = 0] = server.ports;
    using ann = await enterIrc(port, 'ann');
    using bob = await ChatPerson.enter(port, 'bob');
    using cat = ChatPerson.connect(port);
    cat.say('CAP LS 302\r');
    await cat.hears('CAP * LS ');
    using dan = ChatPerson.connect(port);
    await once(dan.socket, 'connect');
    const ends = [ann, bob, cat, dan].map(({ socket }) => once(socket, 'end'));
    const { code, stderr } = await server.stop('SIGTERM');
    await Promise.all(ends);
    expect(code).toBe(0);
    expect(stderr).not.toContain('cut');
    await ann.hears(':chat.nettk NOTICE ann :The server is closing\r\n');
    await ann.hears('ERROR :Closing link: (127.0.0.1) [The server is closing]\r\n');
    await bob.hears('* goodbye: The server is closing\n');
    await cat.hears(':chat.nettk NOTICE * :The server is closing\r\n');
    await cat.hears('ERROR :Closing link: (127.0.0.1) [The server is closing]\r\n');
    await dan.hears('* goodbye: The server is closing\n');
    // Nobody needs to hear of each other's leaving.
    for (const { heard } of [ann, bob]) expect(heard).not.toMatch(/QUIT|left/);
  });

  it.for(CLIENTS)('tells %s', async ([, needed, start], context) => {
    needs(context, ...needed);
    await using server = await startChat();
    await using ann = await start(server.ports[0] ?? 0, 'ann');
    expect((await server.stop('SIGTERM')).code).toBe(0);
    await ann.hears(/The server is closing/);
  });
});

describe('a chat server with 1,000 clients that say nothing', () => {
  it('answers the others as ever, also while it asks all of them for a nick', async () => {
    await using server = await startChat();
    const [port = 0] = server.ports;
    using bob = await ChatPerson.enter(port, 'bob');
    const silent: ChatPerson[] = [];
    try {
      for (let i = 0; i < SILENT_CLIENTS; i += 1) silent.push(ChatPerson.connect(port));
      let [longest, said] = [0, 0];
      using ann = await ChatPerson.enter(port, 'ann');
      while (!silent.every(({ heard }) => heard === '* your nick?\n')) {
        const start = performance.now();
        said += 1;
        ann.say(`word ${said}`);
        await bob.hears(`[lobby] ann: word ${said}\n`);
        longest = Math.max(longest, performance.now() - start);
      }
      expect(said).toBeGreaterThan(100);
      expect(longest).toBeLessThan(MOMENT_MS);
      // They are let in as anybody is.
      silent.at(-1)?.say('zoe');
      await bob.hears('* zoe joined lobby\n');
    } finally {
      for (const one of silent) one[Symbol.dispose]();
    }
  });
});
