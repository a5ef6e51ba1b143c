/** connect and listen on the built binary, talking to each other and to sockets of the test's own. */

import { once } from 'node:events';
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exitOf, listening } from '../support/netcat.ts';
import { type Running, runNettk } from '../support/nettk.ts';

/** More than all socket buffers on the way hold. */
const BULK = Buffer.alloc(3_000_000, 'nettk');

/** A server of the test's own; the sockets it accepts are handed over. */
async function server(onSocket: (socket: Socket) => void): Promise<string> {
  const listener: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  return `127.0.0.1:${(listener.address() as { port: number }).port}`;
}

const target = (running: Running): string => running.endpoints[0] as string;

function socketPath(): string {
  return join(mkdtempSync(join(tmpdir(), 'nettk-')), 's.sock');
}

describe.each([
  ['tcp', (): string[] => ['127.0.0.1:0']],
  ['unix', (): string[] => [`unix:${socketPath()}`]],
  ['abstract unix', (): string[] => [`unix:@nettk-test-${process.pid}-${Math.random()}`]],
])('over %s', (_name, args) => {
  test('both sides get what the other sends, and both end with 0', async () => {
    const listener = await listening(...args());
    listener.child.stdin?.end('from the listener\n');
    const closed = exitOf(listener);
    const client = await runNettk(['connect', target(listener)], { stdin: 'from the client\n' });
    expect(client).toMatchObject({ code: 0, stderr: '' });
    expect(client.stdout.toString()).toBe('from the listener\n');
    expect(await closed).toBe(0);
    expect(listener.stdout()).toBe('from the client\n');
  });

  test('a large input arrives whole though the listener has nothing to send and half-closes at once', async () => {
    const listener = await listening(...args());
    listener.child.stdin?.end();
    const closed = exitOf(listener);
    expect((await runNettk(['connect', target(listener)], { stdin: BULK })).code).toBe(0);
    expect(await closed).toBe(0);
    expect(listener.stdout().length).toBe(BULK.length);
  });

  test('a large answer arrives whole though the client has nothing to send', async () => {
    const listener = await listening(...args());
    listener.child.stdin?.end(BULK);
    const client = await runNettk(['connect', target(listener)]);
    expect(client.code).toBe(0);
    expect(client.stdout.equals(BULK)).toBe(true);
  });
});

describe('connect', () => {
  test('half-closes at the end of its input and prints the answer that comes after', async () => {
    const address = await server((socket) => {
      const parts: Buffer[] = [];
      socket
        .on('data', (chunk: Buffer) => parts.push(chunk))
        .on('end', () => socket.end(`got ${Buffer.concat(parts)}`));
    });
    const client = await runNettk(['connect', address], { stdin: 'hello' });
    expect([client.code, client.stdout.toString()]).toEqual([0, 'got hello']);
  });

  test('ends at the end of the peer though its input is still open', async () => {
    const address = await server((socket) => socket.resume().end('bye\n'));
    const client = await startWithOpenInput(['connect', address]);
    expect(client).toEqual([0, 'bye\n']);
  });

  test('with -q it ends with 0 after the end of its input though the peer never closes', async () => {
    const address = await server((socket) => socket.resume().write('still here\n'));
    const client = await runNettk(['connect', address, '-q', '200ms'], { stdin: 'x' });
    expect([client.code, client.stdout.toString()]).toEqual([0, 'still here\n']);
  });

  test('with -i it ends with 1 when nothing moves', async () => {
    const address = await server((socket) => socket.resume());
    const client = await runNettk(['connect', address, '-i', '200ms']);
    expect(client.code).toBe(1);
    expect(client.stderr).toMatch(/^nettk: talk to tcp:\/\/127.0.0.1:\d+: no data for 0.2 s\n$/);
  });

  test('ends with 1 when the peer resets', async () => {
    const address = await server((socket) =>
      socket.write('part', () => socket.once('data', () => socket.resetAndDestroy())),
    );
    const client = await runNettk(['connect', address], { stdin: 'x' });
    expect(client.code).toBe(1);
    expect(client.stderr).toContain('connection reset by peer (ECONNRESET)');
  });

  test('--send-only prints nothing and ends at the end of its input', async () => {
    const got = Promise.withResolvers<string>();
    const address = await server((socket) => {
      socket.write('never printed');
      let text = '';
      socket.on('data', (chunk) => (text += chunk)).on('end', () => got.resolve(text));
    });
    const client = await runNettk(['connect', '--send-only', address], { stdin: 'all of it' });
    expect([client.code, client.stdout.length, await got.promise]).toEqual([0, 0, 'all of it']);
  });

  test('--recv-only leaves standard input alone', async () => {
    const address = await server((socket) => socket.resume().end('data'));
    const client = await runNettk(['connect', '--recv-only', address], { stdin: 'unsent' });
    expect([client.code, client.stdout.toString()]).toEqual([0, 'data']);
  });

  test('-z says that a port is open, and that one is closed', async () => {
    const address = await server((socket) => socket.resume());
    expect(await runNettk(['connect', '-z', address])).toMatchObject({
      code: 0,
      stderr: `nettk: connected to tcp://${address}\n`,
    });
    expect((await runNettk(['connect', '-z', '127.0.0.1:1'])).code).toBe(1);
  });

  test('-s and -p say where it connects from', async () => {
    const from = Promise.withResolvers<string | undefined>();
    const address = await server((socket) => from.resolve(socket.resume().end().remoteAddress));
    expect((await runNettk(['connect', '-s', '127.0.0.2', address])).code).toBe(0);
    expect(await from.promise).toBe('127.0.0.2');
  });

  test.each([
    [['connect', '127.1:80'], 'not an IPv4 address'],
    [['connect', '127.0.0.1:0x50'], '0x50'],
    [['connect', '127.0.0.1:70000'], '0 to 65535'],
    [['connect', '127.0.0.1'], 'the port is missing'],
    [['connect', '--send-only', '--recv-only', '127.0.0.1:1'], 'contradict each other'],
  ])('%j is a usage error', async (args, words) => {
    const result = await runNettk(args);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(words);
  });
});

describe('listen', () => {
  test('refuses a second client', async () => {
    const listener = await listening();
    const first = connect(listener.ports[0] as number, '127.0.0.1');
    await once(first, 'connect');
    first.write('x');
    while (!listener.stdout().includes('x')) await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
    const second = connect(listener.ports[0] as number, '127.0.0.1');
    const [error] = await once(second, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    first.end();
    expect(await exitOf(listener)).toBe(0);
  });

  test('makes its Unix socket for the owner only, and leaves none behind', async () => {
    const path = socketPath();
    const listener = await listening('-U', path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await listener.stop('SIGINT');
    expect(existsSync(path)).toBe(false);
  });

  test('-k serves clients side by side, tells all of them its input, and drains with 0', async () => {
    const listener = await listening('-k');
    const clients = [1, 2, 3].map(() => connect(listener.ports[0] as number, '127.0.0.1'));
    for (const [i, client] of clients.entries()) client.write(`client ${i}\n`);
    while (listener.stdout().split('\n').length < 4) await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
    const heard = clients.map(async (client) => String((await once(client, 'data'))[0]));
    listener.child.stdin?.write('to all\n');
    expect(await Promise.all(heard)).toEqual(['to all\n', 'to all\n', 'to all\n']);
    for (const client of clients) client.end();
    expect(listener.stdout().split('\n').sort()).toEqual(['', 'client 0', 'client 1', 'client 2']);
    expect((await listener.stop('SIGINT')).code).toBe(0);
  });

  test('says that the address is in use, and what to try', async () => {
    const listener = await listening();
    const again = await runNettk(['listen', `127.0.0.1:${listener.ports[0]}`]);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(
      /^nettk: listen on tcp:\/\/127.0.0.1:\d+: address already in use \(EADDRINUSE\); try .+\n$/,
    );
  });
});

describe('over UDP', () => {
  test('the answer that comes after the end of standard input is printed', async () => {
    const listener = await listening('-u');
    const asked = once(listener.child.stdout as NodeJS.EventEmitter, 'data');
    const client = runNettk(['connect', '-u', target(listener)], { stdin: 'question\n' });
    expect(String((await asked)[0])).toBe('question\n');
    listener.child.stdin?.write('answer\n');
    expect([(await client).code, (await client).stdout.toString()]).toEqual([0, 'answer\n']);
  });

  test('more input than a datagram can carry leaves in several', async () => {
    const { createSocket } = await import('node:dgram');
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    let received = 0;
    socket.on('message', (message) => (received += message.length));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const stdin = Buffer.alloc(65_536, 'x');
    const client = await runNettk(['connect', '-u', `127.0.0.1:${socket.address().port}`], { stdin });
    expect([client.code, client.stderr, received]).toEqual([0, '', stdin.length]);
  });

  test('an empty datagram ends nothing', async () => {
    const listener = await listening('-u', '--recv-only');
    const { createSocket } = await import('node:dgram');
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    const heard = once(listener.child.stdout as NodeJS.EventEmitter, 'data');
    socket.send('', listener.ports[0] as number, '127.0.0.1', () =>
      socket.send('after', listener.ports[0] as number, '127.0.0.1'),
    );
    expect(String((await heard)[0])).toBe('after');
    expect(listener.child.exitCode).toBeNull();
  });

  test('a closed port is an error', async () => {
    const client = await runNettk(['connect', '-u', '127.0.0.1:1'], { stdin: 'x' });
    expect(client.code).toBe(1);
    expect(client.stderr).toContain('ECONNREFUSED');
  });
});

/** Runs nettk with its input left open; its status and output. */
async function startWithOpenInput(args: string[]): Promise<[number | null, string]> {
  const { spawn } = await import('node:child_process');
  const { NETTK } = await import('../support/nettk.ts');
  const child = spawn(NETTK, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return [code, output];
}
