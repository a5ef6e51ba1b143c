/** listen --broker and --chat on the built binary, with nettk's and other people's clients. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { needs } from '../support/needs.ts';
import { NETTK, type Running, startNettk } from '../support/nettk.ts';
import { closed, readBytes, readToEnd, until } from '../support/sockets.ts';

async function broker(args: readonly string[] = [], target = '127.0.0.1:0'): Promise<Running> {
  const running = await startNettk(['listen', '-v', '--broker', target, ...args]);
  onTestFinished(() => running[Symbol.asyncDispose]());
  return running;
}

async function member(running: Running): Promise<Socket> {
  const socket = connect({ port: running.ports[0] as number, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Members that the broker has certainly taken in. */
async function members(running: Running, count: number): Promise<Socket[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => member(running)));
  await until(() => running.stderr().split('connected from').length > count);
  return sockets;
}

function program(file: string, args: readonly string[]): ChildProcess & { heard(): string } {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let heard = '';
  child.stdout?.on('data', (chunk) => (heard += chunk));
  onTestFinished(() => void child.kill('SIGKILL'));
  return Object.assign(child, { heard: () => heard });
}

/** The most memory a process has had, in MiB. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

describe('the operator', () => {
  test('hears what anybody says, and is heard by all', async () => {
    const running = await broker();
    const [a, b] = (await members(running, 2)) as [Socket, Socket];
    a.write('from a\n');
    expect((await readBytes(b, 7)).toString()).toBe('from a\n');
    await until(() => running.stdout().includes('from a\n'));
    running.child.stdin?.write('from the operator\n');
    expect((await readBytes(a, 18)).toString()).toBe('from the operator\n');
    expect((await readBytes(b, 18)).toString()).toBe('from the operator\n');
    running.child.stdin?.end();
    b.write('still going\n');
    expect((await readBytes(a, 12)).toString()).toBe('still going\n');
    expect(running.stdout()).not.toContain('operator');
  });

  test('with --recv-only says nothing', async () => {
    const running = await broker(['--recv-only']);
    running.child.stdin?.end('unsent');
    const [a, b] = [await member(running), await member(running)];
    a.write('heard');
    await until(() => running.stdout() === 'heard');
    a.end();
    await closed(a.resume());
    expect(b.bytesRead === 0 || (await readBytes(b, 5)).toString() === 'heard').toBe(true);
  });

  test('with --send-only goes on whoever disconnects meanwhile (nmap#2827)', async () => {
    const running = await broker(['--send-only']);
    const [a, b, c] = (await members(running, 3)) as [Socket, Socket, Socket];
    a.write('unheard');
    a.resetAndDestroy();
    b.end();
    await closed(b.resume());
    for (let i = 0; i < 100; i += 1) running.child.stdin?.write('news\n');
    expect((await readBytes(c, 500)).toString()).toBe('news\n'.repeat(100));
    expect(running.stdout()).toBe('');
    c.destroy();
    expect((await running.stop('SIGTERM')).code).toBe(0);
  });
});

describe('members', () => {
  test('over TCP are nc, ncat, socat and nettk, and hear each other', async (context: TestContext) => {
    needs(context, 'nc', 'ncat', 'socat');
    const running = await broker(['--chat']);
    const port = String(running.ports[0]);
    const clients = [
      program('nc', ['127.0.0.1', port]),
      program('ncat', ['127.0.0.1', port]),
      program('socat', ['-', `TCP:127.0.0.1:${port}`]),
      program(NETTK, ['connect', `127.0.0.1:${port}`]),
    ];
    await until(() => running.stdout().includes('<user4>.\n'));
    for (const [i, client] of clients.entries()) client.stdin?.write(`I am ${i}\n`);
    for (const [i, client] of clients.entries()) {
      const others = [0, 1, 2, 3].filter((other) => other !== i);
      await until(() => others.every((other) => client.heard().includes(`> I am ${other}\n`)));
      expect(client.heard()).not.toContain(`> I am ${i}\n`);
    }
    for (const client of clients) client.stdin?.end();
    await until(() => running.stdout().split('is disconnected.\n').length >= 4);
  });

  test.each(['unix', 'udp'])('over %s hear each other', async (scheme) => {
    const path = join(mkdtempSync(join(tmpdir(), 'nettk-')), 's');
    const running = await broker([], scheme === 'unix' ? `unix:${path}` : 'udp://127.0.0.1:0');
    const clients = [0, 1, 2].map(() => program(NETTK, ['connect', running.endpoints[0] as string]));
    for (const [i, client] of clients.entries()) {
      client.stdin?.write(`hello ${i}\n`);
      await until(() => running.stdout().includes(`hello ${i}\n`));
    }
    await until(() => ['hello 1\n', 'hello 2\n'].every((word) => clients[0]?.heard().includes(word)));
    expect(clients[0]?.heard()).not.toContain('hello 0');
  });

  test('that never read are cut off, the others get every byte, and memory stays bounded', async () => {
    const bytes = (process.env['NETTK_LONG'] ? 1_000 : 300) * 2 ** 20;
    const running = await broker();
    const [reader, deaf, sender] = (await members(running, 3)) as [Socket, Socket, Socket];
    deaf.pause();
    const before = peakMemory(running.pid);
    let received = 0;
    reader.on('data', (chunk) => (received += chunk.length)).resume();
    const chunk = Buffer.alloc(2 ** 20, 'nettk');
    for (let sent = 0; sent < bytes; sent += chunk.length) {
      if (!sender.write(chunk)) await once(sender, 'drain');
    }
    sender.end();
    await until(() => received === bytes);
    await until(() => running.stderr().includes('reads too slowly'));
    expect(running.stderr()).toMatch(/^nettk: tcp:\/\/127.0.0.1:\d+: reads too slowly/m);
    expect(await closed(deaf.resume())).toMatchObject({ code: 'ECONNRESET' });
    expect(peakMemory(running.pid) - before).toBeLessThan(128);
  });

  test('get the rest when the broker is told to stop', async () => {
    const running = await broker();
    const [a, b] = (await members(running, 2)) as [Socket, Socket];
    a.write('the last word\n');
    await until(() => running.stdout().includes('word\n'));
    const rest = readToEnd(b.resume());
    const stopped = running.stop('SIGINT');
    expect((await rest).toString()).toBe('the last word\n');
    for (const socket of [a, b]) socket.resume().end();
    expect((await stopped).code).toBe(0);
  });
});
