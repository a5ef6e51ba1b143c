/** What connect and listen say on standard error: nothing without -v but errors and ready lines. */

import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { openNettk, tcpServer } from '../../support/netcat.ts';
import { runNettk, startNettk } from '../../support/nettk.ts';

test('connect says nothing where all goes well, and with -v who it talks to and how much went each way', async () => {
  const address = await tcpServer((socket) => socket.resume().end('reply'));
  expect((await runNettk(['connect', address], { stdin: 'hi\n' })).stderr).toBe('');
  expect((await runNettk(['connect', '-v', address], { stdin: 'hi\n' })).stderr).toBe(
    `nettk: connected to tcp://${address}\nnettk: 3 bytes sent, 5 bytes received\n`,
  );
});

test('the counts are told after a failure too, without what never left', async () => {
  const address = await tcpServer((socket) => {
    socket.write('part');
    socket.once('data', () => socket.resetAndDestroy());
  });
  const client = await runNettk(['connect', '-v', address], { stdin: 'x' });
  expect(client.code).toBe(1);
  expect(client.stderr).toContain('nettk: 1 bytes sent, 4 bytes received\n');
});

test('listen says where it listens, with -v who comes and goes, and with --quiet nothing', async () => {
  const listener = await startNettk(['listen', '-v', '127.0.0.1:0']);
  onTestFinished(() => listener[Symbol.asyncDispose]());
  const over = once(listener.child, 'close');
  await runNettk(['connect', listener.endpoints[0] as string], { stdin: 'four' });
  await over;
  expect(listener.stderr().replace(/:\d+\n/g, ':PORT\n')).toBe(
    'nettk: listening on tcp://127.0.0.1:PORT\n' +
      'nettk: connected from tcp://127.0.0.1:PORT\n' +
      'nettk: 0 bytes sent, 4 bytes received\n' +
      'nettk: disconnected from tcp://127.0.0.1:PORT\n',
  );
});

test('-v says what TLS settled: version, cipher, names, validity, fingerprint', async () => {
  const listener = await startNettk(['listen', '--tls', '127.0.0.1:0']);
  onTestFinished(() => listener[Symbol.asyncDispose]());
  listener.child.stdin?.end();
  const pin = /--pin (sha256:[\da-f]{64})/.exec(listener.stderr())?.[1] as string;
  const client = await runNettk(['connect', '-v', '--pin', pin, listener.endpoints[0] as string]);
  expect(client.code).toBe(0);
  const lines = client.stderr.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'DATE').split('\n');
  expect(lines).toEqual([
    `nettk: connected to ${listener.endpoints[0]}`,
    'nettk: TLSv1.3 with TLS_AES_256_GCM_SHA384, pinned',
    'nettk: subject: CN=nettk throw-away certificate',
    'nettk: issuer: CN=nettk throw-away certificate',
    expect.stringMatching(/^nettk: names: DNS:localhost, /),
    'nettk: valid from DATE to DATE',
    `nettk: certificate ${pin}`,
    'nettk: 0 bytes sent, 0 bytes received',
    '',
  ]);
});

test('--retry says why and when it tries again, and connects when somebody listens at last', async () => {
  const { freePort } = await import('../../support/peers.ts');
  const port = await freePort();
  const client = await openNettk('connect', '--retry', '50', `127.0.0.1:${port}`);
  while (!client.stderr().includes('again in')) await once(client.child.stderr as NodeJS.EventEmitter, 'data');
  expect(client.stderr()).toMatch(/^nettk: connect tcp:\S+: connection refused \(ECONNREFUSED\); again in 0\.\d+ s\n/);
  const listener = await startNettk(['listen', `127.0.0.1:${port}`]);
  onTestFinished(() => listener[Symbol.asyncDispose]());
  listener.child.stdin?.end('at last\n');
  expect(await client.ended).toBe(0);
  expect(client.stdout().toString()).toBe('at last\n');
});

test('--retry gives up with the last failure', async () => {
  const client = await runNettk(['connect', '--retry', '1', '127.0.0.1:1']);
  expect(client.code).toBe(1);
  expect(client.stderr.match(/ECONNREFUSED/g)).toHaveLength(2);
});
