import { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Conn } from '../../src/net/conn.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { type Gate, openGate } from '../../src/net/gate.ts';
import type { Listener } from '../../src/net/listen.ts';
import { listenConns } from '../../src/net/listen-conns.ts';
import { openDatagramClient, until } from '../support/sockets.ts';

/** Senders kept where no number is asked for. */
const MAX_UDP_PEERS = 1_024;

let listener: Listener | undefined;
afterEach(async () => {
  await listener?.close();
  listener = undefined;
});

/** Listens over UDP; `hear` makes a datagram come from a port, as the kernel would say it. */
async function listen(maxConnections?: number, gate?: Gate) {
  const bind = vi.spyOn(Socket.prototype, 'bind');
  const conns: Conn[] = [];
  const heard: string[] = [];
  const dropped: string[] = [];
  const refused: string[] = [];
  listener = await listenConns(
    parseEndpoint('udp://127.0.0.1:0'),
    {
      onConn(conn) {
        conns.push(conn);
        conn.on('data', (chunk: Buffer) => heard.push(`${conn.peer.port} ${chunk}`));
        conn.on('end', () => heard.push(`${conn.peer.port} ended`));
      },
      onDrop: (peer) => dropped.push(peer),
      onRefused: (peer, reason) => refused.push(`${peer} ${reason}`),
      onError: (error) => expect.unreachable(error.message),
    },
    { maxConnections, gate },
  );
  const socket = bind.mock.contexts[0] as Socket;
  bind.mockRestore();
  const hear = (port: number, text: string): void => {
    socket.emit('message', Buffer.from(text), { address: '127.0.0.1', family: 'IPv4', port, size: text.length });
  };
  return { socket, conns, heard, dropped, refused, hear };
}

describe('listenConns over UDP', () => {
  it('makes each sender a connection that it can be answered on', async () => {
    const { conns, heard } = await listen();
    const client = await openDatagramClient();
    client.send('one', listener?.endpoint.port ?? 0, '127.0.0.1');
    await until(() => heard.length === 1);
    conns[0]?.write('two');
    expect(String((await once(client, 'message'))[0])).toBe('two');
    client.close();
  });

  it('ends the sender not heard for longest where there is no room for another', async () => {
    const { conns, heard, dropped, hear } = await listen();
    for (let port = 1; port <= MAX_UDP_PEERS; port += 1) hear(port, 'x');
    await until(() => heard.length === MAX_UDP_PEERS);
    hear(1, 'again');
    hear(5_000, 'late');
    await until(() => heard.length === MAX_UDP_PEERS + 3);
    expect(heard.slice(MAX_UDP_PEERS).sort()).toEqual(['1 again', '2 ended', '5000 late']);
    expect(conns).toHaveLength(MAX_UDP_PEERS + 1);
    expect(dropped).toEqual([]);
    hear(2, 'back');
    await until(() => heard.includes('2 back'));
  });

  it('ends nobody whose datagrams are unread, and drops the newcomer', async () => {
    const { conns, dropped, hear } = await listen();
    hear(1, 'x');
    conns[0]?.pause();
    hear(1, 'unread');
    for (let port = 2; port <= MAX_UDP_PEERS + 1; port += 1) hear(port, 'x');
    expect(dropped).toEqual([`udp://127.0.0.1:${MAX_UDP_PEERS + 1}`]);
  });

  it('drops newcomers past a number that was asked for', async () => {
    const { conns, dropped, hear } = await listen(1);
    hear(1, 'x');
    hear(2, 'x');
    expect([conns.length, dropped]).toEqual([1, ['udp://127.0.0.1:2']]);
  });

  it('keeps those out whom the gate refuses, also once the rules have changed', async () => {
    const denied = new Set(['127.0.0.1']);
    const gate = { refusal: (address: string) => (denied.has(address) ? 'denied' : undefined), enter: () => () => {} };
    const { conns, heard, refused, hear } = await listen(undefined, gate);
    hear(1, 'x');
    denied.clear();
    hear(1, 'y');
    denied.add('127.0.0.1');
    hear(1, 'z');
    expect(refused).toEqual(['udp://127.0.0.1:1 denied', 'udp://127.0.0.1:1 denied']);
    await until(() => heard.length > 0);
    expect([conns.length, heard]).toEqual([1, ['1 y']]);
  });

  it('gives a source only so many connections, and another where one has ended', async () => {
    const { conns, refused, hear } = await listen(undefined, await openGate({ maxPerSource: 1 }));
    hear(1, 'x');
    hear(2, 'x');
    expect(refused).toEqual(['udp://127.0.0.1:2 too many connections from one address']);
    await once((conns[0] as Conn).destroy(), 'close');
    hear(2, 'x');
    expect(conns).toHaveLength(2);
  });

  it('takes the place back of a sender for whom there is no room', async () => {
    let inside = 0;
    const enter = () => {
      inside += 1;
      return () => {
        inside -= 1;
      };
    };
    const { dropped, hear } = await listen(1, { refusal: () => undefined, enter });
    hear(1, 'x');
    hear(2, 'x');
    expect([inside, dropped.length]).toEqual([1, 1]);
  });

  it('takes the next datagram when the last one is out', async () => {
    const { socket, conns, hear } = await listen();
    hear(1, 'x');
    const sent: (() => void)[] = [];
    vi.spyOn(socket, 'send').mockImplementation(
      ((...args: unknown[]) => void sent.push(args.at(-1) as () => void)) as never,
    );
    const conn = conns[0] as Conn;
    let taken = 0;
    for (let i = 0; i < 3; i += 1) conn.write('y', () => (taken += 1));
    expect([sent.length, taken]).toEqual([1, 0]);
    sent[0]?.();
    await until(() => sent.length === 2);
    expect(taken).toBe(1);
    while (conn.write('z'));
    expect(conn.writableNeedDrain).toBe(true);
    vi.restoreAllMocks();
  });

  it('ends the connection of a sender who cannot be answered, and no other', async () => {
    const { conns, heard, hear } = await listen();
    hear(1, 'x');
    hear(2, 'x');
    const [one, two] = conns as [Conn, Conn];
    one.write(Buffer.alloc(65_536));
    const [error] = await once(one, 'error');
    expect(error).toMatchObject({ code: 'EMSGSIZE', message: expect.stringContaining('answer udp://127.0.0.1:1: ') });
    two.write('fine');
    hear(2, 'more');
    await until(() => heard.includes('2 more'));
    expect(two.destroyed).toBe(false);
  });

  it('ends its senders when it is closed, and still tells them what is to be told', async () => {
    const { heard, conns } = await listen();
    const client = await openDatagramClient();
    client.send('one', listener?.endpoint.port ?? 0, '127.0.0.1');
    await until(() => heard.length === 1);
    await listener?.close();
    await until(() => heard.length === 2);
    expect(heard[1]).toMatch(/ ended$/);
    client.send('two', listener?.endpoint.port ?? 0, '127.0.0.1');
    const over = once(conns[0] as Conn, 'close');
    conns[0]?.end('goodbye');
    expect(String((await once(client, 'message'))[0])).toBe('goodbye');
    await over;
    expect(heard).toHaveLength(2);
    client.close();
  });

  it('goes on after an empty datagram, and hands it out', async () => {
    const { heard, hear } = await listen();
    hear(1, '');
    hear(1, 'more');
    await until(() => heard.length === 2);
    expect(heard).toEqual(['1 ', '1 more']);
  });

  it('outlives a sender at port 0, whom nobody can answer', async () => {
    const { conns, hear } = await listen();
    hear(0, 'forged');
    await new Promise<void>((resolve, reject) => {
      conns[0]?.write('answer', (error) => (error ? reject(error) : resolve()));
    });
  });
});
