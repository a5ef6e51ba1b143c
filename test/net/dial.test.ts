import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { hostAddresses } from '../../src/net/addresses.ts';
import { dial } from '../../src/net/dial.ts';
import { openDatagramClient, readToEnd } from '../support/sockets.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A port of 127.0.0.1 on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

describe('dial over TCP', () => {
  it('opens a connection whose way back stays open after our end', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.resume().on('end', () => socket.end('after yours'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const conn = await dial(`tcp://127.0.0.1:${port}`);
    expect(conn.peer).toEqual({ scheme: 'tcp', host: '127.0.0.1', port, path: '' });
    conn.end();
    expect((await readToEnd(conn)).toString()).toBe('after yours');
    server.close();
  });

  it('tries the other addresses of a name', async () => {
    // localhost may be ::1 first; the server listens on 127.0.0.1 only.
    const server = createServer((socket) => socket.end('here')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const conn = await dial(`tcp://localhost:${port}`);
    expect((await readToEnd(conn)).toString()).toBe('here');
    conn.end();
    server.close();
  });

  it('names the endpoint that refused', async () => {
    const port = await closedPort();
    const failed = dial(`tcp://127.0.0.1:${port}`);
    await expect(failed).rejects.toThrow(`connect tcp://127.0.0.1:${port}: connection refused (ECONNREFUSED)`);
    await expect(failed).rejects.toMatchObject({ exit: 1 });
  });

  it('says so where the address has not the family asked for', async () => {
    await expect(dial('tcp://127.0.0.1:1', { family: 6 })).rejects.toMatchObject({ code: 'EAFNOSUPPORT', exit: 1 });
  });

  it('gives up when the signal aborts, with its reason', async () => {
    const reason = new Error('enough');
    await expect(dial('tcp://127.0.0.1:1', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const opened = dial('tcp://127.0.0.1:1', { signal: controller.signal });
    controller.abort(reason);
    await expect(opened).rejects.toBe(reason);
  });

  it('connects from the address and port asked for', async () => {
    const server = createServer((socket) => socket.end(`${socket.remoteAddress} ${socket.remotePort}`));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const localPort = await closedPort();
    const conn = await dial(`tcp://127.0.0.1:${port}`, { localAddress: '127.0.0.2', localPort });
    expect((await readToEnd(conn)).toString()).toBe(`127.0.0.2 ${localPort}`);
    conn.end();
    server.close();
  });

  it('connects from an address literal only, and to addresses of its family', async () => {
    await expect(dial('tcp://127.0.0.1:1', { localAddress: 'localhost' })).rejects.toMatchObject({
      message: 'source address "localhost": not an address literal',
      exit: 2,
    });
    await expect(dial('tcp://127.0.0.1:1', { localAddress: '::1' })).rejects.toMatchObject({ code: 'EAFNOSUPPORT' });
  });

  it('refuses a zone that is no interface, and names those there are', async () => {
    await expect(dial('tcp://[fe80::1%nosuch]:1')).rejects.toMatchObject({
      message: 'address "fe80::1%nosuch": no interface "nosuch" is up',
      hint: expect.stringContaining('lo'),
      exit: 2,
    });
  });

  it('says so where a WebSocket is asked of what speaks something else', async () => {
    const server = createServer((socket) => socket.end('220 mail ready\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(dial(`ws://127.0.0.1:${port}/`)).rejects.toMatchObject({
      message: `WebSocket with 127.0.0.1:${port}: the port does not speak HTTP`,
      exit: 1,
    });
    server.close();
  });
});

describe('dial over Unix sockets', () => {
  it("takes a missing socket for the server's absence: exit 1, not 2", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nettk-dial-'));
    await expect(dial(`unix:${folder}/none`)).rejects.toMatchObject({ code: 'ENOENT', exit: 1 });
    await rm(folder, { recursive: true });
  });
});

describe('dial over UDP', () => {
  it('sends each write as one datagram and reads each as one chunk, empty ones too', async () => {
    const peer = await openDatagramClient();
    const conn = await dial(`udp://127.0.0.1:${peer.address().port}`);
    const sizes: number[] = [];
    const got = new Promise<void>((resolve) => {
      peer.on('message', (message, from) => {
        sizes.push(message.length);
        peer.send(message, from.port, from.address);
        if (sizes.length === 3) resolve();
      });
    });
    for (const size of [1, 0, 9_000]) conn.write(Buffer.alloc(size));
    await got;
    expect(sizes).toEqual([1, 0, 9_000]);
    const chunks: number[] = [];
    await new Promise<void>((resolve) => {
      conn.on('data', (chunk: Buffer) => {
        chunks.push(chunk.length);
        if (chunks.length === 3) resolve();
      });
    });
    expect(chunks).toEqual([1, 0, 9_000]);
    conn.destroy();
    peer.close();
  });

  it('hears from the peer it is connected to and from nobody else', async () => {
    const [peer, stranger] = [await openDatagramClient(), await openDatagramClient()];
    const conn = await dial(`udp://127.0.0.1:${peer.address().port}`);
    conn.write('where are you?');
    const [, from] = await once(peer, 'message');
    stranger.send('me!', from.port, '127.0.0.1');
    await new Promise((resolve) => setImmediate(resolve));
    peer.send('here', from.port, '127.0.0.1');
    expect((await once(conn, 'data')).toString()).toBe('here');
    conn.destroy();
    peer.close();
    stranger.close();
  });

  it('fails when the port turns out to be closed', async () => {
    const peer = await openDatagramClient();
    const { port } = peer.address();
    peer.close();
    const conn = await dial(`udp://127.0.0.1:${port}`);
    const failed = once(conn, 'error');
    conn.write('x');
    expect((await failed)[0]).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('says so when a datagram is too long', async () => {
    const peer = await openDatagramClient();
    const conn = await dial(`udp://127.0.0.1:${peer.address().port}`);
    const failed = once(conn, 'error');
    conn.write(Buffer.alloc(65_508));
    expect((await failed)[0]).toMatchObject({ code: 'EMSGSIZE' });
    peer.close();
  });
});

describe('hostAddresses', () => {
  it('takes a literal for its own answer', async () => {
    expect(await hostAddresses('127.0.0.1')).toEqual([{ address: '127.0.0.1', family: 4 }]);
    expect(await hostAddresses('::1', 6)).toEqual([{ address: '::1', family: 6 }]);
  });

  it('names a host that does not exist', async () => {
    const error = await hostAddresses('no-such-host.invalid').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NettkError);
    expect((error as NettkError).message).toContain('look up no-such-host.invalid');
    expect((error as NettkError).exit).toBe(1);
  });
});
