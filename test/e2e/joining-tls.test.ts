/** A name server that is spoken to over TLS, by those who know each other's certificates, and with tokens. */

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, type TestContext } from 'vitest';
import { CertificateWorkshop, type Leaf } from '../support/certificate-workshop.ts';
import { needs } from '../support/needs.ts';
import { type Running, runNettk, startNettk } from '../support/nettk.ts';

let made: { workshop: CertificateWorkshop; root: Leaf; server: Leaf; client: Leaf } | undefined;
beforeAll(() => {
  try {
    const workshop = new CertificateWorkshop();
    const root = workshop.authority('root');
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
    const server = workshop.leaf('server', { by: 'root', extensions: [names] });
    made = { workshop, root, server, client: workshop.leaf('client', { by: 'root' }) };
  } catch {
    // Each test then says that it needs openssl.
  }
});
afterAll(() => made?.workshop.remove());

const running: Running[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop('SIGKILL');
});

function certificates(context: TestContext) {
  needs(context, 'openssl');
  if (!made) throw new Error('openssl is there, but made no certificates');
  return made;
}

async function start(...words: string[]): Promise<Running> {
  const server = await startNettk(words);
  running.push(server);
  return server;
}

async function says(server: Running, words: string): Promise<void> {
  while (!server.stderr().includes(words)) await delay(10);
}

const pinOf = (server: Running): string => /--pin (sha256:\S+)/.exec(server.stderr())?.[1] ?? '';

it('is asked, joined and gone through with certificates of both sides, and by nobody without', async (context) => {
  const { root, server, client } = certificates(context);
  const shown = ['--cert', server.certFile, '--key', server.keyFile, '--ca', root.certFile];
  const names = await start('name-server', '--tls', '--port', '0', ...shown);
  const [where = ''] = names.endpoints;
  expect(where).toMatch(/^tls:/);
  const trust = ['--ca', root.certFile, '--cert', client.certFile, '--key', client.keyFile];
  const join = trust.map((word) => word.replace(/^--/, '--register-'));
  const echo = await start('echo-server', '--port', '0', '--register', where, ...join);
  await says(echo, `echo registered with ${where} as 127.0.0.1:${echo.ports[0]}\n`);
  const found = await runNettk(['name', 'lookup', 'echo', '--server', where, ...trust]);
  expect([found.code, found.stdout.toString()]).toEqual([0, `127.0.0.1:${echo.ports[0]}\n`]);
  const said = await runNettk(['echo', '--via', where, ...trust], { stdin: 'hi\n' });
  expect([said.code, said.stdout.toString(), said.stderr]).toEqual([0, 'hi\n', '']);

  const without = await start('echo-server', '--port', '0', '--register', where, '--register-ca', root.certFile);
  await says(without, 'echo not registered: ');
  const asked = await runNettk(['name', 'lookup', 'echo', '--server', where, '--ca', root.certFile]);
  expect([asked.code, asked.stdout.toString()]).toEqual([1, '']);
  const untrusted = await runNettk(['echo', '--via', where], { stdin: 'hi\n' });
  expect([untrusted.code, untrusted.stdout.toString()]).toEqual([1, '']);
  expect((await echo.stop()).code).toBe(0);
  const gone = await runNettk(['name', 'lookup', 'echo', '--server', where, ...trust]);
  expect(gone.stderr).toBe('nettk: echo: not registered\n');
});

it('is known by its pin, and another one is not told the token', async () => {
  const names = await start('name-server', '--tls', '--port', '0', '--token', 'sesame', '--admin-token', 'root');
  const other = await start('echo-server', '--tls', '--port', '0');
  const [where = ''] = names.endpoints;
  const register = ['echo-server', '--port', '0', '--register', where, '--register-token', 'sesame'];
  const wrong = await start(...register, '--register-pin', pinOf(other));
  await says(wrong, 'echo not registered: TLS with 127.0.0.1: ');
  const right = await start(...register, '--register-pin', pinOf(names));
  await says(right, `echo registered with ${where}`);
  const name = (...words: string[]) =>
    runNettk(['name', ...words, '--server', where, '--pin', pinOf(names)]).then(({ code, stderr }) => [code, stderr]);
  expect(await name('drop', 'echo')).toEqual([1, expect.stringContaining('needs the token')]);
  expect(await name('renew', 'echo', 'down', '--token', 'root')).toEqual([0, '']);
  expect(await name('lookup', 'echo')).toEqual([1, expect.stringContaining('echo: it is down')]);
});

it('and the service behind it may each have a pin of their own', async () => {
  const names = await start('name-server', '--tls', '--port', '0');
  const [where = ''] = names.endpoints;
  const echo = await start('echo-server', '--tls', '--port', '0', '--register', where, '--register-pin', pinOf(names));
  await says(echo, 'echo registered with');
  const ask = (...pins: string[]) =>
    runNettk(['echo', '--via', where, ...pins.flatMap((pin) => ['--pin', pin])], { stdin: 'hi\n' });
  expect(await ask(pinOf(names), pinOf(echo))).toMatchObject({ code: 0, stdout: Buffer.from('hi\n'), stderr: '' });
  expect(await ask(pinOf(names))).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
  expect(await ask(pinOf(echo))).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
});
