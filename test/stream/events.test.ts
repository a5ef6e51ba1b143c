import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { dialEvents } from '../../src/net/dial-events.ts';
import { serve } from '../../src/net/serve.ts';
import { defineService } from '../../src/services/service.ts';
import { type ConnHandlers, eventSession } from '../../src/stream/events.ts';
import { closed, connectTo, readToEnd } from '../support/sockets.ts';

/** A server of handlers on a free port. */
async function serveEvents(handlers: ConnHandlers) {
  const service = defineService({ name: 'events', summary: 'Tests', port: 0, session: eventSession(handlers) });
  const server = await serve(service, { endpoints: ['tcp://127.0.0.1:0'] });
  return { server, endpoint: server.endpoints[0]! };
}

const shout: ConnHandlers = { data: (conn, chunk) => conn.write(chunk.toString().toUpperCase()) };

describe('the event style', () => {
  it('tells a server of connections, data and their orderly end', async () => {
    const told: string[] = [];
    const { server, endpoint } = await serveEvents({
      connected: (conn) => told.push(`connected ${conn.peer.scheme}`),
      data: (conn, chunk) => {
        told.push(`data ${chunk}`);
        conn.write(chunk);
      },
      lost: (conn) => {
        told.push('lost');
        conn.end('bye');
      },
    });
    const client = await connectTo(endpoint);
    client.end('hi ');
    expect((await readToEnd(client)).toString()).toBe('hi bye');
    expect(told).toEqual(['connected tcp', 'data hi ', 'lost']);
    await server.close();
  });

  it('ends our side after the peer where lost is left out', async () => {
    const { server, endpoint } = await serveEvents(shout);
    const client = await connectTo(endpoint);
    client.end('abc');
    expect((await readToEnd(client)).toString()).toBe('ABC');
    await server.close();
  });

  it('tells a reset to failed, and the server goes on', async () => {
    const failed = Promise.withResolvers<Error>();
    const { server, endpoint } = await serveEvents({ ...shout, failed: (error) => failed.resolve(error) });
    const client = await connectTo(endpoint);
    client.write('x');
    await once(client, 'data');
    client.resetAndDestroy();
    expect(await failed.promise).toMatchObject({ code: 'ECONNRESET' });
    const next = await connectTo(endpoint);
    next.end('still');
    expect((await readToEnd(next)).toString()).toBe('STILL');
    await server.close();
  });

  it('closes the connection of a handler that throws, and tells the server of the bug', async () => {
    const bug = new TypeError('oops');
    const { server, endpoint } = await serveEvents({
      data: () => {
        throw bug;
      },
    });
    const failed = once(server, 'failed');
    const client = await connectTo(endpoint);
    client.on('error', () => {}).write('x');
    await closed(client.resume().on('end', () => client.end()));
    expect((await failed)[1]).toBe(bug);
    expect(server.connections).toBe(0);
    await server.close();
  });

  it('says goodbye when the server drains, and drops what a client goes on sending', async () => {
    const { server, endpoint } = await serveEvents(shout);
    const failures: unknown[] = [];
    server.on('failed', (_peer, error) => failures.push(error));
    const client = await connectTo(endpoint);
    client.write('before');
    const [answer] = await once(client, 'data');
    expect(answer.toString()).toBe('BEFORE');
    const rest = readToEnd(client);
    const drained = server.drain();
    client.write('after');
    expect((await rest).toString()).toBe('');
    client.write('later');
    client.end();
    expect(await drained).toEqual({ cut: 0 });
    expect(failures).toEqual([]);
    expect(client.errored).toBeNull();
  });

  it('drives a client from the connection to its end', async () => {
    const { server, endpoint } = await serveEvents(shout);
    const told: string[] = [];
    await dialEvents(endpoint, {
      connected: (conn) => conn.write('hello'),
      data: (conn, chunk) => {
        told.push(chunk.toString());
        conn.end();
      },
      lost: () => told.push('lost'),
    });
    expect(told).toEqual(['HELLO', 'lost']);
    await server.close();
  });

  it('tells a client that cannot connect of its failure, or throws it where nobody listens', async () => {
    const { server, endpoint } = await serveEvents(shout);
    await server.close();
    const failures: Error[] = [];
    await dialEvents(endpoint, { failed: (error) => failures.push(error) });
    expect(failures).toEqual([expect.objectContaining({ code: 'ECONNREFUSED' })]);
    await expect(dialEvents(endpoint, {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
