/** TLS as people type it: servers, connect and listen, and what they tell. */

import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { CertificateWorkshop, type Leaf } from '../support/certificate-workshop.ts';
import { needs } from '../support/needs.ts';
import { NETTK, runNettk, startNettk } from '../support/nettk.ts';
import { startPeer } from '../support/peers.ts';

const pinIn = (text: string): string => /sha256:[\da-f]{64}/.exec(text)?.[0] ?? '';

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

function certificates(context: TestContext) {
  needs(context, 'openssl');
  if (!made) throw new Error('openssl is there, but made no certificates');
  return made;
}

describe('a server with --tls', () => {
  it('tells its throw-away fingerprint before its ready line, and clients that pin it talk', async () => {
    await using server = await startNettk(['echo-server', '--tls', '--port', '0']);
    expect(server.stderr()).toMatch(
      /^nettk: echo: throw-away certificate, for clients: --pin sha256:[\da-f]{64}\nnettk: echo listening on tls:\/\/127\.0\.0\.1:\d+\n$/,
    );
    const [where = ''] = server.endpoints;
    const pinned = await runNettk(['echo', where, '--pin', pinIn(server.stderr())], { stdin: 'hello\n' });
    expect(pinned).toMatchObject({ code: 0, stderr: '', stdout: Buffer.from('hello\n') });
    const refused = await runNettk(['echo', where], { stdin: 'hello\n' });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toHaveLength(0);
    expect(refused.stderr).toContain('self-signed');
    expect(pinIn(refused.stderr)).toBe(pinIn(server.stderr()));
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const stillRefused = await runNettk(['echo', where], { stdin: 'hello\n', env });
    expect(stillRefused).toMatchObject({ code: 1, stderr: refused.stderr });
    expect((await server.stop()).code).toBe(0);
  });

  it('tells it in its JSON events, one certificate for all, and serves no UDP besides', async () => {
    await using server = await startPeer(NETTK, ['serve', 'echo', 'daytime', '--tls', '--port', '0', '--json']);
    const isReady = (stdout: Buffer): boolean => stdout.toString().split('\n').length > 2;
    const lines = (await server.until(isReady)).toString().trim().split('\n');
    const events = lines.map((line) => JSON.parse(line));
    expect(events).toEqual(
      ['echo', 'daytime'].map((service) => ({
        event: 'listening',
        service,
        endpoint: expect.stringMatching(/^tls:/),
        fingerprint256: expect.stringMatching(/^sha256:/),
      })),
    );
    expect(events[0].fingerprint256).toBe(events[1].fingerprint256);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  it('shows a certificate of files, and wants one where --ca says so', async (context) => {
    const { root, server: own, client } = certificates(context);
    const shown = ['--cert', own.certFile, '--key', own.keyFile, '--ca', root.certFile];
    await using server = await startNettk(['echo-server', '--tls', '--port', '0', ...shown]);
    const [where = ''] = server.endpoints;
    const talk = (...more: string[]) => runNettk(['echo', where, '--ca', root.certFile, ...more], { stdin: 'hi\n' });
    const known = await talk('--cert', client.certFile, '--key', client.keyFile);
    expect(known).toMatchObject({ code: 0, stderr: '', stdout: Buffer.from('hi\n') });
    const unknown = await talk();
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/wants a certificate of ours|connection reset/);
    expect(server.stderr()).toContain('TLS handshake: the client showed no certificate');
    expect(server.stderr()).not.toContain('throw-away');
  });

  it.each([
    [['--cert', '/nowhere'], /--cert: nothing here is TLS; try --tls/],
    [['--tls', '--cert', '/nowhere', '--key', '/nowhere'], /read \/nowhere: no such file/],
    [['--tls', '--min-tls', '1.1'], /--min-tls "1\.1": broken/],
  ])('refuses %j', async (args, words) => {
    const { code, stderr } = await runNettk(['echo-server', '--port', '0', ...args]);
    expect(stderr).toMatch(words);
    expect(code).toBe(2);
  });
});

describe('connect and listen', () => {
  it('talk TLS with each other, and tell with -v what it settled', async () => {
    await using server = await startNettk(['listen', '--tls', '-v']);
    const pin = pinIn(server.stderr());
    const [where = ''] = server.endpoints;
    server.child.stdin?.end('from the server\n');
    const client = await runNettk(['connect', where, '--pin', pin, '-v'], { stdin: 'from the client\n' });
    expect(client.stdout.toString()).toBe('from the server\n');
    expect(client.stderr).toContain(`connected to ${where}`);
    expect(client.stderr).toMatch(/^nettk: TLSv1\.3 with TLS_AES_256_GCM_SHA384, pinned$/m);
    expect(client.stderr).toContain(`certificate ${pin}`);
    const { code, stdout } = await server.stop('SIGCONT');
    expect(stdout.toString()).toBe('from the client\n');
    expect(code).toBe(0);
  });

  it('lay TLS over a Unix socket', async (context) => {
    const { workshop } = certificates(context);
    const path = `${workshop.directory}/it.sock`;
    await using server = await startNettk(['listen', '-U', path, '--tls']);
    server.child.stdin?.end('hello\n');
    const pin = pinIn(server.stderr());
    const client = await runNettk(['connect', `unix:${path}`, '--tls', '--pin', pin]);
    expect(client).toMatchObject({ code: 0, stderr: '', stdout: Buffer.from('hello\n') });
  });

  it('end with 1 and both fingerprints in sight where the pin is another', async () => {
    await using server = await startNettk(['listen', '-k', '--tls']);
    const other = `sha256:${'ab'.repeat(32)}`;
    const { code, stderr } = await runNettk(['connect', server.endpoints[0] ?? '', '--pin', other]);
    expect(code).toBe(1);
    expect(pinIn(stderr)).toBe(pinIn(server.stderr()));
  });
});
