/** What connect and listen do to bytes on their way, and where they write them. */

import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { allOf, tcpClient, tcpServer } from '../support/netcat.ts';
import { runNettk, startNettk } from '../support/nettk.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'nettk-shapes-'));

/** A server that answers once the client has ended, and what that client said. */
async function answering(answer: string | Buffer): Promise<{ address: string; got: Promise<string> }> {
  const got = Promise.withResolvers<string>();
  const address = await tcpServer((socket) => {
    allOf(socket).then((text) => {
      got.resolve(text);
      socket.end(answer);
    });
  });
  return { address, got: got.promise };
}

test('-C sends CRLF, once', async () => {
  const { address, got } = await answering('');
  await runNettk(['connect', '-C', address], { stdin: 'a\nb\r\nc' });
  expect(await got).toBe('a\r\nb\r\nc');
});

test('-t keeps telnet commands out of the output and refuses its options', async () => {
  const { address } = await answering(Buffer.from([0xff, 0xfb, 0x01, 0x6f, 0x6b, 0xff, 0xff]));
  const client = await runNettk(['connect', '-t', address], { stdin: 'x' });
  expect(client.stdout).toEqual(Buffer.from([0x6f, 0x6b, 0xff]));
});

test('-o logs both ways as they are, --hex-dump with directions, --append adds', async () => {
  const { address } = await answering('pong\n');
  const raw = join(folder(), 'raw');
  const hex = join(folder(), 'hex');
  writeFileSync(raw, 'old\n');
  const args = ['connect', address, '-o', raw, '--hex-dump', hex, '--append'];
  const client = await runNettk(args, { stdin: 'ping\n' });
  expect(client.stdout.toString()).toBe('pong\n');
  expect(readFileSync(raw, 'utf8')).toBe('old\nping\npong\n');
  expect(readFileSync(hex, 'utf8')).toMatch(/^> .*5 bytes\n> 00000000 {2}70 69 6e 67 0a .*\n< .*5 bytes\n< 00000000 /);
});

test('-vv shows the wire on standard error', async () => {
  const { address } = await answering('pong\n');
  const client = await runNettk(['connect', '-vv', address], { stdin: 'ping\n' });
  expect(client.stderr).toMatch(/^> 00000000 .*\|ping\.\|$/m);
  expect(client.stderr).toMatch(/^< 00000000 .*\|pong\.\|$/m);
});

test('a log that cannot be opened is told before anything is connected', async () => {
  const client = await runNettk(['connect', '127.0.0.1:1', '-o', '/no/such/folder/log']);
  expect(client).toMatchObject({ code: 2 });
  expect(client.stderr).toContain('/no/such/folder/log');
});

test('a log that cannot be written is exit 1', async () => {
  const { address } = await answering('pong\n');
  const client = await runNettk(['connect', address, '-o', '/dev/full'], { stdin: 'ping\n' });
  expect(client.code).toBe(1);
  expect(client.stderr).toContain('no space left on device (ENOSPC)');
});

test('listen -k shapes every client', async () => {
  const listener = await startNettk(['listen', '-k', '-C', '127.0.0.1:0']);
  onTestFinished(() => listener[Symbol.asyncDispose]());
  const clients = await Promise.all([1, 2].map(() => tcpClient(listener.ports[0] as number)));
  for (const client of clients) client.write('x');
  while (listener.stdout() !== 'xx') await once(listener.child.stdout as NodeJS.EventEmitter, 'data');
  const heard = clients.map(async (client) => String((await once(client, 'data'))[0]));
  listener.child.stdin?.write('line\n');
  expect(await Promise.all(heard)).toEqual(['line\r\n', 'line\r\n']);
  for (const client of clients) client.end();
  expect((await listener.stop()).code).toBe(0);
});

test('listen -k says why it breaks clients off whose data it cannot log', async () => {
  await using listener = await startNettk(['listen', '-k', '-o', '/dev/full', '127.0.0.1:0']);
  const client = await tcpClient(listener.ports[0] as number);
  client.on('error', () => {}).write('ping');
  while (!listener.stderr().includes('no space')) await once(listener.child.stderr as NodeJS.EventEmitter, 'data');
  expect(listener.stderr()).toContain('nettk: write /dev/full: no space left on device');
  client.destroy();
});
