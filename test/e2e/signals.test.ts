import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { services } from '../../src/services/index.ts';
import { NETTK, startNettk } from '../support/nettk.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Each client while it waits for an answer: its arguments, and what it has done by then. */
const CLIENTS: Readonly<Record<string, { args: (port: number) => string[]; udp?: true }>> = {
  daytime: { args: (port) => ['daytime', '--tcp', `127.0.0.1:${port}`] },
  'daytime over UDP': { args: (port) => ['daytime', '--udp', '--timeout', '1m', `127.0.0.1:${port}`], udp: true },
  time: { args: (port) => ['time', '--tcp', `127.0.0.1:${port}`] },
  echo: { args: (port) => ['echo', `127.0.0.1:${port}`] },
  'echo over UDP': { args: (port) => ['echo', '--udp', `127.0.0.1:${port}`], udp: true },
  'echo by message': { args: (port) => ['echo', '--json', `127.0.0.1:${port}`] },
  timestamp: { args: (port) => ['timestamp', `127.0.0.1:${port}`] },
  sleep: { args: (port) => ['sleep', `127.0.0.1:${port}`, '1000'] },
  command: { args: (port) => ['command', `127.0.0.1:${port}`, 'date'] },
  web: { args: (port) => ['web', `http://127.0.0.1:${port}/`] },
};

describe.each(SIGNALS)('%s', (signal) => {
  it.each(Object.keys(CLIENTS))('ends %s by the signal while it waits, without a word', async (name) => {
    const { args, udp } = CLIENTS[name]!;
    await using silent = udp ? await silentDatagrams() : await silentStream();
    const child = spawn(NETTK, args(silent.port), { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => {}).write('hello\n');
    await silent.reached;
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([null, signal]);
    expect(String(child.stdout.read() ?? '') + String(child.stderr.read() ?? '')).toBe('');
  });

  it('ends web by the signal while nobody reads its FIFO or its output', async () => {
    const endless = createServer((socket) => {
      socket.on('error', () => {}).write(`HTTP/1.0 200 OK\r\n\r\n${'x'.repeat(4_000_000)}`);
    }).listen(0, '127.0.0.1');
    await once(endless, 'listening');
    const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}/`;
    const folder = await mkdtemp(join(tmpdir(), 'nettk-signals-'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const args of [['-o', fifo], []]) {
      const child = spawn(NETTK, ['web', url, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      const [socket] = (await once(endless, 'connection')) as [Socket];
      await once(socket, 'data');
      if (args.length === 0) await once(child.stdout, 'readable');
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([null, signal]);
      expect(String(child.stderr.read() ?? '')).toBe('');
      child.stdout.destroy();
      socket.destroy();
    }
    endless.close();
    await rm(folder, { recursive: true });
  });

  it.each(services.map(({ name }) => name))('makes %s-server drain and exit 0', async (name) => {
    await using server = await startNettk([`${name}-server`, '--port', '0']);
    expect(await server.stop(signal)).toMatchObject({ code: 0, signal: null });
    expect(server.stderr()).toMatch(/^(nettk: \w+ listening on \S+\n)+$/);
  });

  it('makes serve drain all its services and exit 0', async () => {
    await using server = await startNettk(['serve', '--port', '0', 'echo', 'daytime', 'sleep'], { ready: 6 });
    expect(await server.stop(signal)).toMatchObject({ code: 0, signal: null });
  });

  it('makes a server with a client that never closes exit 1 after the grace', async () => {
    await using server = await startNettk(['discard-server', '--tcp', '--port', '0', '--grace', '300ms', '-v']);
    const client = connect({ port: server.ports[0]!, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
    client.write('held');
    await once(server.child.stderr!, 'data');
    const stopped = server.stop(signal);
    expect(await stopped).toMatchObject({ code: 1, signal: null });
    expect(server.stderr()).toContain('nettk: 1 connection cut after 0.3 s of grace\n');
    client.destroy();
  });
});

interface Silent extends AsyncDisposable {
  readonly port: number;
  /** Resolves when something has come. */
  readonly reached: Promise<unknown>;
}

async function silentStream(): Promise<Silent> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reached = once(server, 'connection').then(([socket]) => {
    socket.on('error', () => {}).resume();
    return socket;
  });
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    [Symbol.asyncDispose]: async () => {
      server.close();
      (await reached).destroy();
    },
  };
}

async function silentDatagrams(): Promise<Silent> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    reached: once(socket, 'message'),
    [Symbol.asyncDispose]: async () => void socket.close(),
  };
}
