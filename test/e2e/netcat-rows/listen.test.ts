/** What `nettk listen` does in each case in which the netcats differ: its input at its end, second clients, stale sockets. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { allOf, exitOf, listening, tcpClient } from '../../support/netcat.ts';
import { type Running, runNettk, startNettk } from '../../support/nettk.ts';

const portOf = (running: Running): number => running.ports[0] as number;

describe('with standard input at its end before a client comes', () => {
  test('it sends its data, then its end, and still prints what the client says after that', async () => {
    const listener = await listening('127.0.0.1:0');
    listener.child.stdin?.end('data\n');
    const over = exitOf(listener);
    const client = await tcpClient(portOf(listener));
    expect(await allOf(client)).toBe('data\n');
    client.end('said after your end\n');
    expect(await over).toBe(0);
    expect(listener.stdout()).toBe('said after your end\n');
  });

  test('and nothing in it, it prints a large file whole', async () => {
    const listener = await listening('127.0.0.1:0');
    listener.child.stdin?.end();
    const over = exitOf(listener);
    (await tcpClient(portOf(listener))).resume().end(Buffer.alloc(5_000_000, 'f'));
    expect(await over).toBe(0);
    expect(listener.stdout()).toHaveLength(5_000_000);
  });
});

test('it exits 0 when the client closes though its standard input is open', async () => {
  const listener = await listening('127.0.0.1:0');
  const over = exitOf(listener);
  (await tcpClient(portOf(listener))).resume().end('bye');
  expect(await over).toBe(0);
  expect(listener.stdout()).toBe('bye');
});

test('a second client is refused, not left hanging', async () => {
  const listener = await listening('127.0.0.1:0');
  const first = await tcpClient(portOf(listener));
  first.write('x');
  while (!listener.stdout().includes('x')) await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
  const second = connect(portOf(listener), '127.0.0.1');
  const [error] = await once(second, 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});

test('a port in use is exit 1, with the reason and what to try', async () => {
  const listener = await listening('127.0.0.1:0');
  const again = await runNettk(['listen', `127.0.0.1:${portOf(listener)}`]);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('address already in use (EADDRINUSE); try ');
});

test('port 0 says the real port, alone and in a list', async () => {
  const listener = await startNettk(['listen', '-k', '127.0.0.1:0,0-0'], { ready: 1 });
  onTestFinished(() => listener[Symbol.asyncDispose]());
  expect(portOf(listener)).toBeGreaterThan(0);
});

test('SIGTERM ends nettk alone, not its process group', async () => {
  const neighbour = `nettk=$0; "$nettk" listen 127.0.0.1:0 & pid=$!; read -r line; kill -TERM $pid; wait $pid; echo "status $?"`;
  const { NETTK } = await import('../../support/nettk.ts');
  const shell = spawn('bash', ['-c', neighbour, NETTK], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  await once(shell.stderr, 'data');
  shell.stdin.end('go\n');
  const [said] = await once(shell.stdout, 'data');
  expect(String(said)).toBe('status 143\n');
});

describe('a Unix socket', () => {
  const path = (): string => join(mkdtempSync(join(tmpdir(), 'nettk-')), 's.sock');

  test('that a killed listener left behind is replaced', async () => {
    const socket = path();
    const killed = await listening('-U', socket);
    await killed.stop('SIGKILL');
    expect(existsSync(socket)).toBe(true);
    const again = await listening('-U', socket);
    const over = exitOf(again);
    connect(socket).end('hello');
    expect(await over).toBe(0);
    expect(again.stdout()).toBe('hello');
  });

  test('is removed at the end, after a signal too', async () => {
    const socket = path();
    const listener = await listening('-U', socket);
    await listener.stop('SIGTERM');
    expect(existsSync(socket)).toBe(false);
  });

  test('that somebody listens on is not taken over', async () => {
    const socket = path();
    await listening('-U', socket);
    expect((await runNettk(['listen', '-U', socket])).code).toBe(1);
  });
});

test('--json tells why its one client is gone, and that it is over', async () => {
  const args = ['listen', '--json', '-i', '100ms', '127.0.0.1:0'];
  const listener = spawn((await import('../../support/nettk.ts')).NETTK, args);
  onTestFinished(() => void listener.kill('SIGKILL'));
  let text = '';
  listener.stderr.on('data', (chunk) => {
    text += chunk;
  });
  await once(listener.stderr, 'data');
  await tcpClient(Number(/:(\d+)"/.exec(text)?.[1]));
  expect((await once(listener, 'close'))[0]).toBe(1);
  expect(text).toContain('"event":"disconnected"');
  expect(text).toContain('"reason":"no data for 0.1 s"');
});

describe('with -k', () => {
  test('the port stays the same from client to client', async () => {
    const listener = await listening('-k', '127.0.0.1:0');
    for (const word of ['one', 'two', 'three']) {
      const client = await tcpClient(portOf(listener));
      client.resume().end(word);
      while (!listener.stdout().includes(word)) await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
    }
    expect(listener.stdout()).toBe('onetwothree');
    expect((await listener.stop()).code).toBe(0);
  });

  test('several ports are one listener', async () => {
    const both = await startNettk(['listen', '-k', '127.0.0.1:0,0']);
    onTestFinished(() => both[Symbol.asyncDispose]());
    (await tcpClient(portOf(both))).end('a');
    while (!both.stdout().includes('a')) await once(both.child.stdout as NodeJS.EventEmitter, 'data');
    expect((await both.stop()).code).toBe(0);
  });

  test('what clients lose at the end of the grace is said, with exit 1', async () => {
    const listener = await listening('-k', '--grace', '100ms', '127.0.0.1:0');
    const client = await tcpClient(portOf(listener));
    client.write('x');
    while (!listener.stdout().includes('x')) await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
    const { code, stderr } = await listener.stop();
    expect(code).toBe(1);
    expect(stderr).toContain('nettk: 1 connection cut after 0.1 s of grace\n');
  });

  test('who does not fit into the limit on open files is refused, and that is said', async (context) => {
    const { needs } = await import('../../support/needs.ts');
    needs(context, 'prlimit');
    const listener = await startNettk(['listen', '-k', '127.0.0.1:0'], { via: ['prlimit', '--nofile=64'] });
    onTestFinished(() => listener[Symbol.asyncDispose]());
    const clients = await Promise.all(Array.from({ length: 80 }, () => tcpClient(portOf(listener))));
    const refused = clients.map((client) => once(client.resume(), 'end'));
    await Promise.race(refused);
    while (!listener.stderr().includes('refused')) await once(listener.child.stderr as NodeJS.EventEmitter, 'data');
    expect(listener.stderr()).toMatch(/nettk: refused .*: too many open files\n/);
  });

  test('--deny turns a client away before a byte is read, and says so', async () => {
    const listener = await listening('-k', '--deny', '127.0.0.2', '127.0.0.1:0');
    const denied = connect({ port: portOf(listener), host: '127.0.0.1', localAddress: '127.0.0.2' });
    await new Promise((closed) => denied.on('error', () => {}).on('close', closed));
    while (!listener.stderr().includes('refused')) await once(listener.child.stderr as NodeJS.EventEmitter, 'data');
    expect(listener.stderr()).toMatch(/nettk: refused tcp:\/\/127.0.0.2:\d+: denied\n/);
    (await tcpClient(portOf(listener))).end('allowed');
    while (!listener.stdout().includes('allowed')) await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
  });

  test('-m refuses who comes on top', async () => {
    const listener = await listening('-k', '-m', '1', '127.0.0.1:0');
    const first = await tcpClient(portOf(listener));
    first.write('x');
    while (!listener.stdout().includes('x')) await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
    expect(await allOf(await tcpClient(portOf(listener)))).toBe('');
    while (!listener.stderr().includes('refused')) await once(listener.child.stderr as NodeJS.EventEmitter, 'data');
    expect(listener.stderr()).toContain(': too many connections\n');
  });

  test('--json writes the events that servers write, on standard error', async () => {
    const listener = spawn((await import('../../support/nettk.ts')).NETTK, ['listen', '-k', '--json', '127.0.0.1:0']);
    onTestFinished(() => void listener.kill('SIGKILL'));
    let text = '';
    listener.stderr.on('data', (chunk) => (text += chunk));
    const events = (): Record<string, unknown>[] =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    await once(listener.stderr, 'data');
    const endpoint = String(events()[0]?.['endpoint']);
    const client = await tcpClient(Number(endpoint.split(':').at(-1)));
    client.resume().end('payload');
    while (!text.includes('disconnected')) await once(listener.stderr, 'data');
    listener.kill('SIGTERM');
    await once(listener, 'close');
    expect(events()).toEqual([
      { event: 'listening', service: 'listen', endpoint },
      expect.objectContaining({ event: 'connected', service: 'listen', endpoint, time: expect.any(String) }),
      expect.objectContaining({ event: 'disconnected', endpoint, peer: expect.any(String), reason: '' }),
      expect.objectContaining({ event: 'draining' }),
      expect.objectContaining({ event: 'closed' }),
    ]);
  });
});
