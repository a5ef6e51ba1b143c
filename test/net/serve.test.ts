import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { type ServeOptions, type Server, serve } from '../../src/net/serve.ts';
import { defineService, type Service } from '../../src/services/service.ts';
import { readLines } from '../../src/stream/lines.ts';
import { askOverUdp, closed, connectTo, openDatagramClient, readBytes, readToEnd, until } from '../support/sockets.ts';

type Session = NonNullable<Service['session']>;
type Datagram = NonNullable<Service['datagram']>;

/** A server of one session or datagram function on a free port. */
async function start(
  parts: { session?: Session; datagram?: Datagram; concurrency?: number },
  options: Partial<ServeOptions<never>> = {},
) {
  const { session, datagram, concurrency } = parts;
  const service: Service = {
    name: 'test',
    summary: 'Tests',
    port: 0,
    ...(session && { session }),
    ...(datagram && { datagram }),
    ...(concurrency !== undefined && { concurrency: () => concurrency }),
  };
  const server = await serve(service, { endpoints: [session ? 'tcp://127.0.0.1:0' : 'udp://127.0.0.1:0'], ...options });
  return { server, endpoint: server.endpoints[0]! };
}

/** Names what a server tells, in order. */
function tape(server: Server): string[] {
  const told: string[] = [];
  server.on('connected', () => told.push('connected'));
  server.on('disconnected', (_peer, reason) => told.push(`disconnected ${reason}`.trim()));
  server.on('refused', ({ reason, count }) => told.push(`refused ${count} ${reason}`));
  server.on('failed', (_peer, error) => told.push(`failed ${(error as Error).message}`));
  server.on('draining', () => told.push('draining'));
  server.on('closed', () => told.push('closed'));
  return told;
}

/** Talks until the client ends. */
const parrot: Session = async (conn) => {
  for await (const line of readLines(conn)) conn.write(`${line}!\n`);
};
const untilAborted = ({ signal }: { signal: AbortSignal }): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

describe('binding', () => {
  it('gives TCP and UDP of one host the same free port', async () => {
    for (let i = 0; i < 10; i += 1) {
      const { server } = await start(
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
    const starting = start(
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
    await expect(start({ session: parrot }, { endpoints })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(connectTo({ scheme: 'tcp', host: '127.0.0.1', port: freePort, path: '' })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    taken.close();
  });

  it('refuses an endpoint that the service has no function for', async () => {
    await expect(start({ session: parrot }, { endpoints: ['udp://127.0.0.1:0'] })).rejects.toThrow(
      'serve test on udp://127.0.0.1:0: it is not served over udp',
    );
    await expect(
      start({ datagram: (message) => message }, { endpoints: ['tcp://127.0.0.1:0'] }),
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

describe('sessions', () => {
  it('tells of connections and their orderly ends', async () => {
    const { server, endpoint } = await start({ session: parrot });
    const told = tape(server);
    const client = await connectTo(endpoint);
    client.end('hi\n');
    expect((await readToEnd(client)).toString()).toBe('hi!\n');
    await until(() => server.connections === 0);
    expect(told).toEqual(['connected', 'disconnected']);
    await server.close();
  });

  it('takes a reset for the end of one connection, not for a failure', async () => {
    const { server, endpoint } = await start({ session: parrot });
    const told = tape(server);
    const client = await connectTo(endpoint);
    client.write('hi\n');
    await once(client, 'data');
    client.resetAndDestroy();
    await once(server, 'disconnected');
    expect(told).toEqual(['connected', 'disconnected connection reset by peer']);
    await server.close();
  });

  it('does not take a connection that timed out in the kernel for a bug', async () => {
    const { server, endpoint } = await start({
      async session(conn) {
        setImmediate(() => conn.destroy(Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT' })));
        for await (const _ of readLines(conn)) expect.unreachable();
      },
    });
    const told = tape(server);
    const client = await connectTo(endpoint);
    await once(server, 'disconnected');
    expect(told).toEqual(['connected', 'disconnected timed out']);
    client.destroy();
    await server.close();
  });

  it('ends the connection of a session that has a bug, tells the bug, and goes on', async () => {
    let calls = 0;
    const { server, endpoint } = await start({
      session(conn) {
        calls += 1;
        if (calls === 1) throw new TypeError('oops');
        conn.end('fine');
      },
    });
    const told = tape(server);
    const first = await connectTo(endpoint);
    await closed(first.resume().on('end', () => first.end()));
    await until(() => server.connections === 0);
    expect(told).toEqual(['connected', 'failed oops', 'disconnected internal error']);
    const second = await connectTo(endpoint);
    expect((await readToEnd(second)).toString()).toBe('fine');
    second.end();
    await server.close();
  });

  it('lets a peer that broke the protocol read what it was told about it', async () => {
    const { server, endpoint } = await start({
      session(conn) {
        conn.write('error: too long\n');
        throw new NettkError({ code: 'TOO_LONG', action: 'read a line' });
      },
    });
    const client = await connectTo(endpoint);
    client.write(Buffer.alloc(200_000));
    expect((await readToEnd(client)).toString()).toBe('error: too long\n');
    client.end();
    await server.close();
  });

  it('serves one at a time, in the order they came, where the service says so', async () => {
    const served: string[] = [];
    const { server, endpoint } = await start({
      concurrency: 1,
      async session(conn) {
        for await (const line of readLines(conn)) {
          served.push(line);
          conn.write(`${line}\n`);
        }
      },
    });
    const clients = [];
    for (const name of ['a', 'b', 'c']) {
      const client = await connectTo(endpoint);
      client.write(`${name}\n`);
      clients.push(client);
      await until(() => server.connections === clients.length);
    }
    expect((await readBytes(clients[0]!, 2)).toString()).toBe('a\n');
    expect(served).toEqual(['a']);
    for (const client of clients) client.end();
    const answers = await Promise.all(clients.slice(1).map(readToEnd));
    expect(answers.join('')).toBe('b\nc\n');
    expect(served).toEqual(['a', 'b', 'c']);
    await server.close();
  });

  it('does not keep the line waiting for a client that has its answer and stays', async () => {
    const { server, endpoint } = await start({ concurrency: 1, session: async (conn) => void conn.write('hello') });
    const first = await connectTo(endpoint);
    expect((await readToEnd(first)).toString()).toBe('hello');
    const second = await connectTo(endpoint);
    expect((await readToEnd(second)).toString()).toBe('hello');
    expect(server.connections).toBe(2);
    first.destroy();
    second.destroy();
    await server.close();
  });

  it('forgets a client that leaves the line before its turn', async () => {
    const { server, endpoint } = await start({ concurrency: 1, session: parrot });
    const first = await connectTo(endpoint);
    await until(() => server.connections === 1);
    const second = await connectTo(endpoint);
    await until(() => server.connections === 2);
    const third = await connectTo(endpoint);
    await until(() => server.connections === 3);
    second.resetAndDestroy();
    await until(() => server.connections === 2);
    first.end();
    third.end('x\n');
    expect((await readToEnd(third)).toString()).toBe('x!\n');
    first.resume();
    await server.close();
  });
});

describe('limits', () => {
  it('drops clients past the maximum and says so at most once a second', async () => {
    const { server, endpoint } = await start({ session: parrot }, { maxConnections: 2 });
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

  it('counts the maximum over all endpoints', async () => {
    const endpoints = ['tcp://127.0.0.1:0', 'tcp://[::1]:0'];
    const { server } = await start({ session: parrot }, { maxConnections: 1, endpoints });
    const first = await connectTo(server.endpoints[0]!);
    await until(() => server.connections === 1);
    const second = await connectTo(server.endpoints[1]!);
    await closed(second.resume().end());
    expect(server.connections).toBe(1);
    first.destroy();
    await server.close();
  });

  it('breaks off a connection that is silent for too long', async () => {
    const { server, endpoint } = await start({ session: parrot }, { idleTimeoutMs: 20 });
    const told = tape(server);
    const client = await connectTo(endpoint);
    client.resume().on('end', () => client.end());
    await once(server, 'disconnected');
    expect(told).toEqual(['connected', 'disconnected idle']);
    await server.close();
  });

  it('does not take a session that holds its connection for idle', async () => {
    const timeouts: string[] = [];
    const { server, endpoint } = await start(
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
    const { server, endpoint } = await start(
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

describe('drain', () => {
  it('lets sessions finish and cuts none', async () => {
    const { server, endpoint } = await start({
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
    const { server, endpoint } = await start({ session: () => new Promise(() => {}) });
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
    const { server, endpoint } = await start({
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
    const { server, endpoint } = await start({ session: (conn) => void conn.end('bye') });
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
    const { server, endpoint } = await start({ concurrency: 1, session });
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
    const { server, endpoint } = await start({ session: () => gate.promise });
    const client = await connectTo(endpoint);
    await until(() => server.connections === 1);
    const drained = server.drain(60_000);
    await expect(connectTo(endpoint)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    gate.resolve();
    client.resume().end();
    expect(await drained).toEqual({ cut: 0 });
  });

  it('gives every caller the same drain', async () => {
    const { server } = await start({ session: parrot });
    expect(server.drain()).toBe(server.drain(1));
    await server.drain();
  });

  it('is overtaken by close, which stops at once', async () => {
    const { server, endpoint } = await start({ session: () => new Promise(() => {}) });
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
    const { server, endpoint } = await start({
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
    const { server, endpoint } = await start({
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
    const { server, endpoint } = await start({ session: parrot });
    const client = await connectTo(endpoint);
    client.write('hi\n');
    await once(client, 'data');
    await server.close();
    const next = await start({ session: parrot }, { endpoints: [endpoint] });
    const other = await connectTo(endpoint);
    other.end('again\n');
    expect((await readToEnd(other)).toString()).toBe('again!\n');
    client.destroy();
    await next.server.close();
  });

  it('happens at the end of a block for `await using`', async () => {
    let kept: Server;
    {
      await using server = (await start({ session: parrot })).server;
      kept = server;
    }
    await expect(connectTo(kept.endpoints[0]!)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('datagrams', () => {
  it('get an answer cut to what its request allows', async () => {
    const { server, endpoint } = await start({ datagram: () => Buffer.alloc(5_000, 'a') });
    const client = await openDatagramClient();
    for (const length of [0, 1, 100]) {
      expect(await askOverUdp(client, endpoint, Buffer.alloc(length))).toHaveLength(length + 64);
    }
    client.close();
    await server.close();
  });

  it('of a service with a bug are told as a failure, and the next is answered', async () => {
    const { server, endpoint } = await start({
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
