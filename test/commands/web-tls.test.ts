/** https as a person meets it: each bad certificate refused in its own words, a good one taken. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { type Certificates, type KeyPair, makeCertificates } from '../support/certificates.ts';
import { needs } from '../support/needs.ts';
import { runNettk } from '../support/nettk.ts';
import { type RawServer, type Reply, rawServer } from '../support/raw-server.ts';

const PAGE = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

const BAD = [
  { kind: 'self-signed', pair: 'selfSigned', isTrusted: false, words: /certificate is self-signed/ },
  {
    kind: 'of an unknown authority',
    pair: 'good',
    isTrusted: false,
    words: /authority that issued its certificate is not/,
  },
  { kind: 'expired', pair: 'expired', isTrusted: true, words: /certificate has expired/ },
  {
    kind: 'for another host',
    pair: 'wrongHost',
    isTrusted: true,
    words: /is for names \(elsewhere\.example\), not for the address 127\.0\.0\.1/,
  },
] as const;

describe('nettk web over TLS', () => {
  let certificates: Certificates | undefined;
  let directory: string;
  let server: RawServer | undefined;
  beforeAll(() => {
    try {
      certificates = makeCertificates();
    } catch {
      // Each test then says that it needs openssl.
    }
  });
  afterAll(() => certificates?.remove());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nettk-web-'));
  });
  afterEach(async () => {
    await server?.close();
    await rm(directory, { recursive: true });
  });

  function made(context: TestContext): Certificates {
    needs(context, 'openssl');
    if (!certificates) throw new Error('openssl is there, but made no certificates');
    return certificates;
  }

  async function fetchFrom(pair: KeyPair, args: string[] = [], reply: Reply = { bytes: PAGE }, env = {}) {
    server = await rawServer(reply, { tls: pair });
    return runNettk(['web', `https://127.0.0.1:${server.port}/`, '-o', 'page', ...args], { cwd: directory, env });
  }

  it('takes a certificate of the authority that --cacert names', async (context) => {
    const { good, caFile } = made(context);
    const { code, stderr } = await fetchFrom(good, ['--cacert', caFile]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await readFile(join(directory, 'page'), 'utf8')).toBe('hello');
  });

  for (const { kind, pair, isTrusted, words } of BAD) {
    it(`refuses a certificate that is ${kind}`, async (context) => {
      const all = made(context);
      const { code, stderr } = await fetchFrom(all[pair], isTrusted ? ['--cacert', all.caFile] : []);
      expect(stderr).toMatch(words);
      expect(stderr).toMatch(/^nettk: [^\n]+; try --cacert FILE [^\n]+\n$/);
      expect(stderr).not.toMatch(/Node|use-system-ca/);
      expect(code).toBe(60);
      expect(await readdir(directory)).toEqual([]);
    });
  }

  it('verifies though the environment says not to', async (context) => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    expect((await fetchFrom(made(context).selfSigned, [], { bytes: PAGE }, env)).code).toBe(60);
  });

  it('takes any certificate with --insecure, and says so', async (context) => {
    const { code, stderr } = await fetchFrom(made(context).selfSigned, ['--insecure']);
    expect(stderr).toBe('nettk: --insecure: the certificate is not verified\n');
    expect(code).toBe(0);
  });

  it('calls a reset in mid-body a failure', async (context) => {
    const { good, caFile } = made(context);
    const reset: Reply = { bytes: 'HTTP/1.1 200 OK\r\n\r\nhalf of it', end: 'rst' };
    expect((await fetchFrom(good, ['--cacert', caFile], reset)).code).toBe(56);
    expect(await readdir(directory)).toEqual([]);
  });

  it('gives up when the handshake is not answered in time', async () => {
    server = await rawServer({ end: 'hold' }, { bare: true });
    const { code, stderr } = await runNettk(['web', `https://127.0.0.1:${server.port}/`, '--connect-timeout', '0.3']);
    expect(stderr).toMatch(/handshake not finished within 0\.\d+ s/);
    expect(code).toBe(28);
  });

  it('says that a port speaks plain HTTP', async () => {
    server = await rawServer({ bytes: PAGE }, { bare: true });
    const { code, stderr } = await runNettk(['web', `https://127.0.0.1:${server.port}/a`]);
    expect(stderr).toContain(`plain HTTP perhaps; try http://127.0.0.1:${server.port}/a`);
    expect(code).toBe(35);
  });

  it('says that a port speaks TLS', async () => {
    server = await rawServer({ bytes: '\x15\x03\x01\x00\x02\x02\x46' });
    const { code, stderr } = await runNettk(['web', `http://127.0.0.1:${server.port}/a`]);
    expect(stderr).toContain(`the port speaks TLS; try https://127.0.0.1:${server.port}/a`);
    expect(code).toBe(1);
  });

  it('refuses a redirect from https to http', async (context) => {
    const { good, caFile } = made(context);
    const away: Reply = { bytes: 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n' };
    const { code, stderr } = await fetchFrom(good, ['--cacert', caFile], away);
    expect(stderr).toContain('from https to http://127.0.0.1:1/');
    expect(code).toBe(1);
  });

  it('ends with 77 for a --cacert file that holds no certificate', async () => {
    await writeFile(join(directory, 'empty.pem'), 'nothing\n');
    const run = (file: string) => runNettk(['web', 'https://127.0.0.1:1/', '--cacert', join(directory, file)]);
    expect(await run('empty.pem')).toMatchObject({ code: 77, stderr: expect.stringContaining('no PEM certificate') });
    expect(await run('missing.pem')).toMatchObject({ code: 77, stderr: expect.stringContaining('no such file') });
  });
});
