import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { Conn } from '../../src/net/conn.ts';
import { type DialOptions, dial } from '../../src/net/dial.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import type { Listener, ListenOptions } from '../../src/net/listen.ts';
import { listenDatagram } from '../../src/net/listen-datagram.ts';
import { openDatagramClient, until } from '../support/sockets.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A listener that keeps what it hears as `port text`, and answers with its own name. */
async function listen(text: string, name: string, options: ListenOptions = {}) {
  const heard: string[] = [];
  const sources: string[] = [];
  const listener: Listener = await listenDatagram(
    parseEndpoint(text),
    (message, source, answer) => {
      heard.push(String(message));
      sources.push(`${source.address} ${source.port}`);
      answer(Buffer.from(name), () => {});
    },
    options,
  );
  open.push(listener);
  return { listener, heard, sources, port: listener.endpoint.port };
}

async function connect(text: string, options: DialOptions = {}): Promise<Conn> {
  const conn = await dial(text, options);
  open.push({ close: () => conn.destroy() });
  return conn;
}

/** A group that no other run of the tests is in. */
const group = (): string => `239.77.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}`;
const LOOPBACK = { multicastInterface: '127.0.0.1' };

describe('a UDP connection', () => {
  it('comes from the address and port asked for', async () => {
    const { port, sources } = await listen('udp://127.0.0.1:0', 'one');
    const held = await openDatagramClient('127.0.0.2');
    const { port: localPort } = held.address();
    held.close();
    const conn = await connect(`udp://127.0.0.1:${port}`, { localAddress: '127.0.0.2', localPort });
    conn.write('x');
    await once(conn, 'data');
    expect(sources).toEqual([`127.0.0.2 ${localPort}`]);
  });

  it('fails where another socket has its port', async () => {
    const { port } = await listen('udp://127.0.0.1:0', 'one');
    const options = { localAddress: '127.0.0.1', localPort: port };
    await expect(dial('udp://127.0.0.1:9', options)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('is not sent to port 0', async () => {
    await expect(dial('udp://127.0.0.1:0')).rejects.toThrow('connect udp://127.0.0.1:0: port 0 is nobody');
  });

  it('does not send to a broadcast address unless told to, and says how', async () => {
    await expect(dial('udp://255.255.255.255:9')).rejects.toMatchObject({
      code: 'EACCES',
      exit: 2,
      message: 'connect udp://255.255.255.255:9: a broadcast address (EACCES)',
      hint: '--broadcast',
    });
    await connect('udp://255.255.255.255:9', { broadcast: true });
  });

  it('refuses options that only TCP has', async () => {
    await expect(dial('udp://127.0.0.1:9', { typeOfService: 16 })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('a multicast group', () => {
  it('is heard by all who listen to it, whose answers come back', async () => {
    const address = group();
    const one = await listen(`udp://${address}:0`, 'one', LOOPBACK);
    const two = await listen(`udp://0.0.0.0:${one.port}`, 'two', { join: [{ group: address, interface: 'lo' }] });
    const conn = await connect(`udp://${address}:${one.port}`, { ...LOOPBACK, multicastTtl: 0 });
    const answers: string[] = [];
    conn.on('data', (chunk: Buffer) => answers.push(String(chunk)));
    conn.write('hello');
    await until(() => answers.length === 2);
    expect(answers.sort()).toEqual(['one', 'two']);
    expect([one.heard, two.heard]).toEqual([['hello'], ['hello']]);
  });

  it('is heard from one source only where asked', async () => {
    const address = group().replace('239', '232');
    const join = [{ group: address, source: '127.0.0.3', interface: '127.0.0.1' }];
    const { heard, port } = await listen(`udp://${address}:0`, 'one', { join });
    const from = async (localAddress: string): Promise<Conn> =>
      connect(`udp://${address}:${port}`, { ...LOOPBACK, localAddress });
    (await from('127.0.0.2')).write('two');
    (await from('127.0.0.3')).write('three');
    await until(() => heard.length > 0);
    expect(heard).toEqual(['three']);
  });

  it('cannot be joined on an interface that is not up, or by a socket of the other family', async () => {
    const join = [{ group: '239.1.2.3', interface: 'nope' }];
    await expect(listen('udp://0.0.0.0:0', 'one', { join })).rejects.toThrow('interface "nope": not up');
    await expect(listen('udp://0.0.0.0:0', 'one', { join: [{ group: 'ff02::1' }] })).rejects.toMatchObject({
      code: 'EAFNOSUPPORT',
      message: 'join ff02::1: the socket is an IPv4 one (EAFNOSUPPORT)',
      hint: '::',
    });
  });

  it('is what options of multicast are for', async () => {
    await expect(dial('udp://127.0.0.1:9', { multicastTtl: 1 })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'multicast to 127.0.0.1: not the address of a group',
    });
    await expect(listen('udp://127.0.0.1:0', 'one', LOOPBACK)).rejects.toMatchObject({
      code: 'USAGE',
      message: 'interface "127.0.0.1": no group is joined on it',
    });
  });

  it('is no place for a sender whose interface is not up', async () => {
    await expect(dial('udp://239.1.2.3:9', { multicastInterface: 'nope' })).rejects.toThrow('interface "nope": not up');
  });
});
