import { describe, expect, it } from 'vitest';
import { dial } from '../../src/net/dial.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { listenConns } from '../../src/net/listen-conns.ts';
import { plainAddress } from '../../src/net/plain-address.ts';

describe('plainAddress', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['::1', '::1'],
    ['::ffff:c000:201', '::ffff:c000:201'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['', ''],
  ])('makes %s %s', (address, plain) => {
    expect(plainAddress(address)).toBe(plain);
  });

  it.each(['tcp', 'udp'])('is how a listener of [::] names an IPv4 %s client', async (scheme) => {
    const named = Promise.withResolvers<string>();
    const listener = await listenConns(parseEndpoint(`${scheme}://[::]:0`), {
      onConn: (conn) => named.resolve(conn.peer.scheme === 'unix' ? '' : conn.peer.host),
      onDrop: named.reject,
      onRefused: named.reject,
      onError: named.reject,
    });
    const conn = await dial({ scheme: scheme as 'tcp', host: '127.0.0.1', port: listener.endpoint.port, path: '' });
    conn.end('hello');
    expect(await named.promise).toBe('127.0.0.1');
    conn.destroy();
    await listener.close();
  });
});
