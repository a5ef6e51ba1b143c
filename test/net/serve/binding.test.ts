import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NettkError } from '../../../src/errors.ts';
import { serve } from '../../../src/net/serve.ts';
import { defineService } from '../../../src/services/service.ts';
import { connectTo, until } from '../../support/sockets.ts';
import { parrot, startService } from '../../support/test-service.ts';

describe('binding', () => {
  it('gives TCP and UDP of one host the same free port', async () => {
    for (let i = 0; i < 10; i += 1) {
      const { server } = await startService(
        { session: parrot, datagram: (message) => message },
        { endpoints: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'] },
      );
      const [tcp, udp] = server.endpoints;
      expect(tcp?.port).toBeGreaterThan(0);
      expect(udp?.port).toBe(tcp?.port);
      await server.close();
    }
  });

  it('tells its listeners of a client that comes while another endpoint binds', async () => {
    const path = `@nettk-test-early-${process.pid}`;
    const connected: string[] = [];
    const starting = startService(
      { session: parrot },
      {
        endpoints: [`unix:${path}`, ...Array(20).fill('tcp://localhost:0')],
        listeners: { connected: (_peer, endpoint) => connected.push(endpoint.path) },
      },
    );
    const there = { scheme: 'unix', host: '', port: 0, path } as const;
    let client: Socket | undefined;
    while (!client) client = await connectTo(there).catch(() => undefined);
    const { server } = await starting;
    await until(() => connected.length > 0);
    expect(connected).toEqual([path]);
    client.destroy();
    await server.close();
  });

  it('binds all endpoints or none', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port: freePort } = free.address() as { port: number };
    free.close();
    await once(free, 'close');
    const endpoints = [`tcp://127.0.0.1:${freePort}`, `tcp://127.0.0.1:${port}`];
    await expect(startService({ session: parrot }, { endpoints })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(connectTo({ scheme: 'tcp', host: '127.0.0.1', port: freePort, path: '' })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    taken.close();
  });

  it('refuses an endpoint that the service has no function for', async () => {
    await expect(startService({ session: parrot }, { endpoints: ['udp://127.0.0.1:0'] })).rejects.toThrow(
      'serve test on udp://127.0.0.1:0: it is not served over udp',
    );
    await expect(
      startService({ datagram: (message) => message }, { endpoints: ['tcp://127.0.0.1:0'] }),
    ).rejects.toBeInstanceOf(NettkError);
  });

  it('does not listen where setup throws', async () => {
    const service = defineService({
      name: 'test',
      summary: 'Tests',
      port: 0,
      setup: () => {
        throw new NettkError({ code: 'USAGE', action: 'option --root', reason: 'no such folder' });
      },
      session: () => {},
    });
    await expect(serve(service, { endpoints: ['tcp://127.0.0.1:0'] })).rejects.toThrow('no such folder');
  });
});
