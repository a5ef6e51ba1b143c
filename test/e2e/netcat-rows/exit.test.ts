/** The exit status of connect and listen for everything that can end them. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeCertificates } from '../../support/certificates.ts';
import { needs } from '../../support/needs.ts';
import { allOf, heard, openNettk, tcpServer } from '../../support/netcat.ts';
import { createNetns } from '../../support/netns.ts';
import { NETTK, runNettk, runShell, startNettk } from '../../support/nettk.ts';

describe('connect ends with', () => {
  test('0 when the peer has closed', async () => {
    const address = await tcpServer((socket) => socket.resume().end('bye'));
    expect((await runNettk(['connect', address])).code).toBe(0);
  });

  test('1 when it is refused, and says so without -v', async () => {
    const client = await runNettk(['connect', '127.0.0.1:1']);
    expect(client).toMatchObject({
      code: 1,
      stderr: 'nettk: connect tcp://127.0.0.1:1: connection refused (ECONNREFUSED)\n',
    });
  });

  test('1 when it cannot connect in time', async (context) => {
    needs(context, 'root', 'ip', 'nft');
    await using hole = createNetns();
    const rules = 'add table inet hole; add chain inet hole in { type filter hook input priority 0; policy drop; }';
    execFileSync('ip', ['netns', 'exec', hole.name, 'nft', rules]);
    const client = await runNettk(['connect', '-w', '300ms', '127.0.0.1:7'], { via: hole.via });
    expect(client).toMatchObject({ code: 1, stderr: 'nettk: connect tcp://127.0.0.1:7: timed out after 0.3 s\n' });
  });

  test('1 when there is no such host', async () => {
    const client = await runNettk(['connect', 'no-such-host.invalid:80']);
    expect(client.code).toBe(1);
    expect(client.stderr).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  test.each([
    ['a bad port', ['127.0.0.1:70000']],
    ['a service nobody knows', ['127.0.0.1:nosuch']],
    ['an unknown option', ['--nosuch', '127.0.0.1:1']],
    ['a bad duration', ['-w', 'soon', '127.0.0.1:1']],
  ])('2 for %s', async (_what, args) => {
    expect((await runNettk(['connect', ...args])).code).toBe(2);
  });

  test('1 after -i, and says so', async () => {
    const address = await tcpServer((socket) => socket.resume());
    const client = await runNettk(['connect', '-i', '200ms', address], { stdin: 'x' });
    expect(client.code).toBe(1);
    expect(client.stderr).toContain(': no data for 0.2 s\n');
  });

  test('1 when a certificate is not trusted or for another name, with the reason and what to try', async (context) => {
    needs(context, 'openssl');
    const listener = await startNettk(['listen', '-k', '--tls', '127.0.0.1:0']);
    onTestFinished(() => listener[Symbol.asyncDispose]());
    const untrusted = await runNettk(['connect', listener.endpoints[0] as string]);
    expect(untrusted.code).toBe(1);
    expect(untrusted.stderr).toMatch(/^nettk: .*its certificate is self-signed.*; try --pin sha256:[\da-f]{64} .*\n$/);
    const certificates = makeCertificates();
    onTestFinished(() => certificates.remove());
    const folder = mkdtempSync(join(tmpdir(), 'nettk-exit-'));
    const file = join(folder, 'both.pem');
    writeFileSync(file, certificates.wrongHost.cert + certificates.wrongHost.key);
    const other = await startNettk(['listen', '-k', '--cert', file, 'tls://127.0.0.1:0']);
    onTestFinished(() => other[Symbol.asyncDispose]());
    const misnamed = await runNettk(['connect', '--ca', certificates.caFile, other.endpoints[0] as string]);
    expect(misnamed.code).toBe(1);
    expect(misnamed.stderr).toMatch(/its certificate is for names \(\S+\), not for the address 127\.0\.0\.1/);
  });

  test('0 after -q, whatever -i would have said later', async () => {
    const address = await tcpServer((socket) => socket.resume());
    const client = await runNettk(['connect', '-i', '20s', '-q', '100ms', address], { stdin: 'x' });
    expect(client).toMatchObject({ code: 0, stderr: '' });
  });

  test('1 after a reset in the middle', async () => {
    const address = await tcpServer((socket) => void socket.once('data', () => socket.resetAndDestroy()));
    expect((await runNettk(['connect', address], { stdin: 'x' })).code).toBe(1);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('the signal itself after %s', async (signal) => {
    const address = await tcpServer((socket) => void socket.write('here'));
    const client = spawn(NETTK, ['connect', address]);
    onTestFinished(() => void client.kill('SIGKILL'));
    await once(client.stdout, 'data');
    client.kill(signal);
    expect(await once(client, 'close')).toEqual([null, signal]);
  });

  test('141 when nobody reads its standard output any more', async () => {
    const address = await tcpServer((socket) => {
      const more = setInterval(() => socket.write('line\n'), 1);
      socket.on('close', () => clearInterval(more));
    });
    const line = `nettk connect ${address} | head -1; echo \${PIPESTATUS[0]}`;
    const shell = await runShell(line);
    expect(shell).toMatchObject({ stderr: '' });
    expect(shell.stdout.toString()).toBe('line\n141\n');
  });

  test('1 when standard output cannot be written', async () => {
    const address = await tcpServer((socket) => socket.resume().end('bye'));
    const shell = await runShell(`nettk connect ${address} > /dev/full`);
    expect(shell.code).toBe(1);
    expect(shell.stderr).toContain('no space left on device (ENOSPC)');
  });

  test('2 when standard input cannot be read, and the peer sees no end in order', async () => {
    const how = Promise.withResolvers<string>();
    const address = await tcpServer((socket) => {
      socket.on('end', () => how.resolve('end')).on('error', () => how.resolve('reset'));
      socket.resume();
    });
    const shell = await runShell(`nettk connect ${address} < /`);
    expect(shell.code).toBe(2);
    expect(await how.promise).toBe('reset');
  });
});

describe('listen ends with', () => {
  test('1 when the port is taken, 2 when it may not be had', async (context) => {
    const listener = await startNettk(['listen', '127.0.0.1:0']);
    onTestFinished(() => listener[Symbol.asyncDispose]());
    expect((await runNettk(['listen', `127.0.0.1:${listener.ports[0]}`])).code).toBe(1);
    needs(context, 'setpriv', 'root');
    const via = ['setpriv', '--reuid', '65534', '--clear-groups', '--bounding-set', '-all'];
    const denied = await runNettk(['listen', '-U', '/root/no.sock'], { via });
    expect(denied.code).toBe(2);
  });

  test('1 when its one client is idle for too long', async () => {
    const listener = await startNettk(['listen', '-i', '200ms', '127.0.0.1:0']);
    onTestFinished(() => listener[Symbol.asyncDispose]());
    const over = once(listener.child, 'close');
    const client = await openNettk('connect', listener.endpoints[0] as string);
    client.child.stdin?.write('x');
    expect((await over)[0]).toBe(1);
    expect(listener.stderr()).toContain(': no data for 0.2 s\n');
  });

  test('nothing with -k when a client is idle: only that client is left', async () => {
    const listener = await startNettk(['listen', '-k', '-v', '-i', '200ms', '127.0.0.1:0']);
    onTestFinished(() => listener[Symbol.asyncDispose]());
    const client = await openNettk('connect', listener.endpoints[0] as string);
    expect(await client.ended).toBe(0);
    while (!listener.stderr().includes('disconnected'))
      await once(listener.child.stderr as NodeJS.EventEmitter, 'data');
    expect(listener.stderr()).toMatch(/disconnected from tcp:\S+: no data for 0.2 s\n/);
    const second = await openNettk('connect', listener.endpoints[0] as string);
    second.child.stdin?.end('still here');
    while (!listener.stdout().includes('still here')) await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
    await second.ended;
    expect((await listener.stop()).code).toBe(0);
  });

  test('0 with -k after the first signal, when its clients have finished', async () => {
    const listener = await startNettk(['listen', '-k', '127.0.0.1:0']);
    onTestFinished(() => listener[Symbol.asyncDispose]());
    const over = once(listener.child, 'close');
    const client = await openNettk('connect', listener.endpoints[0] as string);
    client.child.stdin?.write('one\n');
    while (!listener.stdout().includes('one')) await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
    listener.child.kill('SIGINT');
    expect(await client.ended).toBe(0);
    expect((await over)[0]).toBe(0);
  });

  test('nothing of a client’s: a signal cuts off nothing that was sent before', async () => {
    const said = Promise.withResolvers<string>();
    const address = await tcpServer((socket) => {
      allOf(socket).then(said.resolve);
      socket.write('hi');
    });
    const client = await openNettk('connect', address);
    client.child.stdin?.write('before the signal');
    await heard(client, 'hi');
    client.child.kill('SIGTERM');
    expect(await said.promise).toBe('before the signal');
  });
});
