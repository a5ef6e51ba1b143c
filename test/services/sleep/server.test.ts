import { once } from 'node:events';
import { promisify } from 'node:util';
import jayson from 'jayson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dial } from '../../../src/net/dial.ts';
import type { Server } from '../../../src/net/serve.ts';
import type { SleepResult } from '../../../src/protocols/sleep.ts';
import { readLines } from '../../../src/stream/lines.ts';
import { call, startSleep } from './support.ts';

/** How many calls in all, how many at once on a connection, and on how many connections. */
const CALLS = process.env['NETTK_LONG'] ? 100_000 : 5_000;
const AT_ONCE = 1_000;
const CONNECTIONS = Math.min(10, CALLS / AT_ONCE);
const LONGEST_MS = 3_000;

let server: Server;
let port: number;

beforeAll(async () => {
  ({ server, port } = await startSleep());
});

afterAll(async () => {
  await server.close();
});

interface Tally {
  calls: number;
  early: number;
}

/** Makes calls on one connection, always a thousand at once, and compares each with this process's monotonic clock. */
async function callMany(count: number, tally: Tally): Promise<void> {
  const conn = await dial(`tcp://127.0.0.1:${port}`);
  const due = new Map<number, bigint>();
  let next = 0;
  const ask = (): void => {
    const ms = (next * 7_919) % (LONGEST_MS * 10);
    due.set(next, process.hrtime.bigint() + BigInt(ms) * 100_000n);
    conn.write(call(next, [ms / 10_000]));
    next += 1;
  };
  while (next < Math.min(AT_ONCE, count)) ask();
  for await (const line of readLines(conn)) {
    const now = process.hrtime.bigint();
    const { id, result } = JSON.parse(line) as { id: number; result: SleepResult };
    if (now < due.get(id)! || result.slept < result.requested) tally.early += 1;
    due.delete(id);
    tally.calls += 1;
    if (next < count) ask();
    if (due.size === 0) break;
  }
  conn.destroy();
}

describe('a sleep server', () => {
  it(`is early in 0 of ${CALLS} calls, ${CONNECTIONS * AT_ONCE} in flight`, { timeout: 300_000 }, async () => {
    const tally: Tally = { calls: 0, early: 0 };
    await Promise.all(Array.from({ length: CONNECTIONS }, () => callMany(CALLS / CONNECTIONS, tally)));
    expect(tally).toEqual({ calls: CALLS, early: 0 });
  });

  it("serves jayson's TCP client as it is", async () => {
    const client = jayson.Client.tcp({ host: '127.0.0.1', port });
    const request = promisify<string, unknown, unknown>((method, params, done) =>
      client.request(method, params as [], done),
    );
    const answers = await Promise.all([request('sleep', [0.05]), request('sleep', { seconds: 0.01 })]);
    expect(answers).toMatchObject([{ result: { requested: 0.05 } }, { result: { requested: 0.01 } }]);
    expect(await request('sleep', [-1])).toMatchObject({ error: { code: -32_602 } });
    expect(await request('nap', [1])).toMatchObject({ error: { code: -32_601 } });
    const told = promisify<void>((done) => client.request('sleep', [60], null as unknown as string, done));
    await told();
  });

  it("serves jayson's batches", async () => {
    const client = jayson.Client.tcp({ host: '127.0.0.1', port });
    const batch = [client.request('sleep', [0.02]), client.request('sleep', [0])];
    const answers = await promisify((done) => client.request(batch, done))();
    expect(answers).toMatchObject([{ result: { requested: 0.02 } }, { result: { requested: 0 } }]);
  });

  it('frees the sleeps of a client that resets', async () => {
    const conn = await dial(`tcp://127.0.0.1:${port}`);
    conn.on('error', () => {});
    conn.write(call(1, [60]) + call(2, [0]));
    await readLines(conn).next();
    const left = once(server, 'disconnected');
    (conn as typeof conn & { resetAndDestroy(): void }).resetAndDestroy();
    await left;
    expect(server.connections).toBe(0);
  });

  it('answers a datagram', async () => {
    const conn = await dial(`udp://127.0.0.1:${port}`);
    conn.write('sleep 0.01\n');
    expect(String((await once(conn, 'data'))[0])).toMatch(/^ok slept 0\.\d{6} s\n$/);
    conn.destroy();
  });

  it('drains: no connection is cut though sleeps were in flight', async () => {
    const other = await startSleep();
    const conn = await dial(`tcp://127.0.0.1:${other.port}`);
    const answers = readLines(conn);
    conn.write('sleep 60\nsleep 0.5\nsleep 0\n');
    await answers.next();
    const drained = other.server.drain();
    const rest = [await answers.next(), await answers.next()].map(({ value }) => value as string);
    expect(rest).toEqual(['error cancelled: shutting down', expect.stringMatching(/^ok slept [0-9.]+ s$/)]);
    expect((await answers.next()).done).toBe(true);
    conn.end();
    expect(await drained).toEqual({ cut: 0 });
  });
});
