import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { describe, expect, it, type TestContext } from 'vitest';
import { needs } from '../support/needs.ts';
import { createNetns, type Netns } from '../support/netns.ts';
import { type Finished, type Running, runNettk, runProgram, startNettk } from '../support/nettk.ts';
import { type Peer, startPeer } from '../support/peers.ts';
import { openDatagramClient, until } from '../support/sockets.ts';

const GROUP = '239.1.2.3';
const HOST = '10.99.0.1';
const OTHER_HOST = '10.99.0.2';
const PORT = 5_000;

/** A namespace with a network of its own: two addresses, room for broadcast, a way to groups. */
function network(context: TestContext): Netns {
  needs(context, 'root', 'ip', 'sysctl', 'socat');
  const netns = createNetns();
  netns.addInterface('net0', `${HOST}/24`, `${OTHER_HOST}/24`);
  return netns;
}

/** Starts socat and waits until it has opened its addresses. */
async function socat({ via }: Netns, ...args: string[]): Promise<Peer> {
  const peer = await startPeer('socat', ['-d', '-d', ...args], { via });
  while (!peer.stderr().includes('starting data transfer loop')) await once(peer.child.stderr as Readable, 'data');
  return peer;
}

const listen = ({ via }: Netns, ...args: string[]): Promise<Running> =>
  startNettk(['listen', '-k', '-u', '--recv-only', ...args], { via });

const send = ({ via }: Netns, text: string, ...args: string[]): Promise<Finished> =>
  runNettk(['connect', '-u', '-q', '100ms', ...args], { via, stdin: text });

const sendBySocat = ({ via }: Netns, text: string, to: string): Promise<Finished> =>
  runProgram('socat', ['-u', '-', to], { via, stdin: text });

/** Resolves once a listener has printed this many lines. */
async function lines({ child, stdout }: Pick<Running, 'child' | 'stdout'>, count: number): Promise<string[]> {
  while (stdout().split('\n').length <= count) await once(child.stdout as Readable, 'data');
  return stdout().trimEnd().split('\n');
}

describe('UDP multicast', () => {
  it('hears the group it listens at, from nettk and socat', async (context) => {
    await using netns = network(context);
    await using server = await listen(netns, `${GROUP}:${PORT}`);
    await sendBySocat(netns, 'from socat\n', `UDP4-DATAGRAM:${GROUP}:${PORT}`);
    expect(await send(netns, 'from nettk\n', `${GROUP}:${PORT}`)).toMatchObject({ code: 0, stderr: '' });
    expect(await lines(server, 2)).toEqual(['from socat', 'from nettk']);
    expect(await server.stop()).toMatchObject({ code: 0 });
  });

  it('is heard by socat, which answers', async (context) => {
    await using netns = network(context);
    const address = `UDP4-RECVFROM:${PORT},ip-add-membership=${GROUP}:${HOST}`;
    await using peer = await startPeer('socat', [address, 'EXEC:tr a-z A-Z'], {
      via: netns.via,
      ready: [`udp:${PORT}`],
    });
    const { code, stdout } = await runNettk(['connect', '-u', `${GROUP}:${PORT}`], {
      via: netns.via,
      stdin: 'hello\n',
    });
    expect([code, String(stdout)]).toEqual([0, 'HELLO\n']);
    await peer.ended;
  });

  it('joins groups on an interface, and hears others of the same port not to the group', async (context) => {
    await using netns = network(context);
    await using server = await listen(
      netns,
      `0.0.0.0:${PORT}`,
      '--join',
      `${GROUP}%net0`,
      '--join',
      `239.9.9.9%${HOST}`,
    );
    for (const to of [GROUP, '239.9.9.9', HOST]) await sendBySocat(netns, `to ${to}\n`, `UDP4-DATAGRAM:${to}:${PORT}`);
    expect(await lines(server, 3)).toEqual([`to ${GROUP}`, 'to 239.9.9.9', `to ${HOST}`]);
  });

  it('hears one source only where asked', async (context) => {
    await using netns = network(context);
    await using server = await listen(netns, `232.1.2.3:${PORT}`, '--join', `${OTHER_HOST}@232.1.2.3%net0`);
    await send(netns, 'one\n', `232.1.2.3:${PORT}`, '-s', HOST);
    await send(netns, 'two\n', `232.1.2.3:${PORT}`, '-s', OTHER_HOST);
    expect(await lines(server, 1)).toEqual(['two']);
  });

  it('leaves by the interface asked for', async (context) => {
    await using netns = network(context);
    netns.addInterface('net1', '10.98.0.1/24');
    await using server = await listen(netns, `${GROUP}:${PORT}`, '--multicast-interface', 'net1');
    await send(netns, 'wrong\n', `${GROUP}:${PORT}`, '--multicast-interface', 'net0');
    await send(netns, 'right\n', `${GROUP}:${PORT}`, '--multicast-interface', 'net1', '--multicast-ttl', '0');
    expect(await lines(server, 1)).toEqual(['right']);
  });

  it('works over IPv6, the interface in the address', async (context) => {
    await using netns = network(context);
    await using server = await listen(netns, `[ff02::4e45:1%net0]:${PORT}`);
    await send(netns, 'from nettk\n', `[ff02::4e45:1%net0]:${PORT}`);
    const to = `UDP6-DATAGRAM:[ff02::4e45:1]:${PORT},ipv6-join-group=[ff02::4e45:1]:net0`;
    await sendBySocat(netns, 'from socat\n', to);
    expect(await lines(server, 2)).toEqual(['from nettk', 'from socat']);
  });

  it('says which interface to name where no route leads to groups', async (context) => {
    needs(context, 'root', 'ip');
    await using netns = createNetns();
    const { code, stderr } = await runNettk(['listen', '-u', `${GROUP}:${PORT}`], { via: netns.via });
    expect([code, stderr]).toEqual([
      1,
      `nettk: join ${GROUP}: no interface leads to it (ENETUNREACH); try ${GROUP}%lo to name the interface\n`,
    ]);
  });
});

describe('UDP broadcast', () => {
  it('reaches socat, which reaches us', async (context) => {
    await using netns = network(context);
    await using peer = await socat(netns, '-u', `UDP4-RECV:${PORT}`, '-');
    expect(await send(netns, 'hello\n', '--broadcast', `10.99.0.255:${PORT}`)).toMatchObject({ code: 0, stderr: '' });
    await peer.until((stdout) => stdout.includes('hello\n'));
    await using server = await listen(netns, `0.0.0.0:${PORT + 1}`);
    await sendBySocat(netns, 'hello\n', `UDP4-DATAGRAM:10.99.0.255:${PORT + 1},broadcast`);
    expect(await lines(server, 1)).toEqual(['hello']);
  });

  it('hears whoever answers', async (context) => {
    await using netns = network(context);
    await using server = await startNettk(['echo-server', '--udp', '--host', '0.0.0.0', '--port', `${PORT}`], netns);
    expect(server.ports).toEqual([PORT]);
    const { stdout } = await send(netns, 'hello\n', '--broadcast', `10.99.0.255:${PORT}`);
    expect(String(stdout)).toBe('hello\n');
  });

  it('is refused without --broadcast, and says so', async (context) => {
    await using netns = network(context);
    expect(await send(netns, 'x', `10.99.0.255:${PORT}`)).toMatchObject({
      code: 2,
      stderr: `nettk: connect udp://10.99.0.255:${PORT}: a broadcast address (EACCES); try --broadcast\n`,
    });
  });
});

describe('datagrams', () => {
  it.each([
    ['line', ['one\n', 'two\n', 'end']],
    ['chunk', ['one\ntwo\nend']],
  ])('are what --datagram %s says', async (how, datagrams) => {
    const peer = await openDatagramClient();
    const heard: string[] = [];
    peer.on('message', (message) => heard.push(String(message)));
    const target = `127.0.0.1:${peer.address().port}`;
    const args = ['connect', '-u', '--datagram', how, '--send-only', target];
    expect(await runNettk(args, { stdin: 'one\ntwo\nend' })).toMatchObject({ code: 0 });
    await until(() => heard.join('').endsWith('end'));
    expect(heard).toEqual(datagrams);
    peer.close();
  });

  it('do not end a listener when they are empty, and make a session for each sender', async () => {
    await using server = await startNettk(['listen', '-k', '-u', '127.0.0.1:0', '-c', 'sed -u "s/^/for you: /"']);
    const port = server.ports[0] as number;
    const clients = [await openDatagramClient(), await openDatagramClient()] as const;
    const answers = clients.map((client) => once(client, 'message'));
    for (const [i, client] of clients.entries()) {
      client.send('', port, '127.0.0.1');
      client.send(`${i}\n`, port, '127.0.0.1');
    }
    const heard = await Promise.all(answers);
    expect(heard.map(([message]) => String(message))).toEqual(['for you: 0\n', 'for you: 1\n']);
    for (const client of clients) client.close();
    expect(await server.stop()).toMatchObject({ code: 0 });
  });
});
