import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serve } from '../../../src/net/serve.ts';
import { name } from '../../../src/services/name.ts';
import { optionsOf } from '../../support/service-stages.ts';
import { readToEnd, until } from '../../support/sockets.ts';
import { speakTo, startNameServer } from './support.ts';

const QUIET = 'check=none';

describe('the line face', () => {
  it('registers, looks up, lists, shows, renews and drops', async () => {
    await using server = (await startNameServer()).server;
    const { ask } = await speakTo(server);
    expect(await ask(`register Echo 10.0.0.1:7 ${QUIET} tag=a The "echo"`)).toEqual([
      '10.0.0.1:7 name=echo id=10.0.0.1:7 status=up index=1',
    ]);
    expect(await ask(`register echo 10.0.0.2:7 ${QUIET} id=two weight=3 priority=1 ttl=30s`)).toEqual([
      '10.0.0.2:7 name=echo id=two status=up index=2 lease=30',
    ]);
    expect(await ask('lookup ECHO')).toEqual([
      '10.0.0.1:7 name=echo id=10.0.0.1:7 status=up ttl=5 tag=a description="The \\"echo\\""',
      '10.0.0.2:7 name=echo id=two status=up ttl=5 weight=3 priority=1',
    ]);
    expect(await ask('list')).toEqual(['echo instances=2 served=2 index=2 description="The \\"echo\\""']);
    expect(await ask('list x')).toEqual([]);
    expect((await ask('show echo/two'))[0]).toMatch(
      /^10\.0\.0\.2:7 name=echo id=two .* owner=127\.0\.0\.1 index=2 failures=0 since=\S+Z registered=\S+Z lease=30$/,
    );
    expect(await ask('renew echo/two down for maintenance')).toEqual([
      '10.0.0.2:7 name=echo id=two status=down index=3 lease=30',
    ]);
    expect((await ask('show echo/two'))[0]).toContain('word="down 3/3: for maintenance"');
    expect(await ask('lookup echo')).toHaveLength(1);
    expect(await ask('lookup echo all')).toHaveLength(2);
    expect(await ask('drop echo/10.0.0.1:7')).toEqual(['10.0.0.1:7 name=echo id=10.0.0.1:7 status=dropped index=4']);
    expect(await ask('lookup echo')).toEqual(['error: echo: it is down; try lookup echo all']);
    expect(await ask('drop echo')).toHaveLength(1);
    expect(await ask('lookup echo')).toEqual(['error: echo: not registered']);
    expect(await ask('list')).toEqual([]);
  });

  it('says what is wrong, and goes on', async () => {
    await using server = (await startNameServer()).server;
    const { ask } = await speakTo(server);
    expect(await ask('hello')).toEqual(['error: "hello": unknown command; try help']);
    expect(await ask('register a.b 7')).toEqual([expect.stringContaining('error: register: the name "a.b"')]);
    expect(await ask('register a example.org:7')).toEqual([expect.stringContaining('names are not looked up')]);
    expect(await ask('register a 192.0.2.1:7')).toEqual([
      expect.stringMatching(/^error: register: 192\.0\.2\.1 is not the registrant's own address.*--allow-net/),
    ]);
    expect(await ask('show \x1b[2J\u202e')).toEqual(['error: \\x1b[2j\\u202e: not registered']);
    expect((await ask('help')).length).toBeGreaterThan(10);
  });

  it('takes turns who comes first among equals, and puts the lowest priority first', async () => {
    await using server = (await startNameServer()).server;
    const { ask } = await speakTo(server);
    for (const [port, priority] of [1, 2, 3].map((one) => [one, one === 3 ? 0 : 5]))
      await ask(`register web 10.0.0.1:${port} ${QUIET} priority=${priority}`);
    const firsts = new Set<string>();
    for (let i = 0; i < 4; i += 1) {
      const ports = (await ask('lookup web')).map((line) => /:(\d+) /.exec(line)?.[1]);
      expect(ports[0]).toBe('3');
      firsts.add(ports.join());
    }
    expect([...firsts].sort()).toEqual(['3,1,2', '3,2,1']);
  });

  it('answers in order however much comes at once, and sees what was registered before', async () => {
    await using server = (await startNameServer()).server;
    const { socket } = await speakTo(server);
    const lines = Array.from(
      { length: 600 },
      (_, i) => `register s${i % 7} 10.0.0.1:${i + 1} ${QUIET}\nlookup s${i % 7}\n`,
    );
    socket.end(lines.join(''));
    const answers = (await readToEnd(socket)).toString().split('.\n').slice(0, -1);
    expect(answers).toHaveLength(1_200);
    for (let i = 0; i < 600; i += 1) {
      expect(answers[2 * i]).toMatch(new RegExp(`^10\\.0\\.0\\.1:${i + 1} name=s${i % 7} `));
      expect(answers[2 * i + 1]).toContain(`10.0.0.1:${i + 1} name=s${i % 7} `);
    }
  });

  it('lets registrations sent without waiting share commits', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nettk-name-'));
    const { server } = await startNameServer({ db: join(folder, 'names.db') });
    const { socket } = await speakTo(server);
    socket.end(Array.from({ length: 1_000 }, (_, i) => `register s 10.0.0.1:${i + 1} ${QUIET}\n`).join(''));
    const answers = (await readToEnd(socket)).toString().split('\n.\n').slice(0, -1);
    expect(answers).toHaveLength(1_000);
    expect(answers.every((one, i) => one.startsWith(`10.0.0.1:${i + 1} name=s `))).toBe(true);
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('says that a command is too long, and closes', async () => {
    await using server = (await startNameServer()).server;
    const { socket } = await speakTo(server);
    socket.write(`list\nlookup ${'x'.repeat(9_000)}\n`);
    expect((await readToEnd(socket)).toString()).toMatch(/^\.\nerror: read a line: longer than 8192 bytes.*\n\.\n$/);
    socket.end();
  });
});

describe('watch', () => {
  it('tells what there is, then what changes, until the next line', async () => {
    await using server = (await startNameServer()).server;
    const [watcher, other] = [await speakTo(server), await speakTo(server)];
    await other.ask(`register a 10.0.0.1:1 ${QUIET}`);
    watcher.say('watch');
    expect(await watcher.next()).toMatch(
      /^1 event=up name=a id=10\.0\.0\.1:1 target=10\.0\.0\.1:1 status=up time=\S+Z$/,
    );
    await other.ask(`register b 10.0.0.1:2 ${QUIET} The b`);
    expect(await watcher.next()).toMatch(/^2 event=registered name=b .* description="The b"$/);
    await other.ask('renew b down');
    expect(await watcher.next()).toMatch(/^3 event=down name=b /);
    await other.ask('drop a');
    expect(await watcher.next()).toMatch(/^4 event=dropped name=a /);
    watcher.say('lookup a');
    expect([await watcher.next(), await watcher.next()]).toEqual(['.', 'error: a: not registered']);
    await watcher.next();
    await other.ask('renew b up');
    expect(await watcher.ask('list')).toHaveLength(1);
  });

  it('of one service tells of no other, and from a number on all that was missed', async () => {
    await using server = (await startNameServer()).server;
    const [watcher, other] = [await speakTo(server), await speakTo(server)];
    for (const one of ['a', 'b', 'a']) await other.ask(`register ${one} ${Math.ceil(Math.random() * 60_000)} ${QUIET}`);
    watcher.say('watch a since=1');
    expect(await watcher.next()).toMatch(/^3 event=registered name=a /);
    watcher.say('');
    expect(await watcher.next()).toBe('.');
    watcher.say('watch a since=0');
    expect([await watcher.next(), await watcher.next()].map((line) => line[0])).toEqual(['1', '3']);
  });

  it('goes on for a client that has ended its side, and ends with a dot when the server does', async () => {
    const { server } = await startNameServer();
    const [watcher, other] = [await speakTo(server), await speakTo(server)];
    watcher.socket.end('watch\n');
    await until(() => watcher.socket.writableFinished && server.connections === 2);
    await other.ask(`register a 10.0.0.1:1 ${QUIET}`);
    expect(await watcher.next()).toMatch(/^1 event=registered /);
    other.socket.end();
    expect(await server.drain(60_000)).toEqual({ cut: 0 });
    expect(await watcher.next()).toBe('.');
  });

  it('says so to who knows a number that is too old', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nettk-name-'));
    const db = join(folder, 'names.db');
    const first = await startNameServer({ db });
    await (await speakTo(first.server)).ask(`register a 10.0.0.1:1 ${QUIET}`);
    await first.server.close();
    const second = await startNameServer({ db });
    const watcher = await speakTo(second.server);
    watcher.say('watch since=1');
    expect(await watcher.next()).toMatch(/^\d{7} event=reset$/);
    expect(await watcher.next()).toMatch(/ event=up name=a /);
    await second.server.close();
    await rm(folder, { recursive: true });
  });
});

describe('log and top', () => {
  it('tell who did what, the newest last, of a service or a client', async () => {
    await using server = (await startNameServer()).server;
    const { ask, socket } = await speakTo(server);
    await ask(`register a 10.0.0.1:1 ${QUIET}`);
    for (let i = 0; i < 5; i += 1) await ask('lookup a');
    await ask('lookup forged\x1b[2J');
    await ask('register a 10.0.0.1:0');
    const from = `client=127.0.0.1:${socket.localPort} face=line`;
    let log: string[] = [];
    while (!log.some((line) => line.includes('event=refused'))) log = await ask('log');
    const said = log.map((line) => line.replace(/^\S+Z number=\d+ /, ''));
    expect(said[0]).toBe(`event=register name=a id=10.0.0.1:1 ${from} answer=ok`);
    const lookups = said.filter((line) => line.startsWith(`event=lookup name=a ${from} answer=10.0.0.1:1 cached=`));
    // Whoever asks across the turn of a second is written down twice.
    const asked = lookups.map((line) => Number(/ count=(\d+)$/.exec(line)?.[1] ?? 1)).reduce((sum, one) => sum + one);
    expect(asked).toBe(5);
    expect(said).toContain(`event=lookup name="forged\\u001b[2j" ${from} answer="not registered" cached=false`);
    expect(said.at(-1)).toContain(`event=refused name=a ${from} answer="register: the port 0`);
    expect(await ask('log 1')).toEqual([log.at(-1)]);
    expect(await ask('log service=b')).toEqual([]);
    expect(await ask('log client=10.9.9.9')).toEqual([]);
    expect(await ask('top')).toEqual([expect.stringMatching(/^a asked=5 hits=4 served=1 last=\S+Z$/)]);
  });

  it('follow what is written', async () => {
    await using server = (await startNameServer()).server;
    const [follower, other] = [await speakTo(server), await speakTo(server)];
    follower.say('log 0 service=b follow');
    await other.ask(`register a 10.0.0.1:1 ${QUIET}`);
    await other.ask(`register b 10.0.0.1:1 ${QUIET}`);
    expect(await follower.next()).toContain('event=register name=b ');
    follower.say('');
    expect(await follower.next()).toBe('.');
  });
});

describe('tokens', () => {
  it('are needed to register, and to change what others registered', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nettk-name-'));
    await writeFile(join(folder, 'token'), 'secret\n');
    const { server } = await startNameServer({ token: `@${join(folder, 'token')}`, adminToken: 'boss' });
    const { ask, socket } = await speakTo(server);
    expect(await ask(`register a 1 ${QUIET}`)).toEqual(['error: register: needs the token; try token SECRET first']);
    expect(await ask('list')).toEqual([]);
    expect(await ask('token secret')).toEqual([]);
    expect(await ask(`register a 1 ${QUIET}`)).toHaveLength(1);
    expect(await ask('token boss')).toEqual([]);
    expect(await ask('drop a')).toHaveLength(1);
    socket.write('token guess\nlist\n');
    expect((await readToEnd(socket)).toString()).toBe('error: token: not a token of this server\n.\n');
    socket.end();
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('are not empty, and their file has to be there', async () => {
    await expect(startNameServer({ token: '@/nowhere/token' })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(startNameServer({ adminToken: ' ' })).rejects.toThrow('option --admin-token: the token is empty');
  });
});

describe('options', () => {
  it('that contradict each other are refused', async () => {
    await expect(startNameServer({ dropAfter: 2 })).rejects.toThrow('option --drop-after: 2 is less than --fail');
  });

  it('a database that cannot be opened leaves nothing behind', async () => {
    await expect(startNameServer({ db: '/nowhere/names.db' })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('of a server that cannot listen close the database again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nettk-name-'));
    const db = join(folder, 'names.db');
    const { server: taken, port } = await startNameServer();
    const options = (await optionsOf(name as never, { db })) as never;
    const endpoints = [`tcp://127.0.0.1:${port}`];
    await expect(serve(name, { endpoints, options })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await taken.close();
    const again = await serve(name, { endpoints, options });
    await again.close();
    await rm(folder, { recursive: true });
  });
});

it('a client that goes in the middle of things leaves the server as it was', async () => {
  await using server = (await startNameServer()).server;
  for (const line of ['watch\n', `register a 10.0.0.1:1 ${QUIET}\n`, 'log follow\n', 'lookup a\n'.repeat(1_000)]) {
    const { socket } = await speakTo(server);
    socket.write(line);
    await until(() => socket.writableLength === 0 && server.connections === 1);
    socket.resetAndDestroy();
    await until(() => server.connections === 0);
  }
  const { ask, socket } = await speakTo(server);
  expect(await ask('list')).toHaveLength(1);
  socket.end();
  await once(socket, 'close');
});

describe('a feed', () => {
  it('of very many is told at the pace of its client, and what changes meanwhile after it', async () => {
    await using server = (await startNameServer()).server;
    const [watcher, other] = [await speakTo(server), await speakTo(server)];
    const count = 20_000;
    const text = 'x'.repeat(400);
    const lines = Array.from({ length: count }, (_, i) => `register s 10.0.0.1:${i + 1} ${QUIET} ${text}\n`).join('');
    other.socket.write(lines);
    for (let i = 0; i < 2 * count; i += 1) await other.next();
    watcher.say('watch');
    const first = await watcher.next();
    await other.ask('drop s/10.0.0.1:1');
    const told = [first];
    while (!told.at(-1)?.includes(' event=dropped ')) told.push(await watcher.next());
    expect(told.length).toBeGreaterThanOrEqual(count);
  });

  it('ends with the reason for a client that reads too slowly', async () => {
    await using server = (await startNameServer()).server;
    const [watcher, other] = [await speakTo(server), await speakTo(server)];
    watcher.say('watch');
    watcher.socket.pause();
    const text = 'x'.repeat(490);
    // More than kernel and server keep for somebody who does not read.
    for (let round = 0; round < 60; round += 1) {
      const lines = Array.from({ length: 500 }, (_, i) => `register s 10.0.0.1:${i + 1} ${QUIET} ${round}${text}\n`);
      other.socket.write(lines.join(''));
      for (let i = 0; i < 2 * 500; i += 1) await other.next();
    }
    let last = '';
    for (let line = ''; line !== '.'; line = await watcher.next()) last = line;
    expect(last).toBe('error: watch: read too slowly, and missed something');
    expect(await watcher.ask('list')).toHaveLength(1);
  });
});
