import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NettkError } from '../../../src/errors.ts';
import { dial } from '../../../src/net/dial.ts';
import { parseEndpoint } from '../../../src/net/endpoint.ts';
import { type ServeOptions, serve } from '../../../src/net/serve.ts';
import { defineService, type ServerContext } from '../../../src/services/service.ts';
import { readAll } from '../../../src/stream/read-all.ts';
import { askOverUdp, connectTo, openDatagramClient, readToEnd, until } from '../../support/sockets.ts';

/** A count that three faces share: the main one adds, `web` shows, `dns` shows in datagrams and on connections. */
function createCounter(closed: string[] = []) {
  return defineService({
    name: 'counter',
    summary: 'Counts',
    port: 0,
    options: {
      'web-port': { type: 'port', describe: 'the web face' },
      'dns-port': { type: 'port', describe: 'the DNS face' },
    },
    setup: (_options, server) => ({ count: 0, server }),
    close: ({ count }) => void closed.push(`closed at ${count}`),
    session(conn, { state }) {
      state.count += 1;
      conn.write(`${state.count}\n`);
    },
    faces: [
      {
        name: 'web',
        option: 'web-port',
        session: (conn, { state }) => void conn.write(`web ${state.count}\n`),
      },
      {
        name: 'dns',
        option: 'dns-port',
        maxAnswer: 300,
        session: (conn, { state }) => void conn.write(`dns ${state.count}\n`),
        datagram: (_message, peer) => Buffer.alloc(5_000, String(peer.maxAnswer)),
      },
    ],
  });
}

const LOCAL = 'tcp://127.0.0.1:0';
const PLACES = { endpoints: [LOCAL], faces: { web: [LOCAL], dns: [LOCAL, 'udp://127.0.0.1:0'] } };

const start = (options: Partial<ServeOptions<never>> = {}, closed?: string[]) =>
  serve(createCounter(closed), { ...PLACES, ...options });

describe('faces', () => {
  it('listen beside the main one, each for itself, over one state', async () => {
    await using server = await start();
    expect(server.endpoints.map((endpoint) => `${server.faceOf(endpoint)} ${endpoint.scheme}`)).toEqual([
      ' tcp',
      'web tcp',
      'dns tcp',
      'dns udp',
    ]);
    const said: string[] = [];
    for (const endpoint of server.endpoints.slice(0, 3)) {
      const client = await connectTo(endpoint);
      said.push((await readToEnd(client)).toString());
      client.end();
    }
    expect(said).toEqual(['1\n', 'web 1\n', 'dns 1\n']);
  });

  it('give TCP and UDP of one face the same free port, and each face its own', async () => {
    await using server = await start();
    const [main, web, dns, dnsOverUdp] = server.endpoints.map(({ port }) => port);
    expect(dnsOverUdp).toBe(dns);
    expect(new Set([main, web, dns]).size).toBe(3);
  });

  it('are off where nothing says where', async () => {
    await using server = await serve(createCounter(), { endpoints: [LOCAL], faces: {} });
    expect(server.endpoints).toHaveLength(1);
  });

  it('answer datagrams up to the length of their protocol, not of the request', async () => {
    await using server = await start();
    const client = await openDatagramClient();
    expect((await askOverUdp(client, server.endpoints[3]!, 'x')).toString()).toBe('300'.repeat(100));
    client.close();
  });

  it('take layers where their schemes say so, not from the main face', async () => {
    await using server = await start({ tls: {}, faces: { web: ['tls://127.0.0.1:0'], dns: [LOCAL] } });
    const [main, web, dns] = server.endpoints;
    expect(server.endpoints.map(({ scheme }) => scheme)).toEqual(['tls', 'tls', 'tcp']);
    expect(server.certificateOf(web!)?.fingerprint).toBe(server.certificateOf(main!)?.fingerprint);
    const conn = await dial(web!, { tls: { pins: [server.certificateOf(web!)!.fingerprint] } });
    expect((await readAll(conn, { maxBytes: 100, timeoutMs: 60_000, action: 'read' })).toString()).toBe('web 0\n');
    conn.end();
    const plain = await connectTo(dns!);
    expect((await readToEnd(plain)).toString()).toBe('dns 0\n');
    plain.end();
  });

  it('share the limit on connections', async () => {
    await using server = await start({ maxConnections: 1 });
    const first = await connectTo(server.endpoints[0]!);
    await until(() => server.connections === 1);
    const second = await connectTo(server.endpoints[1]!);
    await once(second.resume(), 'end');
    expect(second.bytesRead).toBe(0);
    first.destroy();
    second.destroy();
  });

  it('wait in one line with the main one, each for its own talk', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const service = defineService({
      name: 'line',
      summary: 'Waits',
      port: 0,
      options: { 'web-port': { type: 'port', describe: 'the web face' } },
      concurrency: () => 1,
      async session(conn) {
        await gate;
        conn.write('main');
      },
      faces: [{ name: 'web', option: 'web-port', session: (conn) => void conn.write('web') }],
    });
    await using server = await serve(service, { endpoints: [LOCAL], faces: { web: [LOCAL] } });
    const clients = [await connectTo(server.endpoints[0]!)];
    await until(() => server.connections === 1);
    clients.push(await connectTo(server.endpoints[1]!));
    await until(() => server.connections === 2);
    open();
    const said = await Promise.all(clients.map((client) => readToEnd(client)));
    expect(said.map(String)).toEqual(['main', 'web']);
    for (const client of clients) client.end();
  });

  it('bind all or none, and what setup made is closed', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port: freePort } = free.address() as { port: number };
    free.close();
    await once(free, 'close');
    const closed: string[] = [];
    const places = { endpoints: [`tcp://127.0.0.1:${freePort}`], faces: { web: [`tcp://127.0.0.1:${port}`] } };
    await expect(start(places, closed)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(connectTo(parseEndpoint(`tcp://127.0.0.1:${freePort}`))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(closed).toEqual(['closed at 0']);
    taken.close();
  });

  it('that a service does not have, or not over UDP, are refused', async () => {
    await expect(start({ faces: { gopher: [LOCAL] } })).rejects.toThrow('serve counter: it has no face "gopher"');
    await expect(start({ faces: { web: ['udp://127.0.0.1:0'] } })).rejects.toThrow(
      'serve counter (web) on udp://127.0.0.1:0: it is not served over udp',
    );
  });
});

describe('what a server gives its service', () => {
  it('is a way to connect, which ends with the server', async () => {
    let outward: ServerContext | undefined;
    const service = defineService({
      name: 'caller',
      summary: 'Calls',
      port: 0,
      setup: (_options, server) => {
        outward = server;
      },
      session: (conn) => void conn.write('hello\n'),
    });
    const server = await serve(service, { endpoints: [LOCAL] });
    const conn = await outward!.dial(server.endpoints[0]!);
    expect((await readAll(conn, { maxBytes: 100, timeoutMs: 60_000, action: 'read' })).toString()).toBe('hello\n');
    conn.end();
    expect(outward!.signal.aborted).toBe(false);
    await server.close();
    expect(outward!.signal.aborted).toBe(true);
    await expect(outward!.dial(server.endpoints[0] ?? LOCAL)).rejects.toBe('draining');
  });

  it('tells its notes to whoever listens, from the first on', async () => {
    const noted: string[] = [];
    const service = defineService({
      name: 'talker',
      summary: 'Talks',
      port: 0,
      setup: (_options, server) => {
        server.note('set up');
        return server;
      },
      session: (_conn, { state }) => state.note('a client came'),
    });
    await using server = await serve(service, {
      endpoints: [LOCAL],
      listeners: { noted: (line) => noted.push(line) },
    });
    (await connectTo(server.endpoints[0]!)).end();
    await until(() => noted.length === 2);
    expect(noted).toEqual(['set up', 'a client came']);
  });

  it('is closed once, when the last session is over', async () => {
    const order: string[] = [];
    const service = defineService({
      name: 'closer',
      summary: 'Closes',
      port: 0,
      setup: () => order,
      async session(conn, { signal, state }) {
        conn.write('x');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        state.push('session over');
      },
      close: (state) => void state.push('closed'),
    });
    const server = await serve(service, { endpoints: [LOCAL] });
    const client = await connectTo(server.endpoints[0]!);
    await once(client, 'readable');
    client.on('end', () => client.end()).resume();
    await server.drain(60_000);
    await server.close();
    expect(order).toEqual(['session over', 'closed']);
  });

  it('fails the drain where it cannot be closed', async () => {
    const service = defineService({
      name: 'closer',
      summary: 'Closes',
      port: 0,
      session: () => {},
      close: () => {
        throw new NettkError({ code: 'ENOSPC', action: 'close x.db' });
      },
    });
    const server = await serve(service, { endpoints: [LOCAL] });
    await expect(server.drain(0)).rejects.toMatchObject({ code: 'ENOSPC' });
  });
});
