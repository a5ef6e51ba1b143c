import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { type Running, runProgram, startNettk } from '../support/nettk.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/node/bin/node');
const IS_LONG = process.env['NETTK_LONG'] === '1';
const CONNECTIONS = IS_LONG ? 10_000 : 1_000;
const RESTARTS = IS_LONG ? 100 : 5;
const ROUNDS = 10;
const MAX_MEMORY_KIB = 200 * 1_024;

/** The most memory a process has had in use at once, in KiB. */
const peakMemory = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** A client that says a word and waits for it, or for the end. */
async function serveOnce(socket: Socket): Promise<'answered' | 'ended'> {
  socket.on('error', () => {}).write('hello');
  return await Promise.race([
    // A refused client that has already written may see a reset: that is an end too.
    new Promise<'answered'>((done) => socket.once('data', () => done('answered'))),
    new Promise<'ended'>((done) => socket.once('close', () => done('ended'))),
  ]);
}

const client = (server: Running): Socket => connect(server.ports[0]!, '127.0.0.1');

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket.destroy(), 'close');
}

/** Resolves when the server has as few files open as it had. */
async function untilFreed(pid: number, files: number): Promise<void> {
  while (openFiles(pid) > files) await new Promise((next) => setImmediate(next));
}

describe('an echo server', () => {
  it(`holds ${CONNECTIONS} connections, each echoing 1 KiB ten times, in 200 MiB`, { timeout: 300_000 }, async () => {
    await using server = await startNettk(['echo-server', '--tcp', '--port', '0']);
    const script = join(ROOT, 'test/support/hold-connections.ts');
    const args = [script, server.ports[0]!, CONNECTIONS, ROUNDS, 1_024].map(String);
    const { stdout, stderr } = await runProgram(NODE, args, { timeoutMs: 250_000 });
    expect(stderr).toBe('');
    const rounds = CONNECTIONS * ROUNDS;
    expect(JSON.parse(stdout.toString())).toEqual({ opened: CONNECTIONS, right: rounds, wrong: 0, lost: 0 });
    expect(peakMemory(server.pid)).toBeLessThan(MAX_MEMORY_KIB);
    expect(await server.stop()).toMatchObject({ code: 0 });
  });

  it('survives 500 clients with 64 files, says so once a second at most, and serves again', async (context) => {
    needs(context, 'prlimit');
    const via = ['prlimit', '--nofile=64'];
    await using server = await startNettk(['echo-server', '--tcp', '--port', '0'], { via });
    const files = openFiles(server.pid);
    const started = performance.now();
    const sockets = Array.from({ length: 500 }, () => client(server));
    const results = await Promise.all(sockets.map(serveOnce));
    const served = results.filter((result) => result === 'answered').length;
    expect(served).toBeGreaterThan(10);
    expect(served).toBeLessThan(64);
    await Promise.all(sockets.map(closed));
    await untilFreed(server.pid, files);
    const again = client(server);
    expect(await serveOnce(again)).toBe('answered');
    again.destroy();
    expect(await server.stop()).toMatchObject({ code: 0 });
    const seconds = (performance.now() - started) / 1_000;
    const notes = server.stderr().match(/^.*too many connections.*$/gm) ?? [];
    expect(notes.length).toBeGreaterThan(0);
    // One at once, one for each second that was begun, and the last of them at the end.
    expect(notes.length).toBeLessThanOrEqual(Math.ceil(seconds) + 2);
    expect(server.stderr().split('\n')).toHaveLength(notes.length + 2);
  });

  it(`starts again at once on its port after a kill with clients open, ${RESTARTS} times`, async () => {
    let port = 0;
    const left: Socket[] = [];
    for (let i = 0; i < RESTARTS; i++) {
      await using server = await startNettk(['echo-server', '--port', `${port}`], { ready: 2 });
      if (port !== 0) expect(server.ports).toEqual([port, port]);
      [port = 0] = server.ports;
      const clients = Array.from({ length: 10 }, () => client(server));
      // They stay open on their side: half of a connection is left on the port.
      for (const each of clients) each.allowHalfOpen = true;
      expect(await Promise.all(clients.map(serveOnce))).toEqual(clients.map(() => 'answered'));
      expect(await server.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
      left.push(...clients);
    }
    for (const each of left) each.destroy();
  });
});
