import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import type { Conn } from '../../src/net/conn.ts';
import { formatEndpoint, parseEndpoint } from '../../src/net/endpoint.ts';
import { type Listener, listenStream } from '../../src/net/listen.ts';
import { type Answer, listenDatagram } from '../../src/net/listen-datagram.ts';
import { closed, connectTo, openDatagramClient } from '../support/sockets.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-listen-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Listens and greets every connection. */
async function listen(text: string, maxConnections?: number) {
  const conns: Conn[] = [];
  const dropped: string[] = [];
  const listener = await listenStream(
    parseEndpoint(text),
    {
      onConn: (conn) => {
        conns.push(conn);
        conn.end('hello');
        conn.resume();
      },
      onDrop: (peer) => dropped.push(peer),
      onRefused: (_peer, reason) => dropped.push(reason),
      onError: (error) => expect.unreachable(error.message),
    },
    { maxConnections },
  );
  return { listener, conns, dropped };
}

async function greeting(listener: Listener): Promise<string> {
  const client = await connectTo(listener.endpoint);
  const [data] = await once(client, 'data');
  client.end();
  await closed(client);
  return data.toString();
}

/** What a call that must fail fails with. */
const failure = (work: Promise<unknown>): Promise<NettkError> =>
  work.then(
    () => expect.unreachable('it succeeded'),
    (error) => {
      expect(error).toBeInstanceOf(NettkError);
      return error;
    },
  );

/** Leaves a socket file as a killed server does. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(lstatSync(path).isSocket()).toBe(true);
}

describe('listenStream over TCP', () => {
  it.each(['tcp://127.0.0.1:0', 'tcp://[::1]:0', 'tcp://localhost:0'])('says the real port of %s', async (text) => {
    const { listener } = await listen(text);
    expect(listener.endpoint.port).toBeGreaterThan(0);
    expect(await greeting(listener)).toBe('hello');
    await listener.close();
  });

  it('tells who connected', async () => {
    const { listener, conns } = await listen('tcp://127.0.0.1:0');
    const client = await connectTo(listener.endpoint);
    await once(client, 'data');
    expect(conns[0]?.peer).toEqual({ scheme: 'tcp', host: '127.0.0.1', port: client.localPort, path: '' });
    client.destroy();
    await listener.close();
  });

  it('says what to try where the port is taken, and exits with 1', async () => {
    const { listener } = await listen('tcp://127.0.0.1:0');
    const error = await failure(listen(`tcp://127.0.0.1:${listener.endpoint.port}`));
    expect(error).toMatchObject({ code: 'EADDRINUSE', exit: 1, hint: 'another --port, or --port 0 for a free one' });
    expect(error.message).toContain(`listen on tcp://127.0.0.1:${listener.endpoint.port}: address already in use`);
    await listener.close();
  });

  it.for(['tcp', 'udp'])('names the option that chose the port, where another than --port did, %s', async (scheme) => {
    const open = (text: string, portOption?: string): Promise<Listener> => {
      const handlers = { onConn: () => {}, onDrop: () => {}, onRefused: () => {}, onError: () => {} };
      if (scheme === 'udp') return listenDatagram(parseEndpoint(text), () => {}, { portOption });
      return listenStream(parseEndpoint(text), handlers, { portOption });
    };
    const first = await open(`${scheme}://127.0.0.1:0`);
    const taken = formatEndpoint(first.endpoint);
    expect((await failure(open(taken))).hint).toBe('another --port, or --port 0 for a free one');
    expect((await failure(open(taken, 'dns-port'))).hint).toBe('another --dns-port, or --dns-port 0 for a free one');
    await first.close();
  });

  it('says what to try where the address is not of this machine', async () => {
    const error = await failure(listen('tcp://192.0.2.1:0'));
    expect(error).toMatchObject({ code: 'EADDRNOTAVAIL', exit: 1 });
    expect(error.hint).toContain('--host');
  });

  it('frees its port when it closes though a client stays connected', async () => {
    const { listener, conns } = await listen('tcp://127.0.0.1:0');
    const client = await connectTo(listener.endpoint);
    await once(client, 'data');
    await listener.close();
    const again = await listen(`tcp://127.0.0.1:${listener.endpoint.port}`);
    expect(await greeting(again.listener)).toBe('hello');
    expect(conns[0]?.destroyed).toBe(false);
    client.destroy();
    await again.listener.close();
  });

  it('ends the connection of a client past the maximum, and says which', async () => {
    const { listener, conns, dropped } = await listen('tcp://127.0.0.1:0', 1);
    const first = await connectTo(listener.endpoint);
    await once(first, 'data');
    const second = await connectTo(listener.endpoint);
    const port = second.localPort;
    second.resume().end();
    await closed(second);
    expect(conns).toHaveLength(1);
    expect(dropped).toEqual([`127.0.0.1:${port}`]);
    first.destroy();
    await listener.close();
  });
});

describe('listenStream over Unix sockets', () => {
  it('makes the socket for its owner only, whatever the umask, which it leaves as it was', async () => {
    const before = process.umask(0o002);
    const path = join(folder, 'owner.sock');
    const { listener } = await listen(`unix:${path}`);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(process.umask(before)).toBe(0o002);
    expect(await greeting(listener)).toBe('hello');
    await listener.close();
    expect(existsSync(path)).toBe(false);
  });

  it('replaces a socket file that a killed server left', async () => {
    const path = join(folder, 'stale.sock');
    await leaveStaleSocket(path);
    const { listener } = await listen(`unix:${path}`);
    expect(await greeting(listener)).toBe('hello');
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    await listener.close();
  });

  it('does not take the socket of a server that lives', async () => {
    const path = join(folder, 'live.sock');
    const { listener } = await listen(`unix:${path}`);
    expect(await failure(listen(`unix:${path}`))).toMatchObject({ code: 'EADDRINUSE', hint: 'another path' });
    expect(await greeting(listener)).toBe('hello');
    await listener.close();
  });

  it('removes neither a file that is no socket nor a link to a stale one', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    expect(await failure(listen(`unix:${file}`))).toMatchObject({ code: 'EADDRINUSE' });
    const stale = join(folder, 'behind.sock');
    await leaveStaleSocket(stale);
    const link = join(folder, 'link.sock');
    symlinkSync(stale, link);
    expect(await failure(listen(`unix:${link}`))).toMatchObject({ code: 'EADDRINUSE' });
    expect(lstatSync(link).isSymbolicLink() && lstatSync(stale).isSocket()).toBe(true);
  });

  it('names the path where the folder is missing', async () => {
    const error = await failure(listen(`unix:${folder}/none/s`));
    expect(error.message).toBe(`listen on unix:${folder}/none/s: no such file or directory (ENOENT)`);
    expect(error.exit).toBe(2);
  });

  it('listens on an abstract name and leaves no file', async () => {
    const { listener } = await listen(`unix:@nettk-test-${process.pid}`);
    expect(await greeting(listener)).toBe('hello');
    expect(await failure(listen(`unix:@nettk-test-${process.pid}`))).toMatchObject({ code: 'EADDRINUSE' });
    expect(existsSync(`@nettk-test-${process.pid}`)).toBe(false);
    await listener.close();
  });

  it('refuses a path that the system would cut short', () => {
    expect(() => parseEndpoint(`unix:${join(folder, 'x'.repeat(108))}`)).toThrow('at most 107 bytes');
  });
});

describe('listenDatagram', () => {
  it('answers from the address it was asked at', async () => {
    const listener = await listenDatagram(parseEndpoint('udp://127.0.0.1:0'), (message, _source, answer) =>
      answer(Buffer.from(`got ${message}`), () => {}),
    );
    const client = await openDatagramClient();
    client.send('x', listener.endpoint.port, '127.0.0.1');
    const [answer, from] = await once(client, 'message');
    expect(answer.toString()).toBe('got x');
    expect(from).toMatchObject({ address: '127.0.0.1', port: listener.endpoint.port });
    client.close();
    await listener.close();
  });

  it('drops an answer that comes after it was closed', async () => {
    const answers: Answer[] = [];
    const asked = Promise.withResolvers<void>();
    const listener = await listenDatagram(parseEndpoint('udp://127.0.0.1:0'), (_message, _source, answer) => {
      answers.push(answer);
      asked.resolve();
    });
    const client = await openDatagramClient();
    client.send('x', listener.endpoint.port, '127.0.0.1');
    await asked.promise;
    await listener.close();
    await new Promise((resolve) => answers[0]?.(Buffer.from('late'), resolve));
    client.close();
  });

  it('says what to try where the port is taken', async () => {
    const listener = await listenDatagram(parseEndpoint('udp://127.0.0.1:0'), () => {});
    const error = await failure(listenDatagram(listener.endpoint, () => {}));
    expect(error).toMatchObject({ code: 'EADDRINUSE', hint: 'another --port, or --port 0 for a free one' });
    await listener.close();
  });
});
