/** What `nettk connect` does in each case in which the netcats differ over TCP: the end of either side, a reset. */

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { allOf, heard, openNettk, tcpServer } from '../../support/netcat.ts';
import { runNettk } from '../../support/nettk.ts';

/** A server for one client; its address, and the client's socket once it is there. */
async function oneClient(): Promise<{ address: string; socket: Promise<Socket> }> {
  const client = Promise.withResolvers<Socket>();
  return { address: await tcpServer(client.resolve), socket: client.promise };
}

describe('at the end of standard input', () => {
  test('it half-closes, and prints the answer however late it comes', async () => {
    const server = await oneClient();
    const client = runNettk(['connect', server.address], { stdin: 'hi\n' });
    const socket = await server.socket;
    expect(await allOf(socket)).toBe('hi\n');
    socket.write('one\n', () => socket.end('two\n'));
    expect(await client).toMatchObject({ code: 0, stderr: '' });
    expect((await client).stdout.toString()).toBe('one\ntwo\n');
  });

  test('a peer that never closes is waited for; -q ends that with 0, in silence', async () => {
    const address = await tcpServer((socket) => socket.resume().write('still here\n'));
    const client = await runNettk(['connect', '-q', '300ms', address], { stdin: 'hi\n' });
    expect(client).toMatchObject({ code: 0, stderr: '' });
    expect(client.stdout.toString()).toBe('still here\n');
  });

  test('-q 0 ends it at once, when all is sent', async () => {
    const server = await oneClient();
    const client = runNettk(['connect', '-q', '0', server.address], { stdin: 'all of it' });
    expect(await allOf(await server.socket)).toBe('all of it');
    expect((await client).code).toBe(0);
  });

  test('--no-shutdown does not tell the peer', async () => {
    const server = await oneClient();
    const client = runNettk(['connect', '--no-shutdown', server.address], { stdin: 'hi\n' });
    const socket = await server.socket;
    let ended = false;
    socket.on('end', () => {
      ended = true;
    });
    await once(socket, 'data');
    socket.write('x'.repeat(100_000), () => {
      // What came back after all of this is still no end.
      expect(ended).toBe(false);
      socket.end();
    });
    expect((await client).code).toBe(0);
  });

  test('--send-only ends it, without printing anything', async () => {
    const server = await oneClient();
    const client = runNettk(['connect', '--send-only', server.address], { stdin: 'hi\n' });
    const socket = await server.socket;
    socket.write('never shown');
    expect(await allOf(socket)).toBe('hi\n');
    expect(await client).toMatchObject({ code: 0, stderr: '' });
    expect((await client).stdout).toHaveLength(0);
  });
});

describe('at the end of the peer', () => {
  test('it prints the last byte and exits 0 though standard input is open', async () => {
    const address = await tcpServer((socket) => socket.resume().end(Buffer.alloc(1_000_000, 'z')));
    const client = await openNettk('connect', address);
    expect(await client.ended).toBe(0);
    expect(client.stdout()).toHaveLength(1_000_000);
  });

  test('input that keeps coming is still sent, and ends by itself when nothing more comes', async () => {
    const server = await oneClient();
    const client = await openNettk('connect', server.address);
    const socket = await server.socket;
    socket.end('bye\n');
    await heard(client, 'bye\n');
    const lines = setInterval(() => client.child.stdin?.write('line\n'), 20);
    for (let got = ''; got.length < 100; ) got += String((await once(socket, 'data'))[0]);
    clearInterval(lines);
    const rest = allOf(socket);
    expect(await client.ended).toBe(0);
    expect(await rest).toMatch(/^(line\n)*$/);
  });

  test('with --wait-stdin a line typed any time later is still sent', async () => {
    const server = await oneClient();
    const client = await openNettk('connect', '--wait-stdin', server.address);
    const socket = await server.socket;
    socket.end('bye\n');
    await heard(client, 'bye\n');
    // Longer than the patience for an input that says nothing.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    client.child.stdin?.end('later\n');
    expect(await allOf(socket)).toBe('later\n');
    expect(await client.ended).toBe(0);
  });

  test('--recv-only prints what came and has sent nothing', async () => {
    const server = await oneClient();
    const client = runNettk(['connect', '--recv-only', server.address], { stdin: 'unsent' });
    const socket = await server.socket;
    socket.end('data');
    expect(await allOf(socket)).toBe('');
    expect((await client).stdout.toString()).toBe('data');
    expect((await client).code).toBe(0);
  });
});

describe('a reset', () => {
  test('is exit 1 and says so, after what came before it', async () => {
    const server = await oneClient();
    const client = await openNettk('connect', server.address);
    (await server.socket).write('part');
    await heard(client, 'part');
    (await server.socket).resetAndDestroy();
    expect(await client.ended).toBe(1);
    expect(client.stderr()).toMatch(
      /^nettk: talk to tcp:\/\/127.0.0.1:\d+: connection reset by peer \(ECONNRESET\)\n$/,
    );
  });

  test('by a peer that had ended but does not take the rest of the input is exit 1 too', async () => {
    const server = await oneClient();
    const client = await openNettk('connect', server.address);
    const socket = await server.socket;
    socket.end('bye\n');
    await heard(client, 'bye\n');
    const stdin = client.child.stdin as NodeJS.WritableStream;
    const lines = setInterval(() => stdin.write('line\n'), 20);
    await once(socket, 'data');
    socket.resetAndDestroy();
    expect(await client.ended).toBe(1);
    clearInterval(lines);
    expect(client.stderr()).toMatch(/ECONNRESET|EPIPE/);
  });
});
