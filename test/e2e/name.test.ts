/** The name server as a process: what it promises when it is killed, when the disk is full, when the clock jumps. */

import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLines } from '../../src/stream/lines.ts';
import { needs } from '../support/needs.ts';
import { type Running, runNettk, runShell, startNettk } from '../support/nettk.ts';

const IS_LONG = process.env['NETTK_LONG'] === '1';
/** How often the server is killed; `npm run test:long` does the full count. */
const KILLS = IS_LONG ? 100 : 5;
const RATE_PER_S = 500;
const KILLS_LIMIT_MS = KILLS * 10_000;
/** How long it may take to serve again, where the machine does nothing else. */
const RESTART_MS = 2_000;

let folder: string;
let db: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-name-'));
  db = join(folder, 'names.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (...more: string[]): Promise<Running> => startNettk(['name-server', '--port', '0', '--db', db, ...more]);

/** Asks a server by the line. */
async function openDesk(port: number) {
  const socket: Socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const lines = readLines(socket);
  const ask = async (line: string): Promise<string[]> => {
    socket.write(`${line}\n`);
    const answer: string[] = [];
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('it ended');
      if (value === '.') return answer;
      answer.push(value);
    }
  };
  return { ask, end: () => socket.destroy() };
}

async function ask(server: Running, line: string): Promise<string[]> {
  const desk = await openDesk(server.ports[0]!);
  try {
    return await desk.ask(line);
  } finally {
    desk.end();
  }
}

/** Registers one after the other at a rate until the server is gone; those it acknowledged. */
async function registerMany(port: number, prefix: string): Promise<string[]> {
  const acknowledged: string[] = [];
  const desk = await openDesk(port);
  for (let i = 0; ; i += 1) {
    try {
      const [line = ''] = await desk.ask(
        `register ${prefix} 127.0.0.1:${1 + (i % 65_000)} id=${prefix}-${i} check=none`,
      );
      expect(line).toContain(` id=${prefix}-${i} `);
      acknowledged.push(`${prefix}-${i}`);
    } catch {
      return acknowledged;
    }
    await delay(1_000 / RATE_PER_S);
  }
}

describe('a name server that is killed', () => {
  it(
    `has every registration that it acknowledged when it is back, ${KILLS} times`,
    async () => {
      const acknowledged = new Map<string, string[]>();
      let server = await start();
      for (let kill = 0; kill < KILLS; kill += 1) {
        const prefix = `k${kill}`;
        const clients = [0, 1, 2, 3].map((client) => registerMany(server.ports[0]!, `${prefix}c${client}`));
        await delay(50 + Math.random() * 300);
        await server.stop('SIGKILL');
        for (const [client, ids] of (await Promise.all(clients)).entries())
          acknowledged.set(`${prefix}c${client}`, ids);
        const begun = performance.now();
        server = await start();
        if (IS_LONG) expect(performance.now() - begun).toBeLessThan(RESTART_MS);
        for (const [name, ids] of acknowledged) {
          if (!name.startsWith(prefix) || ids.length === 0) continue;
          const kept = (await ask(server, `lookup ${name}`)).map((line) => / id=(\S+) /.exec(line)?.[1]);
          // One that was on its way may be there too.
          expect(kept.length).toBeLessThanOrEqual(ids.length + 1);
          expect(ids.filter((id) => !kept.includes(id))).toEqual([]);
        }
      }
      // Also what was there before the last kills.
      for (const [name, ids] of acknowledged) {
        if (ids.length === 0) continue;
        const kept = (await ask(server, `lookup ${name}`)).map((line) => / id=(\S+) /.exec(line)?.[1]);
        expect(ids.filter((id) => !kept.includes(id))).toEqual([]);
      }
      expect([...acknowledged.values()].flat().length).toBeGreaterThan(KILLS);
      await server.stop();
    },
    KILLS_LIMIT_MS,
  );

  it('had each registration on disk before it said so', async (context) => {
    needs(context, 'strace');
    const trace = join(folder, 'trace');
    const via = ['strace', '-f', '-s', '200', '-e', 'trace=fsync,fdatasync,write,writev,sendto,sendmsg', '-o', trace];
    const server = await startNettk(['name-server', '--port', '0', '--db', db], { via });
    const marks = Array.from({ length: 5 }, (_, i) => `mark-${i}`);
    for (const [i, id] of marks.entries()) await ask(server, `register x 127.0.0.1:${i + 1} id=${id} check=none`);
    // strace itself does not pass a signal on.
    const [traced] = (await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')).trim().split(' ');
    const ended = once(server.child, 'close');
    process.kill(Number(traced), 'SIGTERM');
    await ended;
    const calls = (await readFile(trace, 'utf8')).split('\n');
    let at = 0;
    for (const id of marks) {
      const answered = calls.findIndex((line) => /write|send/.test(line) && line.includes(` id=${id} `));
      expect(answered).toBeGreaterThan(at);
      expect(calls.slice(at, answered).filter((line) => /f(data)?sync\(\d+\)\s+= 0/.test(line))).not.toEqual([]);
      at = answered;
    }
  });

  it('is itself noticed by those who ask for what it served, within the time that is said', async () => {
    const names = await start('--interval', '200ms', '--timeout', '200ms');
    const echo = await startNettk(['echo-server', '--port', '0']);
    const desk = await openDesk(names.ports[0]!);
    await desk.ask(`register echo 127.0.0.1:${echo.ports[0]}`);
    while (!(await desk.ask('show echo'))[0]?.includes(' status=up ')) await delay(10);
    await echo.stop('SIGKILL');
    const begun = performance.now();
    while (!(await desk.ask('lookup echo'))[0]?.startsWith('error: ')) await delay(5);
    const took = performance.now() - begun;
    // 3 × 200 ms and 200 ms; on a machine that does other things besides, this process is late too.
    expect(took).toBeLessThan(800 + (IS_LONG ? 50 : 1_000));
    desk.end();
    await names.stop();
  });
});

describe('a disk', () => {
  it('that is full is told as the reason, and lookups go on; when there is room, so do registrations', async (context) => {
    needs(context, 'root', 'unshare', 'mount');
    const script = 'mount -t tmpfs -o size=600k none "$0" && exec "$@"';
    const via = ['unshare', '-m', 'sh', '-c', script, folder];
    const server = await startNettk(['name-server', '--port', '0', '--db', db], { via });
    const inside = `/proc/${server.pid}/root${folder}/ballast`;
    const desk = await openDesk(server.ports[0]!);
    await desk.ask('register first 127.0.0.1:1 check=none');
    await writeFile(inside, Buffer.alloc(600_000)).catch(() => {});
    let said = '';
    for (let i = 2; i < 3_000 && !said.startsWith('error: '); i += 1)
      [said = ''] = await desk.ask(`register second 127.0.0.1:${i} check=none ${'x'.repeat(500)}`);
    expect(said).toBe(`error: save ${db}: no space left on device (ENOSPC)`);
    expect(await desk.ask('lookup first')).toHaveLength(1);
    await rm(inside);
    expect((await desk.ask('register third 127.0.0.1:3 check=none'))[0]).toContain('name=third ');
    await desk.ask('list');
    expect(server.stderr()).toContain('nettk: name: registrations cannot be saved, and are refused: ');
    expect(server.stderr()).toContain('nettk: name: registrations can be saved again');
    const kept = (await desk.ask('list')).map((line) => line.split(' ')[0]);
    desk.end();
    expect(kept).toContain('third');
    await server.stop();
  });

  it('that is read-only is told, and served when it is not any more', async (context) => {
    needs(context, 'root', 'unshare', 'mount');
    await (await start()).stop();
    const script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
    const via = ['unshare', '-m', 'sh', '-c', script, folder];
    const refused = await runNettk(['name-server', '--port', '0', '--db', db], { via });
    expect([refused.code, refused.stderr]).toEqual([1, `nettk: open ${db}: read-only file system (EROFS)\n`]);
    await (await start()).stop();
  });

  it.skipIf(process.getuid?.() === 0)('whose file may not be written to is told', async () => {
    await (await start()).stop();
    await chmod(db, 0o400);
    const refused = await runNettk(['name-server', '--port', '0', '--db', db]);
    expect([refused.code, refused.stderr]).toEqual([2, `nettk: open ${db}: permission denied (EACCES)\n`]);
  });

  it('is used by one server at a time', async () => {
    const server = await start();
    const second = await runNettk(['name-server', '--port', '0', '--db', db]);
    expect([second.code, second.stderr]).toEqual([1, `nettk: open ${db}: another process uses it\n`]);
    await server.stop();
  });
});

describe('a clock that jumps', () => {
  /** The server's wall clock is what the file says; its monotonic one is the machine's. */
  async function startAt(clock: string, ...more: string[]): Promise<Running> {
    await writeFile(clock, '+0');
    const env = {
      LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1',
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    return startNettk(['name-server', '--port', '0', '--db', db, ...more], { env });
  }

  it('by a day, forth and back, costs nobody the lease', async (context) => {
    needs(context, 'faketime');
    const clock = join(folder, 'clock');
    const server = await startAt(clock);
    const desk = await openDesk(server.ports[0]!);
    await desk.ask('register leased 127.0.0.1:1 check=none ttl=2s');
    const days = new Set<string>();
    for (const jump of ['+1d', '-1d', '+0', '-1d']) {
      await writeFile(clock, jump);
      for (let i = 0; i < 3; i += 1) {
        expect((await desk.ask('lookup leased'))[0]).toContain(' status=up ');
        expect((await desk.ask('renew leased'))[0]).toContain(' status=up ');
        await delay(300);
      }
      await desk.ask(`register at-${jump.replace('+', 'p').replace('-', 'm')} 127.0.0.1:2 check=none`);
      for (const line of await desk.ask('log 1000')) days.add(line.slice(0, 10));
    }
    expect(days.size).toBeGreaterThanOrEqual(3);
    while (!(await desk.ask('lookup leased'))[0]?.startsWith('error: ')) await delay(50);
    desk.end();
    await server.stop();
  });

  it.for([
    '+1d',
    '-1d',
  ])('by %s leaves checks at their pace: who is there stays, who is killed goes', async (jump, context) => {
    needs(context, 'faketime');
    const [clock, echo] = [join(folder, 'clock'), await startNettk(['echo-server', '--port', '0'])];
    const names = await startAt(clock, '--interval', '200ms', '--timeout', '200ms');
    const desk = await openDesk(names.ports[0]!);
    await desk.ask(`register echo 127.0.0.1:${echo.ports[0]}`);
    while (!(await desk.ask('show echo'))[0]?.includes(' status=up ')) await delay(10);
    const watcher = await openDesk(names.ports[0]!);
    await writeFile(clock, jump);
    // Three rounds of checks at the least.
    const begun = performance.now();
    while (performance.now() - begun < 800) {
      expect((await desk.ask('show echo'))[0]).toContain(' status=up ');
      await delay(20);
    }
    await echo.stop('SIGKILL');
    while (!(await desk.ask('lookup echo'))[0]?.startsWith('error: ')) await delay(5);
    const kinds = (await watcher.ask('log')).map((line) => / event=(\S+)/.exec(line)?.[1]);
    expect(kinds).not.toContain('lapsed');
    for (const one of [desk, watcher]) one.end();
    await names.stop();
  });
});

it('a server that was stopped for longer than a lease blames nobody', async () => {
  const server = await start();
  const desk = await openDesk(server.ports[0]!);
  await desk.ask('register leased 127.0.0.1:1 check=none ttl=4s');
  server.child.kill('SIGSTOP');
  // This is what it is about: time passes.
  await delay(4_500);
  server.child.kill('SIGCONT');
  expect((await desk.ask('lookup leased'))[0]).toContain(' status=up ');
  while (!(await desk.ask('lookup leased'))[0]?.startsWith('error: ')) await delay(50);
  desk.end();
  await server.stop();
});

it('is spoken to with nc', async (context) => {
  needs(context, 'nc');
  const server = await start();
  const line = `printf 'register web 80 check=none The web\\nlookup web\\n' | nc -N 127.0.0.1 ${server.ports[0]}`;
  const { code, stdout } = await runShell(line);
  expect([code, stdout.toString().split('\n')]).toEqual([
    0,
    [
      '127.0.0.1:80 name=web id=127.0.0.1:80 status=up index=1',
      '.',
      '127.0.0.1:80 name=web id=127.0.0.1:80 status=up ttl=5 description="The web"',
      '.',
      '',
    ],
  ]);
  await server.stop();
});

it('takes the clients of a Unix socket for those of this machine', async () => {
  const socket = join(folder, 'name.sock');
  const server = await startNettk(['name-server', '--unix', socket]);
  const registered = await runNettk(['name', 'register', 'x', '9', '--check', 'none', '--server', `unix:${socket}`]);
  expect([registered.code, registered.stdout.toString()]).toEqual([0, 'x/127.0.0.1:9 up\n']);
  await server.stop();
});
