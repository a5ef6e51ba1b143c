import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { closed, connectTo, readToEnd, until } from '../../support/sockets.ts';
import { parrot, startService, tape } from '../../support/test-service.ts';

describe('limits', () => {
  it('drops clients past the maximum and says so at most once a second', async () => {
    const { server, endpoint } = await startService({ session: parrot }, { maxConnections: 2 });
    const told = tape(server);
    const kept = [await connectTo(endpoint), await connectTo(endpoint)];
    await until(() => server.connections === 2);
    for (let i = 0; i < 30; i += 1) await closed((await connectTo(endpoint)).resume().end());
    expect(told.filter((one) => one.startsWith('refused'))).toEqual(['refused 1 too many connections']);
    kept[0]?.destroy();
    await until(() => server.connections === 1);
    const next = await connectTo(endpoint);
    next.end('in\n');
    expect((await readToEnd(next)).toString()).toBe('in!\n');
    kept[1]?.destroy();
    await server.close();
    expect(told.filter((one) => one.startsWith('refused'))).toEqual([
      'refused 1 too many connections',
      'refused 29 too many connections',
    ]);
  });

  it('says nothing of those who only look whether a port is open, over TLS too', async () => {
    const { server } = await startService({ session: parrot }, { endpoints: ['tls://127.0.0.1:0'] });
    const endpoint = server.endpoints[0]!;
    const told = tape(server);
    for (const said of ['', '', 'hello there\r\n']) await closed((await connectTo(endpoint)).resume().end(said));
    await until(() => told.length > 0);
    expect(told).toEqual(['refused 1 TLS handshake: the client does not speak TLS']);
    await server.close();
  });

  it('counts the maximum over all endpoints', async () => {
    const endpoints = ['tcp://127.0.0.1:0', 'tcp://[::1]:0'];
    const { server } = await startService({ session: parrot }, { maxConnections: 1, endpoints });
    const first = await connectTo(server.endpoints[0]!);
    await until(() => server.connections === 1);
    const second = await connectTo(server.endpoints[1]!);
    await closed(second.resume().end());
    expect(server.connections).toBe(1);
    first.destroy();
    await server.close();
  });

  it('breaks off a connection that is silent for too long', async () => {
    const { server, endpoint } = await startService({ session: parrot }, { idleTimeoutMs: 20 });
    const told = tape(server);
    const client = await connectTo(endpoint);
    client.resume().on('end', () => client.end());
    await once(server, 'disconnected');
    expect(told).toEqual(['connected', 'disconnected idle']);
    await server.close();
  });

  it('does not take a session that holds its connection for idle', async () => {
    const timeouts: string[] = [];
    const { server, endpoint } = await startService(
      {
        async session(conn, context) {
          const release = context.hold();
          conn.on('timeout', () => timeouts.push('timeout'));
          await until(() => timeouts.length === 3);
          release();
          release();
          await new Promise((resolve) => conn.on('close', resolve));
        },
      },
      { idleTimeoutMs: 10 },
    );
    const told = tape(server);
    const client = await connectTo(endpoint);
    client.resume().on('end', () => client.end());
    await once(server, 'disconnected');
    expect(timeouts.length).toBeGreaterThanOrEqual(3);
    expect(told).toEqual(['connected', 'disconnected idle']);
    await server.close();
  });

  it('breaks off a peer that never reads once nothing moves any more', async () => {
    const { server, endpoint } = await startService(
      {
        async session(conn) {
          conn.write(Buffer.alloc(20_000_000));
          await new Promise((resolve) => conn.on('close', resolve));
        },
      },
      { idleTimeoutMs: 50 },
    );
    const told = tape(server);
    const client = await connectTo(endpoint);
    client.pause();
    await once(server, 'disconnected');
    expect(told.at(-1)).toBe('disconnected idle');
    client.destroy();
    await server.close();
  });
});
