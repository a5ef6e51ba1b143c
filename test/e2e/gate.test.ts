import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Running, runNettk, startNettk } from '../support/nettk.ts';
import { openDatagramClient, until } from '../support/sockets.ts';

const REFUSED = 5_000;
const AT_ONCE = 250;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-gate-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** What becomes of a client that says a word: it gets it back, or the connection ends before. */
async function fate(
  port: number,
  options: { host?: string; localAddress?: string } = {},
): Promise<'served' | 'refused'> {
  const socket = connect({ port, host: '127.0.0.1', ...options });
  const result = await fateOf(socket);
  if (!socket.destroy().closed) await once(socket, 'close');
  return result;
}

function fateOf(socket: Socket): Promise<'served' | 'refused'> {
  return new Promise((resolve) => {
    socket.on('error', () => {}).on('data', () => resolve('served'));
    socket.on('close', () => resolve('refused'));
    socket.on('connect', () => socket.write('word'));
  });
}

/** Begins TLS: how far it comes, and how many bytes came back. */
function tlsHello(port: number, localAddress: string): Promise<{ code: string; received: number }> {
  const socket = connectTls({ socket: connect({ port, host: '127.0.0.1', localAddress }), rejectUnauthorized: false });
  return new Promise((resolve) => {
    const settle = (code: string): void => {
      resolve({ code, received: socket.bytesRead });
      socket.destroy();
    };
    socket.on('secureConnect', () => settle('secure'));
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? ''));
  });
}

const echo = (...args: string[]): Promise<Running> => startNettk(['echo-server', '--tcp', '--port', '0', ...args]);
const portOf = (server: Running): number => server.ports[0] as number;

async function said(server: Running, text: string, times = 1): Promise<void> {
  while (server.stderr().split(text).length <= times) await once(server.child.stderr as Socket, 'data');
}

describe('a server with a gate', () => {
  it('serves those who are allowed, and says whom it refused and why', async () => {
    await using server = await echo('--allow', '127.0.0.1,10.0.0.0/8', '--allow', '::1');
    expect(await fate(portOf(server))).toBe('served');
    expect(await fate(portOf(server), { localAddress: '127.0.0.2' })).toBe('refused');
    await said(server, 'not allowed');
    expect(server.stderr()).toMatch(/^nettk: echo: refused tcp:\/\/127\.0\.0\.2:\d+: not allowed$/m);
  });

  it('lets a denial win over an allowance', async () => {
    await using server = await echo('--allow', '127.0.0.0/8', '--deny', '127.0.0.2-127.0.0.3');
    expect(await fate(portOf(server), { localAddress: '127.0.0.2' })).toBe('refused');
    expect(await fate(portOf(server), { localAddress: '127.0.0.4' })).toBe('served');
  });

  it('takes IPv4 clients of an IPv6 socket for what they are', async () => {
    await using server = await echo('--host', '::', '--allow', '127.0.0.0/8');
    expect(await fate(portOf(server))).toBe('served');
    expect(await fate(portOf(server), { host: '::1' })).toBe('refused');
  });

  it('looks names up', async () => {
    await using server = await echo('--allow', 'localhost');
    expect(await fate(portOf(server))).toBe('served');
    expect(await fate(portOf(server), { localAddress: '127.0.0.2' })).toBe('refused');
  });

  it('stands before UDP too, and not before Unix sockets', async () => {
    const path = join(folder, 'echo.sock');
    const args = ['echo-server', '--tcp', '--udp', '--port', '0', '--unix', path, '--deny', '127.0.0.2'];
    await using server = await startNettk([...args, '--deny', '::/0'], { ready: 3 });
    const denied = await openDatagramClient('127.0.0.2');
    const welcome = await openDatagramClient('127.0.0.3');
    const heard: string[] = [];
    for (const client of [denied, welcome])
      client.on('message', (text) => heard.push(`${client.address().address} ${text}`));
    denied.send('word', portOf(server), '127.0.0.1');
    await said(server, 'denied');
    welcome.send('word', portOf(server), '127.0.0.1');
    await until(() => heard.length > 0);
    expect(heard).toEqual(['127.0.0.3 word']);
    expect(await fateOf(connect({ path }))).toBe('served');
    denied.close();
    welcome.close();
  });

  it('stands before TLS: who is refused hears nothing', async () => {
    await using server = await echo('--tls', '--deny', '127.0.0.2');
    const hello = tlsHello(portOf(server), '127.0.0.2');
    expect(await hello).toEqual({ code: 'ECONNRESET', received: 0 });
    await said(server, 'denied');
    expect(await tlsHello(portOf(server), '127.0.0.3')).toMatchObject({ code: 'secure' });
  });

  it('keeps the one place of listen for who is allowed', async () => {
    await using server = await startNettk(['listen', '127.0.0.1:0', '--allow', '127.0.0.3', '-e', '/bin/cat']);
    expect(await fate(portOf(server))).toBe('refused');
    expect(await fate(portOf(server), { localAddress: '127.0.0.3' })).toBe('served');
  });

  it('follows its files while it runs, and outlives a broken or lost one', async () => {
    const path = join(folder, 'allowed');
    await writeFile(path, '127.0.0.1 # us\n');
    await using server = await echo('--allow-file', path);
    const fates = async () => [await fate(portOf(server)), await fate(portOf(server), { localAddress: '127.0.0.2' })];
    expect(await fates()).toEqual(['served', 'refused']);
    await writeFile(`${path}.new`, '127.0.0.2\n');
    await rename(`${path}.new`, path);
    await said(server, `read ${path} again: 1 rule\n`);
    expect(await fates()).toEqual(['refused', 'served']);
    await writeFile(path, '127.0.0.1\n127.1\n');
    await said(server, 'the rules read before stay');
    expect(server.stderr()).toContain(`nettk: ${path} line 2: rule "127.1": not an IPv4 address`);
    expect(await fates()).toEqual(['refused', 'served']);
    await rm(path);
    await said(server, 'the rules read before stay', 2);
    expect(await fates()).toEqual(['refused', 'served']);
    await writeFile(path, '127.0.0.1-2\n');
    await said(server, `read ${path} again: 1 rule\n`, 2);
    expect(await fates()).toEqual(['served', 'served']);
  });

  it('gives one address so many connections at once', async () => {
    await using server = await echo('--max-per-source', '2');
    const first = [connect(portOf(server), '127.0.0.1'), connect(portOf(server), '127.0.0.1')];
    expect(await Promise.all(first.map(fateOf))).toEqual(['served', 'served']);
    expect(await fate(portOf(server))).toBe('refused');
    expect(await fate(portOf(server), { localAddress: '127.0.0.2' })).toBe('served');
    expect(server.stderr()).toContain('too many connections from one address');
    for (const socket of first) await once(socket.destroy(), 'close');
    let last = await fate(portOf(server));
    while (last === 'refused') last = await fate(portOf(server));
    expect(last).toBe('served');
  });

  it(`keeps nothing of ${REFUSED} refused clients, and counts each`, { timeout: 120_000 }, async () => {
    await using server = await echo('--deny', '127.0.0.2');
    const files = (): number => readdirSync(`/proc/${server.pid}/fd`).length;
    expect(await fate(portOf(server))).toBe('served');
    const before = files();
    for (let done = 0; done < REFUSED; done += AT_ONCE) {
      const clients = Array.from({ length: AT_ONCE }, () => fate(portOf(server), { localAddress: '127.0.0.2' }));
      expect(new Set(await Promise.all(clients))).toEqual(new Set(['refused']));
    }
    await until(() => files() <= before);
    expect(await fate(portOf(server))).toBe('served');
    const { stderr } = await server.stop();
    const counts = [...stderr.matchAll(/refused (?:(\d+) more|tcp:).*: denied$/gm)].map(([, more]) =>
      Number(more ?? 1),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(REFUSED);
  });

  it.each([
    [['--allow', '127.1'], 'nettk: option --allow: rule "127.1": not an IPv4 address'],
    [['--deny', '010.0.0.1'], 'nettk: option --deny: rule "010.0.0.1": not an IPv4 address'],
    [['--allow-file', '/nowhere/rules'], 'nettk: read /nowhere/rules: no such file or directory (ENOENT)'],
    [['--max-per-source', '0'], 'nettk: option --max-per-source: 0 is '],
  ])('does not start with %j', async (args, reason) => {
    const { code, stderr } = await runNettk(['echo-server', '--port', '0', ...args]);
    expect(stderr).toContain(reason);
    expect(code).toBe(2);
  });
});
