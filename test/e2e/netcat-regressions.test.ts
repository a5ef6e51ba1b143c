/** Bugs that ncat had, each shown not to be nettk's, over TCP and TLS; 100 times each with NETTK_LONG=1. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { listening, openNettk, tcpClient, udpSocket } from '../support/netcat.ts';
import { runNettk, startNettk } from '../support/nettk.ts';

const REPEATS = process.env['NETTK_LONG'] === '1' ? 100 : 3;
/** Each round starts programs; on a busy machine that takes a while, in milliseconds. */
const LIMIT_MS = 60_000 + REPEATS * 5_000;
/** Several TLS records, and not a whole number of them. */
const BULK = Buffer.alloc(100_001, 'last data');

vi.setConfig({ testTimeout: LIMIT_MS });

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

/** A server of the test's own over TCP or TLS; what `nettk connect` needs to reach it. */
async function server(way: 'TCP' | 'TLS', onSocket: (socket: Socket) => void): Promise<string[]> {
  const onClient = (socket: Socket): void => onSocket(socket.on('error', () => {}));
  const listener: Server =
    way === 'TCP'
      ? createServer({ allowHalfOpen: true }, onClient)
      : createTlsServer({ allowHalfOpen: true, ...certificates.good }, onClient);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  const target = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return way === 'TCP' ? [target] : ['--insecure', '--quiet', `tls://${target}`];
}

/** A client of the test's own. */
async function client(way: 'TCP' | 'TLS', port: number): Promise<Socket> {
  if (way === 'TCP') return tcpClient(port);
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

describe.each(['TCP', 'TLS'] as const)(`${REPEATS} times over %s`, (way) => {
  const listenArgs = way === 'TCP' ? ['127.0.0.1:0'] : ['--tls', '127.0.0.1:0'];

  test('what a server sends right before its close is printed, standard input open or not', async () => {
    const target = await server(way, (socket) => socket.resume().end(BULK));
    for (let i = 0; i < REPEATS; i += 1) {
      const open = await openNettk('connect', ...target);
      expect(await open.ended).toBe(0);
      expect(open.stdout().equals(BULK)).toBe(true);
      const ended = await runNettk(['connect', ...target], { stdin: 'hi' });
      expect([ended.code, ended.stdout.equals(BULK)]).toEqual([0, true]);
    }
  });

  test('what a client sends right before its close is printed', async () => {
    for (let i = 0; i < REPEATS; i += 1) {
      const listener = await listening(...listenArgs);
      const over = once(listener.child, 'close');
      const socket = await client(way, listener.ports[0] as number);
      socket.resume().end(BULK);
      expect((await over)[0]).toBe(0);
      expect(listener.stdout()).toBe(BULK.toString());
    }
  });

  test('what came in one go is printed at once, not when the next byte comes', async () => {
    const sockets: Socket[] = [];
    const target = await server(way, (socket) => void sockets.push(socket.resume().on('end', () => socket.end())));
    for (let i = 0; i < REPEATS; i += 1) {
      const peer = await openNettk('connect', ...target);
      while (sockets.length <= i) await new Promise((resolve) => setImmediate(resolve));
      sockets[i]?.write(BULK);
      await peer.until((stdout) => stdout.length === BULK.length);
      expect(await peer.finish()).toBe(0);
    }
  });

  test('a client that leaves in the middle of --send-only ends nothing but itself', async () => {
    const listener = await startNettk(['listen', '-k', '--send-only', ...listenArgs]);
    onTestFinished(() => listener[Symbol.asyncDispose]());
    const feed = setInterval(() => listener.child.stdin?.write(BULK), 5);
    for (let i = 0; i < REPEATS; i += 1) {
      const socket = await client(way, listener.ports[0] as number);
      socket.write('never printed');
      await once(socket, 'data');
      // With what it has not read it resets the connection.
      socket.destroy();
    }
    // What is typed while nobody is there goes to nobody, so the feed goes on until somebody was heard.
    const last = await client(way, listener.ports[0] as number);
    await once(last, 'data');
    clearInterval(feed);
    last.destroy();
    expect(listener.child.exitCode).toBeNull();
    expect(listener.stdout()).toBe('');
  });

  test('-i ends a listener whose client says nothing, with 1', async () => {
    for (let i = 0; i < Math.min(REPEATS, 10); i += 1) {
      const listener = await listening('-i', '100ms', ...listenArgs);
      const over = once(listener.child, 'close');
      (await client(way, listener.ports[0] as number)).resume();
      expect((await over)[0]).toBe(1);
    }
  });

  test('port 0 says the port that clients reach', async () => {
    for (let i = 0; i < REPEATS; i += 1) {
      const listener = await listening(...listenArgs);
      const over = once(listener.child, 'close');
      (await client(way, listener.ports[0] as number)).resume().end('reached');
      await over;
      expect(listener.stdout()).toBe('reached');
    }
  });
});

test(`a UDP listener outlives its input's end, ${REPEATS} times`, async () => {
  for (let i = 0; i < REPEATS; i += 1) {
    const listener = await listening('-u', '127.0.0.1:0');
    listener.child.stdin?.end();
    const peer = await udpSocket();
    for (const word of ['one', 'two']) {
      peer.send(word, listener.ports[0] as number, '127.0.0.1');
      while (!listener.stdout().includes(word)) await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
    }
    expect(listener.child.exitCode).toBeNull();
    await listener.stop();
  }
});
