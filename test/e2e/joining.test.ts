/** Servers that join a name server, and clients that find them by it, as processes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NETTK, type Running, runNettk, startNettk } from '../support/nettk.ts';

/** Checks every 100 ms: who is killed is down soon. */
const QUICK = ['--interval', '100ms', '--timeout', '500ms'];

let folder: string;
const running: Running[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-joining-'));
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function start(...words: string[]): Promise<Running> {
  const server = await startNettk(words);
  running.push(server);
  return server;
}

const nameServer = (...more: string[]): Promise<Running> => start('name-server', '--port', '0', ...QUICK, ...more);

/** HOST:PORT of a server. */
const at = ({ ports }: Running): string => `127.0.0.1:${ports[0]}`;

/** Resolves when a server has said something, on either stream. */
async function says(server: Running, words: string | RegExp): Promise<void> {
  const said = (): string => server.stderr() + server.stdout();
  while (!(typeof words === 'string' ? said().includes(words) : words.test(said()))) await delay(10);
}

async function lookup(names: Running, service: string): Promise<string[]> {
  const { stdout } = await runNettk(['name', 'lookup', service, '--server', at(names)]);
  return stdout.toString().split('\n').filter(Boolean).sort();
}

/** Resolves when a lookup finds exactly these. */
async function finds(names: Running, service: string, targets: readonly string[]): Promise<void> {
  while ((await lookup(names, service)).join() !== targets.toSorted().join()) await delay(20);
}

describe('a server with --register', () => {
  it('is found once it has said so, and gone when it has ended', async () => {
    const names = await nameServer();
    const echo = await start('echo-server', '--port', '0', '--register', at(names));
    await says(echo, `nettk: echo registered with tcp://${at(names)} as ${at(echo)}\n`);
    expect(await lookup(names, 'echo')).toEqual([at(echo)]);
    expect((await echo.stop()).code).toBe(0);
    const { code, stderr } = await runNettk(['name', 'lookup', 'echo', '--server', at(names)]);
    expect([code, stderr]).toEqual([1, 'nettk: echo: not registered\n']);
  });

  it('is gone from answers when it is killed, by its checks', async () => {
    const names = await nameServer();
    const [first, second] = await Promise.all(
      [1, 2].map(() => start('daytime-server', '--port', '0', '--register', at(names))),
    );
    await finds(names, 'daytime', [at(first!), at(second!)]);
    await first!.stop('SIGKILL');
    await finds(names, 'daytime', [at(second!)]);
  });

  it('is gone when it is killed and only its lease tells, over UDP', async () => {
    const names = await nameServer();
    const time = await start('time-server', '--udp', '--port', '0', '--register', at(names), '--register-ttl', '1s');
    await finds(names, 'time', [at(time)]);
    await time.stop('SIGKILL');
    await finds(names, 'time', []);
  });

  it('runs without a name server, which finds out when it comes, and again when it comes back knowing nothing', async () => {
    // A socket file is nobody else's while the name server is away, as a port might be.
    const socket = `unix:${join(folder, 'names.sock')}`;
    const echo = await start('echo-server', '--port', '0', '--register', socket);
    await says(echo, `nettk: echo not registered: connect ${socket}: no such file or directory (ENOENT); `);
    const begin = (): Promise<Running> => start('name-server', '--unix', socket.slice('unix:'.length), ...QUICK);
    const isKnown = async (): Promise<string> =>
      (await runNettk(['name', 'lookup', 'echo', '--server', socket])).stdout.toString();
    const first = await begin();
    await says(echo, `echo registered with ${socket} as ${at(echo)}\n`);
    expect(await isKnown()).toBe(`${at(echo)}\n`);
    await first.stop('SIGKILL');
    await says(echo, 'echo no longer registered: ');
    const second = await begin();
    await says(echo, 'echo registered again with');
    expect(await isKnown()).toBe(`${at(echo)}\n`);
    await second.stop();
    while (echo.stderr().split('this goes on being tried').length < 4) await delay(10);
    expect((await echo.stop()).code).toBe(0);
    expect(echo.stderr().match(/this goes on being tried/g)).toHaveLength(3);
  });

  it('registers what it is told to, under the name it is told', async () => {
    const names = await nameServer();
    const options = ['--advertise', '127.0.0.9:7', '--register-as', 'other', '--register-check', 'none'];
    const echo = await start('echo-server', '--port', '0', '--register', at(names), ...options);
    await says(echo, 'other registered with');
    expect(await lookup(names, 'other')).toEqual(['127.0.0.9:7']);
  });

  it('registers each of its faces', async () => {
    const names = await nameServer();
    const words = ['chat-server', '--port', '0', '--web-port', '0', '--register', at(names)];
    const chat = await startNettk(words, { ready: 2 });
    running.push(chat);
    await finds(names, 'chat', [`127.0.0.1:${chat.ports[0]}`]);
    await finds(names, 'chat-web', [`127.0.0.1:${chat.ports[1]}`]);
  });

  it('has nothing to register where only a Unix socket listens, and says so', async () => {
    const socket = join(folder, 'echo.sock');
    const echo = await start('echo-server', '--unix', socket, '--register', '127.0.0.1:1');
    await says(echo, 'nettk: nothing is registered: a Unix socket is nowhere that others could connect to\n');
    expect((await echo.stop()).code).toBe(0);
  });

  it('tells of it in events', async () => {
    const socket = join(folder, 'names.sock');
    const begin = (): Promise<Running> => start('name-server', '--unix', socket, ...QUICK);
    const names = await begin();
    const child = spawn(NETTK, ['serve', 'echo:0', '--register', `unix:${socket}`, '--json'], { stdio: 'pipe' });
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    const told = (event: string): number => out.split(`"event":"${event}"`).length - 1;
    while (told('registered') < 1) await delay(10);
    await names.stop('SIGKILL');
    while (told('unregistered') < 1) await delay(10);
    await begin();
    while (told('registered') < 2) await delay(10);
    const ended = once(child, 'close');
    child.kill();
    const [code] = await ended;
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const about = events.filter(({ name }) => name !== undefined);
    const target = about[0].target as string;
    const known = { service: 'echo', endpoint: `tcp://${target}`, time: expect.any(String), name: 'echo' };
    const place = { ...known, peer: `unix:${socket}`, id: target, target };
    expect([code, about]).toEqual([
      0,
      [
        { event: 'registered', ...place },
        { event: 'unregistered', ...known, reason: expect.stringContaining('it closed the connection') },
        { event: 'registered', ...place },
        { event: 'withdrawn', ...place },
      ],
    ]);
  });

  it('may be a listener or a relay, which need a name', async () => {
    const names = await nameServer();
    const listener = await start('listen', '-k', '-e', 'cat', '0', '--register', at(names), '--register-as', 'cat');
    const relay = await start(
      ...['relay', 'tcp-listen://0', `tcp://${at(listener)}`, '--register', at(names), '--register-as', 'relayed'],
    );
    await says(listener, `nettk: cat registered with tcp://${at(names)} as ${at(listener)}\n`);
    await says(relay, `nettk: relayed registered with tcp://${at(names)} as ${at(relay)}\n`);
    expect([(await relay.stop()).code, (await listener.stop()).code]).toEqual([0, 0]);
    expect((await runNettk(['name', 'list', '--server', at(names)])).stdout.toString()).toBe(
      'SERVICE  SERVED  DESCRIPTION\n',
    );
  });

  it('is told what is missing where a token is needed, and takes it from the environment or a file', async () => {
    const names = await nameServer('--token', 'sesame');
    const without = await start('echo-server', '--port', '0', '--register', at(names));
    await says(
      without,
      'echo not registered: register: needs the token; try --register-token; this goes on being tried\n',
    );
    const env = { NETTK_NAME_TOKEN: 'sesame' };
    const echo = await startNettk(['echo-server', '--port', '0', '--register', at(names)], { env });
    running.push(echo);
    await says(echo, 'echo registered with');
    expect(await lookup(names, 'echo')).toEqual([at(echo)]);
  });

  it.each([
    [
      ['echo-server', '--advertise', '10.0.0.1:7'],
      'option --advertise: nothing is registered; try --register NAME-SERVER',
    ],
    [['echo-server', '--register', 'udp://127.0.0.1:1'], 'option --register: name servers are not asked over UDP'],
    [['echo-server', '--register', '127.0.0.1', '--register-as', 'a.b'], 'option --register-as "a.b": is no name'],
    [['echo-server', '--register', '127.0.0.1', '--register-pin', 'x'], 'option --register-pin: 127.0.0.1 is not TLS'],
    [
      ['echo-server', '--register', '127.0.0.1', '--register-token', 'a b'],
      'option --register-token: the token is empty',
    ],
    [
      ['serve', 'echo:0', 'time:0', '--register', '127.0.0.1', '--register-as', 'x'],
      'several services cannot share a name',
    ],
    [['listen', '--register', '127.0.0.1', '--register-as', 'x'], 'it is for a listener that goes on; try -k'],
    [['listen', '-k', '--register', '127.0.0.1'], 'what is to be registered has no name; try --register-as NAME'],
    [['relay', '-', 'exec:cat', '--register', '127.0.0.1', '--register-as', 'x'], 'no side listens'],
    [['relay', 'tcp-listen://0', '-', '--register', '127.0.0.1', '--register-as', 'x'], 'there is one client'],
  ])('is refused: nettk %s', async (words, reason) => {
    const { code, stderr } = await runNettk(words);
    expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
  });
});

describe('a client with --via', () => {
  const via = async (names: Running, ...words: string[]) => {
    const { code, stdout, stderr } = await runNettk([...words, '--via', at(names)], { stdin: 'hi\n' });
    return { code, out: stdout.toString(), err: stderr };
  };

  it('finds a service by its name, or by its own where none is given', async () => {
    const names = await nameServer();
    const words = ['echo:0', 'daytime:0', 'time:0', 'timestamp:0', 'sleep:0', 'command:0', '--register', at(names)];
    const server = await startNettk(['serve', ...words], { ready: 11 });
    running.push(server);
    const list = async (): Promise<string> =>
      (await runNettk(['name', 'list', '--server', at(names)])).stdout.toString();
    while ((await list()).split('\n').length < 8) await delay(20);
    const date = /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}/;
    expect(await via(names, 'echo')).toEqual({ code: 0, out: 'hi\n', err: '' });
    expect(await via(names, 'echo', 'echo')).toEqual({ code: 0, out: 'hi\n', err: '' });
    expect(await via(names, 'echo', '--udp')).toEqual({ code: 0, out: 'hi\n', err: '' });
    expect(await via(names, 'connect', 'echo')).toEqual({ code: 0, out: 'hi\n', err: '' });
    expect(await via(names, 'connect', '-u', 'echo')).toEqual({ code: 0, out: 'hi\n', err: '' });
    expect(await via(names, 'timestamp')).toMatchObject({ code: 0, out: expect.stringMatching(/\] hi\n$/) });
    for (const client of ['daytime', 'time'])
      expect(await via(names, client)).toMatchObject({ code: 0, out: expect.stringMatching(date) });
    expect(await via(names, 'daytime', '--tcp')).toMatchObject({ code: 0, out: expect.stringMatching(date) });
    expect(await via(names, 'sleep', 'sleep', '10ms')).toMatchObject({ code: 0, out: expect.stringMatching(/^slept/) });
    expect(await via(names, 'command', 'command', 'os')).toEqual({ code: 0, out: 'posix\n', err: '' });
  });

  it('chats with a server that it finds', async () => {
    const names = await nameServer();
    const chat = await start('chat-server', '--port', '0', '--register', at(names));
    await says(chat, 'chat registered with');
    const { code, err } = await via(names, 'chat', '--nick', 'ann');
    expect([code, err]).toEqual([0, '']);
  });

  it('takes the next where one is dead that the name server still has', async () => {
    const names = await start('name-server', '--port', '0', '--interval', '1h', '--timeout', '1s');
    const options = ['--port', '0', '--register', at(names), '--register-check', 'none', '--register-ttl', '1h'];
    const all = await Promise.all([1, 2, 3].map(() => start('echo-server', ...options)));
    await finds(names, 'echo', all.map(at));
    await all[0]!.stop('SIGKILL');
    await all[1]!.stop('SIGKILL');
    for (let i = 0; i < 4; i += 1) {
      expect(await via(names, 'echo')).toEqual({ code: 0, out: 'hi\n', err: '' });
      expect(await via(names, 'connect', 'echo')).toEqual({ code: 0, out: 'hi\n', err: '' });
    }
    const told = await via(names, 'echo', '-v', '--tcp');
    expect(told.out).toBe('hi\n');
    await all[2]!.stop('SIGKILL');
    expect(await via(names, 'echo')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^nettk: echo: nobody is there at any of 3 servers; the last: connect .* refused/),
    });
  });

  it('speaks the TLS that a service is registered with, and trusts nobody for that', async () => {
    const names = await nameServer();
    const echo = await start('echo-server', '--tls', '--port', '0', '--register', at(names));
    await says(echo, 'echo registered with');
    const [, pin = ''] = /--pin (\S+)/.exec(echo.stderr()) ?? [];
    expect(await via(names, 'echo', '--pin', pin)).toEqual({ code: 0, out: 'hi\n', err: '' });
    expect(await via(names, 'connect', 'echo', '--pin', pin)).toEqual({ code: 0, out: 'hi\n', err: '' });
    expect(await via(names, 'echo')).toMatchObject({ code: 1, err: expect.stringContaining('self-signed') });
  });

  it('says what is wrong', async () => {
    const names = await nameServer();
    await runNettk(['name', 'register', 'x', '9', '--check', 'none', '--server', at(names)]);
    await runNettk(['name', 'register', 'u', '9', '--protocol', 'udp', '--check', 'none', '--server', at(names)]);
    expect(await via(names, 'echo', 'nobody')).toMatchObject({ code: 1, err: 'nettk: nobody: not registered\n' });
    expect(await via(names, 'echo', 'u', '--tcp')).toMatchObject({
      code: 1,
      err: 'nettk: u: nobody serves it over TCP\n',
    });
    expect(await via(names, 'echo', 'x', '7')).toMatchObject({
      code: 2,
      err: expect.stringContaining('port "7": with --via the name server says where'),
    });
    expect(await via(names, 'echo', '127.0.0.1:7')).toMatchObject({
      code: 2,
      err: expect.stringContaining('"127.0.0.1:7": with --via this is the name of a service'),
    });
    expect(await via(names, 'echo', 'x', '--insecure')).toMatchObject({
      code: 2,
      err: expect.stringContaining('option --insecure: neither the name server nor x is TLS'),
    });
    expect(await via(names, 'chat', '--listen')).toMatchObject({
      code: 2,
      err: expect.stringContaining('options --listen and --via: contradict each other'),
    });
    const nowhere = await runNettk(['echo', 'x', '--via', `unix:${folder}/none`]);
    expect([nowhere.code, nowhere.stderr]).toEqual([
      1,
      `nettk: connect unix:${folder}/none: no such file or directory (ENOENT)\n`,
    ]);
  });
});

describe('what a lookup said before', () => {
  it('will do while the name server is down, and is told to be old', async () => {
    const socket = join(folder, 'names.sock');
    const names = await start('name-server', '--unix', socket);
    const env = { XDG_CACHE_HOME: folder };
    const server = ['--server', `unix:${socket}`];
    const look = async (...more: string[]) => {
      const { code, stdout, stderr } = await runNettk(['name', 'lookup', 'x', ...server, ...more], { env });
      return [code, stdout.toString(), stderr];
    };
    await runNettk(['name', 'register', 'x', '127.0.0.1:9', '--check', 'none', ...server], { env });
    expect(await look()).toEqual([0, '127.0.0.1:9\n', '']);
    await runNettk(['name', 'register', 'x', '127.0.0.1:10', '--check', 'none', ...server]);
    expect(await look('--cached')).toEqual([0, '127.0.0.1:9\n', '']);
    await runNettk(['name', 'drop', 'x/127.0.0.1:9', ...server], { env });
    expect(await look('--cached')).toEqual([0, '127.0.0.1:10\n', '']);
    await names.stop();
    const reason = `connect unix:${socket}: no such file or directory (ENOENT)`;
    const stale = expect.stringMatching(/^nettk: connect unix:.*\(ENOENT\); this is its answer of \d+ s ago\n$/);
    expect(await look()).toEqual([0, '127.0.0.1:10\n', stale]);
    expect(JSON.parse((await look('--json'))[1] as string)).toMatchObject({ name: 'x', host: '127.0.0.1', port: 10 });
    const via = await runNettk(['connect', '-z', 'x', '--via', `unix:${socket}`], { env });
    expect([via.code, via.stderr]).toEqual([
      1,
      expect.stringMatching(/s ago\nnettk: connect tcp:\/\/127\.0\.0\.1:10: connection refused \(ECONNREFUSED\)\n$/),
    ]);
    for (const option of [['--no-cache'], ['--max-stale', '0'], ['--all']])
      expect(await look(...option)).toEqual([1, '', `nettk: ${reason}\n`]);
    expect(await look('--cached', '--no-cache')).toMatchObject([2, '', expect.stringContaining('contradict')]);
  });
});
