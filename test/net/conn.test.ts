import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import type { Conn } from '../../src/net/conn.ts';
import { type DialOptions, dial } from '../../src/net/dial.ts';
import { formatEndpoint, parseEndpoint } from '../../src/net/endpoint.ts';
import type { ListenOptions } from '../../src/net/listen.ts';
import { listenConns } from '../../src/net/listen-conns.ts';
import { needs } from '../support/needs.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** What ss(8) tells of both ends of a connection dialled and accepted with these options: client, then server. */
async function bothEnds(context: TestContext, dialled: DialOptions, accepted: ListenOptions, host = '127.0.0.1') {
  needs(context, 'ss');
  const first = Promise.withResolvers<Conn>();
  const unexpected = { onDrop: first.reject, onRefused: first.reject, onError: first.reject };
  const handlers = { ...unexpected, onConn: first.resolve };
  const listener = await listenConns(parseEndpoint(`tcp://${host}:0`), handlers, accepted);
  const conn = await dial(formatEndpoint(listener.endpoint), dialled);
  const peer = await first.promise;
  open.push(listener, { close: () => conn.destroy() }, { close: () => peer.destroy() });
  const { port } = listener.endpoint;
  const about = (side: 'sport' | 'dport'): string =>
    execFileSync('ss', ['-HtnoO', '--tos', 'state', 'established', side, '=', `:${port}`], { encoding: 'utf8' });
  return [about('dport'), about('sport')];
}

describe('a TCP connection', () => {
  it('asks a silent peer after a minute whether it is alive, on both sides', async (context) => {
    for (const text of await bothEnds(context, {}, {})) expect(text).toMatch(/timer:\(keepalive,(5\d|60|1min)/);
  });

  it('asks when it is told to, or never', async (context) => {
    const [client, server] = await bothEnds(context, { keepAliveMs: 7_000 }, { keepAliveMs: false });
    expect(client).toMatch(/timer:\(keepalive,[1-7](\.\d+)?(sec|ms)/);
    expect(server).not.toContain('keepalive');
  });

  it('has the type of service asked for', async (context) => {
    const [client, server] = await bothEnds(context, { typeOfService: 0xb8 }, { typeOfService: 0x10 });
    expect(client).toMatch(/tos:0xb8/);
    expect(server).toMatch(/tos:0x10/);
  });

  it('has the traffic class asked for over IPv6', async (context) => {
    const [client, server] = await bothEnds(context, { typeOfService: 0xb8 }, { typeOfService: 0x10 }, '[::1]');
    expect(client).toMatch(/tclass:0xb8/);
    expect(server).toMatch(/tclass:0x10/);
  });
});
