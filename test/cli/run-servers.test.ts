import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runServers } from '../../src/cli/run-servers.ts';
import { faceEndpoints, SERVER_OPTIONS, serverEndpoints } from '../../src/cli/server-options.ts';
import { optionValues } from '../../src/cli/values.ts';
import { formatEndpoint, parseEndpoint } from '../../src/net/endpoint.ts';
import { echo } from '../../src/services/echo.ts';
import type { Service } from '../../src/services/service.ts';
import { type FakeIo, fakeIo } from '../support/fake-io.ts';
import { connectTo, readToEnd, until } from '../support/sockets.ts';

/** The shared options' values, defaults and what is given here. */
async function values(given: Readonly<Record<string, unknown>> = {}) {
  const shared = await optionValues(SERVER_OPTIONS, () => undefined);
  return { ...shared, json: false, verbose: 0, quiet: false, color: 'auto', ...given } as never;
}

const endpointsOf = async (service: Service, given: Readonly<Record<string, unknown>>, port = 7): Promise<string[]> =>
  (await serverEndpoints(service, await values(given), port)).map(formatEndpoint);

describe('serverEndpoints', () => {
  it.each([
    [{}, ['tcp://127.0.0.1:7', 'udp://127.0.0.1:7']],
    [{ tcp: true }, ['tcp://127.0.0.1:7']],
    [{ udp: true }, ['udp://127.0.0.1:7']],
    [{ tcp: true, udp: true }, ['tcp://127.0.0.1:7', 'udp://127.0.0.1:7']],
    [{ host: '::' }, ['tcp://[::]:7', 'udp://[::]:7']],
    [{ host: '[::1]' }, ['tcp://[::1]:7', 'udp://[::1]:7']],
    [{ unix: '/tmp/s' }, ['unix:/tmp/s']],
    [{ unix: '@name' }, ['unix:@name']],
    [{ unix: '/tmp/s', port: 7 }, ['tcp://127.0.0.1:7', 'udp://127.0.0.1:7', 'unix:/tmp/s']],
    [{ unix: '/tmp/s', tcp: true }, ['tcp://127.0.0.1:7', 'unix:/tmp/s']],
  ])('makes of %j %j', async (given, endpoints) => {
    expect(await endpointsOf(echo, given)).toEqual(endpoints);
  });

  it('refuses a way that the service is not served', async () => {
    const stream: Service = { name: 's', summary: 'S', port: 7, session: () => {} };
    const datagram: Service = { name: 'd', summary: 'D', port: 7, datagram: () => undefined };
    expect(await endpointsOf(stream, {})).toEqual(['tcp://127.0.0.1:7']);
    await expect(endpointsOf(stream, { udp: true })).rejects.toThrow('option --udp: s is not served over UDP');
    await expect(endpointsOf(datagram, { tcp: true })).rejects.toThrow('option --tcp: d is not served over TCP');
  });

  it('refuses a host that is none', async () => {
    await expect(endpointsOf(echo, { host: '127.1' })).rejects.toMatchObject({ exit: 2 });
  });
});

/** A service that others can also talk to in two other ways. */
const faced: Service = {
  name: 'faced',
  summary: 'Has faces',
  port: 7,
  options: { 'web-port': { type: 'port', describe: 'web' }, 'dns-port': { type: 'port', describe: 'DNS' } },
  session: (conn) => void conn.end('main\n'),
  faces: [
    { name: 'web', option: 'web-port', session: (conn) => void conn.end('web\n') },
    { name: 'dns', option: 'dns-port', isPlain: true, session: () => {}, datagram: (message) => message },
  ],
};

describe('faceEndpoints', () => {
  it.each([
    [{}, {}, {}],
    [{ webPort: 80 }, {}, { web: ['tcp://127.0.0.1:80'] }],
    [{ dnsPort: 0 }, { host: '[::]' }, { dns: ['tcp://[::]:0', 'udp://[::]:0'] }],
    [{ webPort: 80 }, { unix: '/tmp/s', ws: true, udp: true }, { web: ['tcp://127.0.0.1:80'] }],
    [
      { webPort: 80, dnsPort: 53 },
      { tls: true },
      { web: ['tls://127.0.0.1:80'], dns: ['tcp://127.0.0.1:53', 'udp://127.0.0.1:53'] },
    ],
  ])('makes of %j with %j %j', async (own, given, expected) => {
    const places = await faceEndpoints(faced, await values(given), own);
    const written = Object.entries(places).map(([face, endpoints]) => [face, endpoints.map(formatEndpoint)]);
    expect(Object.fromEntries(written)).toEqual(expected);
  });
});

/** Echo servers on free ports; resolves with what they wrote once it holds so many ready lines. */
async function start(count: number, given: Readonly<Record<string, unknown>> = {}) {
  const io = fakeIo();
  const plan = { service: echo as unknown as Service, options: {}, port: 0 };
  const status = runServers(Array(count).fill(plan), await values(given), io);
  status.catch(() => {});
  await until(() => readyLines(io).length >= count * 2);
  return { io, status, endpoints: readyLines(io).map((line) => parseEndpoint(line)) };
}

function readyLines(io: FakeIo): string[] {
  const text = io.err() + io.out().toString();
  return [...text.matchAll(/listening on (\S+)$|"listening","service":"echo","endpoint":"([^"]+)"/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}

describe('runServers', () => {
  it('says one ready line for each endpoint, with the real port, and ends with 0', async () => {
    const { io, status, endpoints } = await start(1);
    expect(endpoints.map(({ scheme }) => scheme)).toEqual(['tcp', 'udp']);
    expect(io.err()).toMatch(/^nettk: echo listening on tcp:\/\/127\.0\.0\.1:\d+\nnettk: echo listening on udp:/);
    io.interrupt('SIGTERM');
    expect(await status).toBe(0);
    expect(io.out()).toHaveLength(0);
  });

  it('names the face in the ready lines of all but the main one, which comes first', async () => {
    const run = async (json: boolean): Promise<string[]> => {
      const io = fakeIo();
      const plan = { service: faced, options: { webPort: 0, dnsPort: 0 }, port: 0 };
      const status = runServers([plan], await values({ json }), io);
      const lines = (): string[] =>
        (io.err() + io.out().toString()).split('\n').filter((line) => /listening/.test(line));
      await until(() => lines().length === 4);
      io.interrupt();
      expect(await status).toBe(0);
      return lines().map((line) => line.replace(/:\d+/, ':N'));
    };
    expect(await run(false)).toEqual([
      'nettk: faced listening on tcp://127.0.0.1:N',
      'nettk: faced (web) listening on tcp://127.0.0.1:N',
      'nettk: faced (dns) listening on tcp://127.0.0.1:N',
      'nettk: faced (dns) listening on udp://127.0.0.1:N',
    ]);
    expect(await run(true)).toEqual([
      '{"event":"listening","service":"faced","endpoint":"tcp://127.0.0.1:N"}',
      '{"event":"listening","service":"faced","face":"web","endpoint":"tcp://127.0.0.1:N"}',
      '{"event":"listening","service":"faced","face":"dns","endpoint":"tcp://127.0.0.1:N"}',
      '{"event":"listening","service":"faced","face":"dns","endpoint":"udp://127.0.0.1:N"}',
    ]);
  });

  it('tells what a service notes, after the ready lines', async () => {
    for (const json of [false, true]) {
      const io = fakeIo();
      const service: Service = {
        name: 'talker',
        summary: 'Talks',
        port: 0,
        setup: (_options, server) => server.note('half of it\u0007 is gone'),
        session: () => {},
      };
      const status = runServers([{ service, options: {}, port: 0 }], await values({ json }), io);
      const said = (): string => (json ? io.out().toString() : io.err());
      await until(() => said().includes('half'));
      io.interrupt();
      await status;
      const line = said().split('\n')[1];
      if (json) expect(JSON.parse(line ?? '')).toMatchObject({ event: 'noted', reason: 'half of it\u0007 is gone' });
      else expect(line).toBe('nettk: talker: half of it\\x07 is gone');
    }
  });

  it('runs several servers, each on its own free port', async () => {
    const { io, status, endpoints } = await start(3);
    expect(new Set(endpoints.map(({ port }) => port)).size).toBe(3);
    io.interrupt();
    expect(await status).toBe(0);
  });

  it('runs none where one cannot be bound', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const plan = { service: echo as unknown as Service, options: {} };
    const io = fakeIo();
    const failed = runServers(
      [
        { ...plan, port: 0 },
        { ...plan, port },
      ],
      await values(),
      io,
    );
    await expect(failed).rejects.toMatchObject({ code: 'EADDRINUSE', exit: 1 });
    expect(io.err()).toBe('');
    taken.close();
  });

  it('tells what happens as one JSON object a line with --json, and says no ready line in words', async () => {
    const { io, status, endpoints } = await start(1, { json: true });
    const client = await connectTo(endpoints[0]!);
    client.end('hi');
    expect((await readToEnd(client)).toString()).toBe('hi');
    await until(() => io.out().includes('"disconnected"'));
    io.interrupt();
    expect(await status).toBe(0);
    const events = io
      .out()
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const names = ['listening', 'listening', 'connected', 'disconnected', 'draining', 'closed'];
    expect(events.map(({ event }) => event)).toEqual(names);
    expect(events.every(({ service }) => service === 'echo')).toBe(true);
    expect(events[2]).toMatchObject({
      peer: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
      time: expect.stringMatching(/Z$/),
    });
    expect(io.err()).toBe('');
  });

  it('tells whom the gate refused, and why, as an event', async () => {
    const { io, status, endpoints } = await start(1, { json: true, deny: ['127.0.0.0/8'] });
    const reading = connectTo(endpoints[0]!).then(readToEnd);
    await expect(reading).rejects.toMatchObject({ code: 'ECONNRESET' });
    await until(() => io.out().includes('"refused"'));
    const refused =
      io
        .out()
        .toString()
        .split('\n')
        .find((line) => line.includes('"refused"')) ?? '';
    expect(JSON.parse(refused)).toMatchObject({
      event: 'refused',
      service: 'echo',
      peer: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
      reason: 'denied',
    });
    io.interrupt();
    expect(await status).toBe(0);
  });

  it('writes the stack of a bug of a service under --json too', async () => {
    const buggy: Service = {
      name: 'echo',
      summary: 'Fails',
      port: 0,
      session() {
        throw new TypeError('oops');
      },
    };
    const io = fakeIo();
    const status = runServers([{ service: buggy, options: {}, port: 0 }], await values({ json: true }), io);
    await until(() => readyLines(io).length > 0);
    const client = await connectTo(parseEndpoint(readyLines(io)[0] ?? ''));
    await readToEnd(client);
    io.interrupt();
    expect(await status).toBe(0);
    expect(io.err()).toMatch(/^nettk: echo: session with tcp:\S+ failed\nnettk: a bug .*\nTypeError: oops\n {4}at /);
    expect(io.out().toString()).toContain('"reason":"internal error"');
  });

  it('tells of connections in words with -v only', async () => {
    for (const verbose of [0, 1]) {
      const { io, status, endpoints } = await start(1, { verbose });
      const client = await connectTo(endpoints[0]!);
      client.end();
      await readToEnd(client);
      io.interrupt();
      await status;
      expect(io.err().includes('connected from tcp://127.0.0.1:')).toBe(verbose === 1);
    }
  });

  it('ends with 1 and says how many it cut when the grace is over', async () => {
    const { io, status, endpoints } = await start(1, { grace: 20 });
    const client = await connectTo(endpoints[0]!);
    // It neither reads nor ends: what echo still has to say cannot leave.
    client.on('error', () => {}).pause();
    client.write(Buffer.alloc(20_000_000));
    await until(() => client.bytesWritten > 0 && client.writableLength > 0);
    io.interrupt();
    expect(await status).toBe(1);
    expect(io.err()).toContain('nettk: 1 connection cut after 0.02 s of grace');
    client.destroy();
  });
});
