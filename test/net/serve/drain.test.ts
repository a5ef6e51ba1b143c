import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { Server } from '../../../src/net/serve.ts';
import { askOverUdp, closed, connectTo, openDatagramClient, readToEnd, until } from '../../support/sockets.ts';
import { parrot, type Session, startService, tape, untilAborted } from '../../support/test-service.ts';

describe('drain', () => {
  it('lets sessions finish and cuts none', async () => {
    const { server, endpoint } = await startService({
      async session(conn, context) {
        conn.write('begun ');
        await untilAborted(context);
        conn.end('finished');
      },
    });
    const told = tape(server);
    const client = await connectTo(endpoint);
    await once(client, 'readable');
    const drained = server.drain(60_000);
    expect((await readToEnd(client)).toString()).toBe('begun finished');
    client.end();
    expect(await drained).toEqual({ cut: 0 });
    expect(told).toEqual(['connected', 'draining', 'disconnected', 'closed']);
  });

  it('cuts what has not finished within the grace, and tells everything before it is closed', async () => {
    const { server, endpoint } = await startService({ session: () => new Promise(() => {}) });
    const told = tape(server);
    const clients = [await connectTo(endpoint), await connectTo(endpoint)];
    for (const client of clients) client.resume().on('end', () => client.end());
    await until(() => server.connections === 2);
    expect(await server.drain(10)).toEqual({ cut: 2 });
    const cut = 'disconnected not finished within the grace';
    expect(told).toEqual(['connected', 'connected', 'draining', cut, cut, 'closed']);
    await Promise.all(clients.map(closed));
  });

  it('resets a connection that it cuts in the middle of its output, so that nobody takes the cut for an end', async () => {
    const { server, endpoint } = await startService({
      session: async (conn) => {
        conn.write(Buffer.alloc(64 * 1_024 * 1_024));
        await new Promise(() => {});
      },
    });
    const client = await connectTo(endpoint);
    await once(client, 'readable');
    const broken = once(client, 'error');
    expect(await server.drain(1)).toEqual({ cut: 1 });
    client.resume();
    expect(await broken).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it('does not wait for a client that only keeps its side open after the goodbye', async () => {
    const { server, endpoint } = await startService({ session: (conn) => void conn.end('bye') });
    const client = await connectTo(endpoint);
    await readToEnd(client);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const drained = server.drain(4_000);
      await vi.advanceTimersByTimeAsync(500);
      expect(await drained).toEqual({ cut: 0 });
    } finally {
      vi.useRealTimers();
    }
    client.destroy();
  });

  it('says goodbye to all who wait in line at the same time', async () => {
    const session: Session = async (_conn, context) => {
      if (!context.signal.aborted) await untilAborted(context);
    };
    const { server, endpoint } = await startService({ concurrency: 1, session });
    const clients: Awaited<ReturnType<typeof connectTo>>[] = [];
    for (let i = 0; i < 20; i += 1) clients.push(await connectTo(endpoint));
    await until(() => server.connections === clients.length);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const drained = server.drain(4_000);
      await Promise.all(clients.map(readToEnd));
      await vi.advanceTimersByTimeAsync(500);
      expect(await drained).toEqual({ cut: 0 });
    } finally {
      vi.useRealTimers();
    }
    for (const client of clients) client.destroy();
  });

  it('refuses new connections at once, while sessions still run', async () => {
    const gate = Promise.withResolvers<void>();
    const { server, endpoint } = await startService({ session: () => gate.promise });
    const client = await connectTo(endpoint);
    await until(() => server.connections === 1);
    const drained = server.drain(60_000);
    await expect(connectTo(endpoint)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    gate.resolve();
    client.resume().end();
    expect(await drained).toEqual({ cut: 0 });
  });

  it('gives every caller the same drain', async () => {
    const { server } = await startService({ session: parrot });
    expect(server.drain()).toBe(server.drain(1));
    await server.drain();
  });

  it('is overtaken by close, which stops at once', async () => {
    const { server, endpoint } = await startService({ session: () => new Promise(() => {}) });
    const client = await connectTo(endpoint);
    client.resume().on('end', () => client.end());
    await until(() => server.connections === 1);
    const drained = server.drain(3_600_000);
    await server.close();
    expect(server.connections).toBe(0);
    expect(await drained).toEqual({ cut: 1 });
  });

  it('lets a UDP answer under way out and takes no more datagrams', async () => {
    const gate = Promise.withResolvers<Buffer>();
    const asked = Promise.withResolvers<void>();
    let calls = 0;
    const { server, endpoint } = await startService({
      datagram: () => {
        calls += 1;
        asked.resolve();
        return gate.promise;
      },
    });
    const client = await openDatagramClient();
    const answer = askOverUdp(client, endpoint, 'x');
    await asked.promise;
    const drained = server.drain(60_000);
    const told = tape(server);
    client.send('late', endpoint.port, endpoint.host);
    await once(server, 'refused');
    gate.resolve(Buffer.from('in time'));
    expect((await answer).toString()).toBe('in time');
    expect(await drained).toEqual({ cut: 0 });
    expect(calls).toBe(1);
    expect(told).toEqual(['refused 1 draining', 'closed']);
    client.close();
  });

  it('counts a UDP answer that does not come within the grace', async () => {
    const asked = Promise.withResolvers<void>();
    const { server, endpoint } = await startService({
      datagram: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    });
    const client = await openDatagramClient();
    client.send('x', endpoint.port, endpoint.host);
    await asked.promise;
    expect(await server.drain(5)).toEqual({ cut: 1 });
    client.close();
  });

  it('frees the port for the next server at once, clients still open', async () => {
    const { server, endpoint } = await startService({ session: parrot });
    const client = await connectTo(endpoint);
    client.write('hi\n');
    await once(client, 'data');
    await server.close();
    const next = await startService({ session: parrot }, { endpoints: [endpoint] });
    const other = await connectTo(endpoint);
    other.end('again\n');
    expect((await readToEnd(other)).toString()).toBe('again!\n');
    client.destroy();
    await next.server.close();
  });

  it('happens at the end of a block for `await using`', async () => {
    let kept: Server;
    {
      await using server = (await startService({ session: parrot })).server;
      kept = server;
    }
    await expect(connectTo(kept.endpoints[0]!)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
