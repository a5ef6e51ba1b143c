/** The chapter's four chats, on the binary, as docs/chat.md has them. */

import { constants } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { ChatPerson } from '../support/chat-person.ts';
import { needs } from '../support/needs.ts';
import { NETTK, runNettk, runProgram, startNettk } from '../support/nettk.ts';
import { startPeer } from '../support/peers.ts';

const PYTHON = '/usr/bin/python3';
const SCRIPT = resolve(import.meta.dirname, '../fixtures/python/terminal.py');

type Step = readonly [awaited: string, typed: string];

interface Shown {
  readonly out: string;
  readonly code: number | null;
  readonly signal: number | null;
}

/** Runs nettk on a terminal of its own, waits for each text and types after it. */
async function onTerminal(context: TestContext, args: readonly string[], steps: readonly Step[]): Promise<Shown> {
  needs(context, PYTHON);
  const plan = JSON.stringify({ command: [NETTK, ...args], steps });
  const { code, stdout, stderr } = await runProgram(PYTHON, [SCRIPT, plan], {
    env: { TERM: 'xterm', NO_COLOR: '1', USER: 'guest' },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout.toString());
}

const startChat = (...args: string[]) => startNettk(['chat-server', '--port', '0', ...args]);

describe('half-duplex', () => {
  it('lets two people take turns, the host first, and refuses who is out of turn', async () => {
    await using server = await startChat('--half-duplex', '--capacity', '2');
    const port = server.ports[0] ?? 0;
    using ann = await ChatPerson.enter(port, 'ann');
    ann.say('hello?');
    await ann.hears('* lobby: Nobody else is here yet; you speak first (your line was not sent)\n');
    using bob = await ChatPerson.enter(port, 'bob');
    await bob.hears("* Half-duplex: it is ann's turn\n");
    bob.say('me first');
    await bob.hears("* lobby: Not your turn: it is ann's turn (your line was not sent)\n");
    ann.say('one');
    await bob.hears('[lobby] ann: one\n');
    ann.say('and two');
    await ann.hears("* lobby: Not your turn: it is bob's turn (your line was not sent)\n");
    bob.say('three');
    await ann.hears('[lobby] bob: three\n');
    expect(bob.heard).not.toContain('and two');
    expect(ann.heard).not.toContain('me first');
  });

  it('has room for two only', async () => {
    await using server = await startChat('--half-duplex', '--capacity', '2');
    const port = server.ports[0] ?? 0;
    using _ann = await ChatPerson.enter(port, 'ann');
    using _bob = await ChatPerson.enter(port, 'bob');
    await expect(ChatPerson.enter(port, 'carl')).rejects.toThrow('Cannot join: the room is full');
  });

  it('lets whoever is left begin with the next who comes', async () => {
    await using server = await startChat('--half-duplex');
    const port = server.ports[0] ?? 0;
    using ann = await ChatPerson.enter(port, 'ann');
    using bob = await ChatPerson.enter(port, 'bob');
    ann.say('over to you');
    await bob.hears('[lobby] ann: over to you\n');
    ann.say('/quit');
    await bob.hears('* ann left');
    using carl = await ChatPerson.enter(port, 'carl');
    await carl.hears("* Half-duplex: it is bob's turn\n");
  });

  it.each([
    ['over', (bob: ChatPerson) => bob.say('over')],
    ['an empty line', (bob: ChatPerson) => bob.say('')],
    ['leaving', (bob: ChatPerson) => bob.say('/part')],
  ])('with --floor hold passes the floor by %s', async (_how, pass) => {
    await using server = await startChat('--half-duplex', '--floor', 'hold');
    const port = server.ports[0] ?? 0;
    using bob = await ChatPerson.enter(port, 'bob');
    using ann = await ChatPerson.enter(port, 'ann');
    bob.say('one');
    bob.say('two');
    await ann.hears('[lobby] bob: two\n');
    ann.say('may I?');
    await ann.hears("Not your turn: it is bob's turn");
    using carl = await ChatPerson.enter(port, 'carl');
    pass(bob);
    await ann.hears('* Half-duplex: it is the turn of anybody else who speaks first\n');
    ann.say('mine');
    await carl.hears('[lobby] ann: mine\n');
    carl.say('now me');
    await carl.hears("Not your turn: it is ann's turn");
  });

  it('with --floor hold takes the floor from who is silent for --floor-timeout', async () => {
    await using server = await startChat('--half-duplex', '--floor', 'hold', '--floor-timeout', '200ms');
    const port = server.ports[0] ?? 0;
    using _ann = await ChatPerson.enter(port, 'ann');
    using bob = await ChatPerson.enter(port, 'bob');
    await bob.hears("* Half-duplex: it is bob's turn\n");
  });

  it('is two lines at two terminals', async (context) => {
    await using server = await startChat('--half-duplex');
    const address = `127.0.0.1:${server.ports[0]}`;
    const ann = onTerminal(
      context,
      ['chat', address, '--nick', 'ann'],
      [
        ["it is ann's turn", 'hello bob\r'],
        ['ann: hello bob', 'and again\r'],
        ["Not your turn: it is bob's turn", '/topic go on\r'],
        ['bob: hello ann', '\x04'],
      ],
    );
    await untilMember(server.ports[0] ?? 0, 'ann');
    const bob = onTerminal(
      context,
      ['chat', address, '--nick', 'bob'],
      [
        ['ann: hello bob', ''],
        ['by ann: go on', 'hello ann\r'],
        ['ann left lobby', '\x04'],
      ],
    );
    expect(await ann).toMatchObject({ code: 0, signal: null });
    expect((await bob).out).not.toContain('and again');
  });
});

/** Waits until somebody is in a room. */
async function untilMember(port: number, nick: string, password = ''): Promise<void> {
  const ask = `PASS :${password}\r\nNICK watch\r\nUSER w 0 * :w\r\nWHOIS ${nick}\r\nQUIT\r\n`;
  for (;;) {
    const { stdout } = await runNettk(['connect', `127.0.0.1:${port}`], { stdin: ask });
    if (/ 319 /.test(stdout.toString())) return;
  }
}

describe('full-duplex', () => {
  it('is for two at two terminals, who may both speak at any time', async (context) => {
    await using server = await startChat();
    const address = `127.0.0.1:${server.ports[0]}`;
    const ann = onTerminal(
      context,
      ['chat', address, '--nick', 'ann'],
      [
        ['bob joined lobby', 'one\r'],
        ['ann: one', 'two\r'],
        ['ann: two', 'three\r'],
        ['bob: done', '\x04'],
      ],
    );
    await untilMember(server.ports[0] ?? 0, 'ann');
    const bob = onTerminal(
      context,
      ['chat', address, '--nick', 'bob'],
      [
        ['bob> ', 'eins\rzwei\rdrei\r'],
        ['ann: three', 'done\r'],
        ['ann left lobby', '\x03'],
      ],
    );
    const [one, two] = await Promise.all([ann, bob]);
    expect(one).toMatchObject({ code: 0, signal: null });
    expect(two).toMatchObject({ code: null, signal: constants.signals.SIGINT });
    for (const { out } of [one, two]) {
      for (const word of ['ann: one', 'ann: two', 'ann: three', 'bob: eins', 'bob: zwei', 'bob: drei']) {
        expect(out).toContain(word);
      }
    }
  });

  it('needs no server besides: one hosts with --listen', async (context) => {
    const shown = await onTerminal(
      context,
      ['chat', '--listen', '127.0.0.1:0', '--nick', 'ann'],
      [
        ['ann> ', 'anybody?\r'],
        ['ann: anybody?', '/quit\r'],
      ],
    );
    expect(shown).toMatchObject({ code: 0, signal: null });
    expect(shown.out).toMatch(/chat listening on tcp:\/\/127\.0\.0\.1:\d+/);
  });
});

describe('many users', () => {
  it('ten in one room all hear each other, in the same order', async () => {
    await using server = await startChat();
    const port = server.ports[0] ?? 0;
    const people = await Promise.all(Array.from({ length: 10 }, (_, i) => ChatPerson.enter(port, `user${i}`)));
    for (const [i, person] of people.entries()) for (let n = 0; n < 20; n += 1) person.say(`line ${n} of ${i}`);
    await Promise.all(people.map((person) => person.settled()));
    await Promise.all(people.map((person) => person.settled()));
    const said = (person: ChatPerson): string[] => person.lines.filter((line) => line.startsWith('[lobby] '));
    const everything = new Set(people.flatMap(said));
    expect(everything.size).toBe(200);
    const [first, second] = people.map(said) as [string[], string[]];
    for (const [i, person] of people.entries()) {
      const own = `[lobby] user${i}: `;
      expect(said(person)).toHaveLength(180);
      expect(said(person).filter((line) => line.startsWith(own))).toEqual([]);
      // What both hear comes to both in one order.
      const other = i === 0 ? second : first;
      const shared = said(person).filter((line) => other.includes(line));
      expect(shared).toEqual(other.filter((line) => shared.includes(line)));
    }
    for (const person of people) person[Symbol.dispose]();
  });
});

describe('many rooms', () => {
  it('nothing leaks between three rooms with users in several at once', async () => {
    await using server = await startChat();
    const port = server.ports[0] ?? 0;
    const where: Record<string, string[]> = {
      ann: ['red', 'green'],
      bob: ['green', 'blue'],
      carl: ['blue', 'red'],
      dora: ['red'],
      emil: ['green'],
      fay: ['blue'],
    };
    const people = new Map<string, ChatPerson>();
    for (const [nick, rooms] of Object.entries(where)) {
      const person = await ChatPerson.enter(port, nick);
      people.set(nick, person);
      for (const room of rooms) {
        person.say(`/join ${room}`);
        await person.hears(`* in ${room}: `);
      }
      person.say('/part lobby');
      await person.settled();
    }
    for (const [nick, rooms] of Object.entries(where)) {
      for (const room of rooms) {
        people.get(nick)?.say(`/join ${room}`);
        people.get(nick)?.say(`to ${room}`);
      }
    }
    await Promise.all([...people.values()].map((person) => person.settled()));
    await Promise.all([...people.values()].map((person) => person.settled()));
    for (const [nick, rooms] of Object.entries(where)) {
      const others = Object.entries(where).filter(([other]) => other !== nick);
      const wanted = rooms.flatMap((room) =>
        others.filter(([, theirs]) => theirs.includes(room)).map(([other]) => `[${room}] ${other}: to ${room}`),
      );
      const heard = people.get(nick)?.lines.filter((line) => line.startsWith('[')) ?? [];
      expect(heard.sort()).toEqual(wanted.sort());
    }
    for (const person of people.values()) person[Symbol.dispose]();
  });
});

describe('nettk chat in a pipe', () => {
  it('says each line of its input, and leaves when the server has taken all', async () => {
    await using server = await startChat('--flood', '50/1s');
    const port = server.ports[0] ?? 0;
    using ann = await ChatPerson.enter(port, 'ann');
    ann.say('/join ops');
    await ann.hears('* in ops:');
    const text = Array.from({ length: 120 }, (_, i) => `line ${i}`);
    const stdin = `${text.join('\n')}\n`;
    const result = await runNettk(['chat', `127.0.0.1:${port}`, '--nick', 'log', '--room', 'ops'], { stdin });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    await ann.hears('* log left');
    expect(ann.lines.filter((line) => line.startsWith('[ops] log: '))).toEqual(
      text.map((line) => `[ops] log: ${line}`),
    );
  });

  it('prints what others say, and nothing else', async () => {
    await using server = await startChat();
    const port = server.ports[0] ?? 0;
    using ann = await ChatPerson.enter(port, 'ann');
    await using listener = await startPeer(NETTK, ['chat', `127.0.0.1:${port}`, '--nick', 'ear', '--stay']);
    listener.child.stdin?.end();
    await ann.hears('* ear joined lobby');
    ann.say('one');
    ann.say('/topic not said');
    ann.say('/me waves');
    const wanted = '[lobby] ann: one\n[lobby] * ann waves\n';
    expect(String(await listener.until((stdout) => stdout.length >= wanted.length))).toBe(wanted);
    expect(listener.stderr()).toBe('');
  });

  it('speaks IRC over WebSocket too', async () => {
    await using server = await startChat();
    using ann = await ChatPerson.enter(server.ports[0] ?? 0, 'ann');
    const target = `ws://127.0.0.1:${server.ports[0]}/`;
    const result = await runNettk(['chat', target, '--nick', 'bob'], { stdin: 'one\ntwo\n' });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    await ann.hears('[lobby] bob: one\n[lobby] bob: two\n');
  });

  it('ends with 1, and says why, where a line was not taken', async () => {
    await using server = await startChat('--half-duplex');
    const result = await runNettk(['chat', `127.0.0.1:${server.ports[0]}`, '--nick', 'ann'], { stdin: 'hello\n' });
    expect(result).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
    expect(result.stderr).toContain('Nobody else is here yet');
  });

  it('ends with 1 where the password is wrong, the room refuses, or the server goes', async () => {
    await using server = await startChat('--password', 'secret', '--capacity', '1');
    const address = `127.0.0.1:${server.ports[0]}`;
    const wrong = await runNettk(['chat', address, '--password', 'wrong'], { stdin: 'hello\n' });
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stderr).toContain('Password incorrect');
    const listener = runNettk(['chat', address, '--password', 'secret', '--nick', 'ear', '--stay', '-v']);
    await untilMember(server.ports[0] ?? 0, 'ear', 'secret');
    const full = await runNettk(['chat', address, '--password', 'secret', '--nick', 'late'], { stdin: 'hello\n' });
    expect(full).toMatchObject({ code: 1, stderr: 'nettk: join lobby: Cannot join: the room is full (+l)\n' });
    await server.stop();
    expect(await listener).toMatchObject({ code: 1 });
  });
});
