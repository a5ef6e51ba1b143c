import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleepCommand } from '../../commands/sleep.ts';
import { Interrupt } from '../../src/cli/io.ts';
import { type Server, serve } from '../../src/net/serve.ts';
import { sleep } from '../../src/services/sleep.ts';
import { fakeIo } from '../support/fake-io.ts';

let server: Server;
let host: string;

beforeAll(async () => {
  server = await serve(sleep, { endpoints: ['tcp://127.0.0.1:0'], options: { maxSleep: 60_000 } });
  host = `127.0.0.1:${server.endpoints[0]!.port}`;
});

afterAll(async () => {
  await server.close();
});

const args = (seconds: number, more: { json?: boolean; verbose?: number; deadline?: number } = {}) => ({
  host,
  seconds: seconds * 1_000,
  deadline: undefined,
  connectTimeout: 10_000,
  ca: [],
  pin: [],
  via: undefined,
  insecure: false,
  cert: undefined,
  key: undefined,
  json: false,
  verbose: 0,
  quiet: false,
  color: 'auto',
  ...more,
});

describe('nettk sleep', () => {
  it('prints how long the server slept', async () => {
    const io = fakeIo();
    await sleepCommand.run(args(0.02, { verbose: 1 }), io);
    expect(io.out().toString()).toMatch(/^slept \d\.\d{6} s\n$/);
    expect(io.err()).toMatch(/^nettk: answered after \d\.\d{6} s\n$/);
  });

  it('prints one JSON object with --json', async () => {
    const io = fakeIo();
    await sleepCommand.run(args(0.02, { json: true }), io);
    expect(Object.keys(JSON.parse(io.out().toString()))).toEqual(['requested', 'slept', 'started', 'ended']);
  });

  it('fails with 1 where the server refuses, with 124 where the deadline would pass', async () => {
    await expect(sleepCommand.run(args(61), fakeIo())).rejects.toMatchObject({ exit: 1 });
    await expect(sleepCommand.run(args(50, { deadline: 40_000 }), fakeIo())).rejects.toMatchObject({ exit: 124 });
  });

  it('gives up when it is interrupted', async () => {
    const io = fakeIo();
    const connected = once(server, 'connected');
    const running = sleepCommand.run(args(50), io);
    await connected;
    io.interrupt();
    await expect(running).rejects.toBeInstanceOf(Interrupt);
  });
});
