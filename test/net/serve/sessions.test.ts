import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { NettkError } from '../../../src/errors.ts';
import { readLines } from '../../../src/stream/lines.ts';
import { closed, connectTo, readBytes, readToEnd, until } from '../../support/sockets.ts';
import { parrot, startService, tape } from '../../support/test-service.ts';

describe('sessions', () => {
  it('tells of connections and their orderly ends', async () => {
    const { server, endpoint } = await startService({ session: parrot });
    const told = tape(server);
    const client = await connectTo(endpoint);
    client.end('hi\n');
    expect((await readToEnd(client)).toString()).toBe('hi!\n');
    await until(() => server.connections === 0);
    expect(told).toEqual(['connected', 'disconnected']);
    await server.close();
  });

  it('takes a reset for the end of one connection, not for a failure', async () => {
    const { server, endpoint } = await startService({ session: parrot });
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
    const { server, endpoint } = await startService({
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
    const { server, endpoint } = await startService({
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
    const { server, endpoint } = await startService({
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
    const { server, endpoint } = await startService({
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
    const { server, endpoint } = await startService({
      concurrency: 1,
      session: async (conn) => void conn.write('hello'),
    });
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
    const { server, endpoint } = await startService({ concurrency: 1, session: parrot });
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
