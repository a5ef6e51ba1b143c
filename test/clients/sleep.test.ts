import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleepAt } from '../../src/clients/sleep.ts';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { type Server, serve } from '../../src/net/serve.ts';
import { sleep } from '../../src/services/sleep.ts';

let server: Server;
let tcp: Endpoint;
let udp: Endpoint;

beforeAll(async () => {
  server = await serve(sleep, { endpoints: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'], options: { maxSleep: 60_000 } });
  [tcp, udp] = server.endpoints as [Endpoint, Endpoint];
});

afterAll(async () => {
  await server.close();
});

/** A server that takes connections and says nothing. */
async function silent(run: (target: Endpoint) => Promise<void>): Promise<void> {
  const mute = createServer((socket) => socket.resume().on('error', () => {}));
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as { port: number };
  await run({ scheme: 'tcp', host: '127.0.0.1', port, path: '' });
  mute.close();
}

describe('sleepAt', () => {
  it('resolves over TCP and UDP, never before the time', async () => {
    for (const target of [tcp, udp]) {
      const begun = process.hrtime.bigint();
      const { requested, slept } = await sleepAt(target, 0.03);
      expect(process.hrtime.bigint() - begun).toBeGreaterThanOrEqual(30_000_000n);
      expect(requested).toBe(0.03);
      expect(slept).toBeGreaterThanOrEqual(0.03);
    }
  });

  it('passes on what the server refuses', async () => {
    await expect(sleepAt(tcp, 61)).rejects.toMatchObject({ code: 'REFUSED', exit: 1 });
  });

  it('fails at once where the sleep would miss the deadline, and at the deadline where the server is silent', async () => {
    await expect(sleepAt(tcp, 50, { deadlineMs: 40_000 })).rejects.toMatchObject({ code: 'DEADLINE', exit: 124 });
    await silent(async (target) => {
      await expect(sleepAt(target, 0.01, { deadlineMs: 50 })).rejects.toMatchObject({ code: 'DEADLINE', exit: 124 });
    });
  });

  it('can be interrupted while the server is silent, and says where nobody is', async () => {
    await silent(async (target) => {
      const stop = new AbortController();
      const reason = new Error('enough');
      setImmediate(() => stop.abort(reason));
      await expect(sleepAt(target, 30, { signal: stop.signal })).rejects.toBe(reason);
    });
    await expect(sleepAt({ ...tcp, port: 1 }, 1)).rejects.toMatchObject({ code: 'ECONNREFUSED', exit: 1 });
  });

  it('rejects with the reason when it is interrupted, and the server sleeps no longer', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const connected = once(server, 'connected');
    const call = sleepAt(tcp, 50, { signal: stop.signal });
    await connected;
    const over = once(server, 'disconnected');
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    await over;
    expect(server.connections).toBe(0);
  });
});
