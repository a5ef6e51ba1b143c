import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  listSockets,
  listUnanswered,
  parseInetSockets,
  parseUnanswered,
  parseUnixSockets,
} from '../../src/host/proc-net.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

describe('parseInetSockets', () => {
  it('reads addresses as words in the byte order of the machine, ports as they are', () => {
    const text =
      HEAD +
      '   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 651 1 0 100 0 0 10 0\n' +
      '   1: 0200000A:1F90 08080808:01BB 01 00000000:00000000 00:00000000 00000000     0        0 652 1 0 100 0 0 10 0\n';
    expect(parseInetSockets(text, 'tcp')).toEqual([
      {
        proto: 'tcp',
        address: '127.0.0.1',
        port: 22,
        peer: undefined,
        state: 'LISTEN',
        listening: true,
        uid: 1000,
        inode: 651,
      },
      {
        proto: 'tcp',
        address: '10.0.0.2',
        port: 8080,
        peer: { address: '8.8.8.8', port: 443 },
        state: 'ESTABLISHED',
        listening: false,
        uid: 0,
        inode: 652,
      },
    ]);
  });

  it.each([
    ['00000000000000000000000001000000', '::1'],
    ['00000000000000000000000000000000', '::'],
    ['0000000000000000FFFF00000100007F', '::ffff:127.0.0.1'],
    ['B80D0120000000000000000001000000', '2001:db8::1'],
  ])('reads %s as %s', (hex, address) => {
    const line = ` 0: ${hex}:0016 ${'0'.repeat(32)}:0000 0A 0:0 00:0 0 0 0 651 1`;
    expect(parseInetSockets(line, 'tcp')[0]?.address).toBe(address);
  });

  it('takes a UDP socket without a peer for listening', () => {
    const line = (state: string) => ` 0: 0100007F:0016 00000000:0000 ${state} 0:0 00:0 0 0 0 651 1`;
    expect(parseInetSockets(line('07'), 'udp')[0]).toMatchObject({ listening: true, state: 'UNCONNECTED' });
    expect(parseInetSockets(line('01'), 'udp')[0]).toMatchObject({ listening: false, state: 'ESTABLISHED' });
  });

  it('skips what is no socket', () => {
    expect(parseInetSockets(`${HEAD}\nnonsense\n 0: xyz:0016 0:0 0A\n`, 'tcp')).toEqual([]);
  });
});

describe('parseUnixSockets', () => {
  it('reads paths with blanks, abstract names and sockets without a name', () => {
    const text =
      'Num       RefCount Protocol Flags    Type St Inode Path\n' +
      '000000005a8b808e: 00000002 00000000 00010000 0001 01   700 /run/my socket\n' +
      '00000000b54d9362: 00000002 00000000 00010000 0005 01   701 @abstract\n' +
      '00000000b54d9363: 00000002 00000000 00000000 0002 01   702 /dev/log\n' +
      '00000000b54d9364: 00000003 00000000 00000000 0001 03   703\n';
    const rows = parseUnixSockets(text).map((one) => [one.address, one.state, one.listening, one.inode]);
    expect(rows).toEqual([
      ['/run/my socket', 'LISTEN', true, 700],
      ['@abstract', 'LISTEN', true, 701],
      ['/dev/log', 'UNCONNECTED', true, 702],
      ['', 'ESTABLISHED', false, 703],
    ]);
  });
});

describe('parseUnanswered', () => {
  it('finds what is sent again and again, and nothing else', () => {
    const text =
      HEAD +
      '   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 651 1 0 100 0 0 10 0\n' +
      '   1: 0200000A:1F90 08080808:01BB 01 00000010:00000000 01:00000123 00000003     0        0 652 1 0 100 0 0 10 0\n' +
      '   2: 0200000A:1F90 08080808:01BC 01 00000010:00000000 01:00000015 00000000     0        0 653 1 0 100 0 0 10 0\n' +
      '   3: 0200000A:1F90 0A0000\n';
    expect(parseUnanswered(text)).toEqual([{ port: 8080, peer: { address: '8.8.8.8', port: 443 } }]);
  });

  it('finds nothing where everybody answers', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    client.write('hello');
    const [socket] = (await once(server, 'connection')) as [Socket];
    await once(socket, 'data');
    expect(listUnanswered().filter((one) => one.port === port || one.peer.port === port)).toEqual([]);
    for (const end of [client, socket]) end.destroy();
    server.close();
  });
});

describe('listSockets', () => {
  it('finds a listener, both ends of a connection and a datagram socket', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const datagrams = createSocket('udp6').bind(0, '::1');
    await once(datagrams, 'listening');
    const udp = datagrams.address();
    const { localPort } = client;
    const sockets = listSockets(['tcp', 'udp']);
    client.destroy();
    accepted.destroy();
    server.close();
    datagrams.close();
    const here = sockets.filter((one) => one.port === port && one.proto === 'tcp');
    expect(here.filter((one) => one.listening)).toHaveLength(1);
    expect(here.find((one) => one.state === 'ESTABLISHED')?.peer?.port).toBe(localPort);
    expect(sockets).toContainEqual(expect.objectContaining({ proto: 'udp', address: '::1', port: udp.port }));
  });

  it('finds Unix sockets', async () => {
    const server = createServer().listen(`\0nettk test ${process.pid}`);
    await once(server, 'listening');
    const found = listSockets(['unix']).find((one) => one.address === `@nettk test ${process.pid}`);
    server.close();
    expect(found).toMatchObject({ state: 'LISTEN', listening: true, port: undefined });
  });
});
