import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { askOverUdp, openDatagramClient } from '../../support/sockets.ts';
import { startService, tape } from '../../support/test-service.ts';

describe('datagrams', () => {
  it('get an answer cut to what its request allows', async () => {
    const { server, endpoint } = await startService({ datagram: () => Buffer.alloc(5_000, 'a') });
    const client = await openDatagramClient();
    for (const length of [0, 1, 100]) {
      expect(await askOverUdp(client, endpoint, Buffer.alloc(length))).toHaveLength(length + 64);
    }
    client.close();
    await server.close();
  });

  it('of a service with a bug are told as a failure, and the next is answered', async () => {
    const { server, endpoint } = await startService({
      datagram: (message) => {
        if (message.length === 0) throw new TypeError('oops');
        return message;
      },
    });
    const told = tape(server);
    const client = await openDatagramClient();
    client.send('', endpoint.port, endpoint.host);
    await once(server, 'failed');
    expect((await askOverUdp(client, endpoint, 'x')).toString()).toBe('x');
    expect(told).toEqual(['failed oops']);
    client.close();
    await server.close();
  });
});
