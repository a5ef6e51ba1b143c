/** TLS as a client: whom it takes, whom it refuses and in which words. */

import { once } from 'node:events';
import { type AddressInfo, createServer as createPlainServer } from 'node:net';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { NettkError } from '../../src/errors.ts';
import type { Conn } from '../../src/net/conn.ts';
import { dial } from '../../src/net/dial.ts';
import type { TlsClientOptions } from '../../src/net/secure.ts';
import { type BadCertificates, makeBadCertificates } from '../support/bad-certificates.ts';
import { needs } from '../support/needs.ts';
import { readToEnd } from '../support/sockets.ts';

let certificates: BadCertificates | undefined;
beforeAll(() => {
  try {
    certificates = makeBadCertificates();
  } catch {
    // Each test then says that it needs openssl.
  }
}, 60_000);
afterAll(() => certificates?.workshop.remove());

function made(context: TestContext): BadCertificates {
  needs(context, 'openssl');
  if (!certificates) throw new Error('openssl is there, but made no certificates');
  return certificates;
}

let server: Server | undefined;
afterEach(() => {
  server?.close();
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
});

/** A server of Node's own that greets and ends. */
async function serveWith(options: TlsOptions, greeting = 'hello'): Promise<string> {
  // Weak certificates are for clients to refuse.
  server = createServer({ ciphers: 'DEFAULT@SECLEVEL=0', ...options }, (socket) => {
    socket.on('error', () => {}).end(greeting);
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `tls://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function greetingOf(where: string, tls: TlsClientOptions): Promise<string> {
  const conn: Conn = await dial(where, { tls });
  const text = (await readToEnd(conn)).toString();
  conn.end();
  return text;
}

async function refusalOf(where: string, tls: TlsClientOptions): Promise<NettkError> {
  return greetingOf(where, tls).then(
    (text) => {
      throw new Error(`taken: ${text}`);
    },
    (error: NettkError) => error,
  );
}

describe('the certificate of a server', () => {
  it('is taken where its authority is trusted and it has the name', async (context) => {
    const { ca, good } = made(context);
    const where = await serveWith(good);
    expect(await greetingOf(where, { ca })).toBe('hello');
    expect(await greetingOf(where, { ca, name: 'here.example' })).toBe('hello');
  });

  it('is refused for fifteen reasons, each in words of its own, with how to pin it', async (context) => {
    const { ca, bad } = made(context);
    const reasons = new Set<string>();
    for (const { kind, leaf, name, says } of bad) {
      const where = await serveWith(leaf);
      const error = await refusalOf(where, { ca, name });
      expect.soft(error.message, kind).toMatch(says);
      expect.soft(error, kind).toMatchObject({ code: 'UNVERIFIED', exit: 1 });
      expect.soft(error.hint, kind).toMatch(/^--pin sha256:[\da-f]{64} where .+ --ca FILE .+ --insecure/);
      reasons.add(error.message.replace(/^TLS with \S+: /, ''));
      server?.close();
    }
    expect(reasons.size).toBe(bad.length);
    expect(bad.length).toBeGreaterThanOrEqual(12);
  });

  it('is refused whatever NODE_TLS_REJECT_UNAUTHORIZED says', async (context) => {
    const { ca, bad } = made(context);
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    for (const { kind, leaf, name, says } of bad) {
      const where = await serveWith(leaf);
      expect.soft((await refusalOf(where, { ca, name })).message, kind).toMatch(says);
      server?.close();
    }
  });

  it('is taken, however bad, where it is pinned or everything is', async (context) => {
    const { bad } = made(context);
    for (const { kind, leaf, name } of bad) {
      const where = await serveWith(leaf);
      const refused = await refusalOf(where, { name });
      const pin = /sha256:[\da-f]{64}/.exec(refused.hint ?? '')?.[0] ?? '';
      const others = `sha256:${'00'.repeat(32)}`;
      expect.soft(await greetingOf(where, { name, pins: [others, pin] }), kind).toBe('hello');
      expect.soft(await greetingOf(where, { name, insecure: true }), kind).toBe('hello');
      server?.close();
    }
  });

  it('is refused with its fingerprint where another one is pinned, though its authority is trusted', async (context) => {
    const { ca, good } = made(context);
    const error = await refusalOf(await serveWith(good), { ca, pins: ['ab'.repeat(32)] });
    expect(error.message).toMatch(/its certificate is sha256:[\da-f]{64}, which is not pinned/);
    expect(error.code).toBe('UNVERIFIED');
  });

  it('shows names without what could move a cursor', async (context) => {
    const { workshop, ca } = made(context);
    const leaf = workshop.leaf('evil', { by: 'root', subject: '/CN=\u001b]0;evil\u0007', extensions: [] });
    const error = await refusalOf(await serveWith(leaf), { ca, name: 'here.example' });
    expect(error.message).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe('a client', () => {
  it('asks for the name given instead of the host, and offers its protocols', async (context) => {
    const { ca, good } = made(context);
    const seen = Promise.withResolvers<unknown>();
    const where = await serveWith({ ...good, ALPNProtocols: ['b', 'a'] });
    server?.on('secureConnection', (socket) => seen.resolve([socket.servername, socket.alpnProtocol]));
    await greetingOf(where, { ca, name: 'here.example', alpn: ['a', 'b'] });
    expect(await seen.promise).toEqual(['here.example', 'b']);
  });

  it('says that no protocol, version or cipher is in common', async (context) => {
    const { ca, good } = made(context);
    const alpn = await refusalOf(await serveWith({ ...good, ALPNProtocols: ['b'] }), { ca, alpn: ['a'] });
    expect(alpn.message).toContain('none of the application protocols');
    server?.close();
    const version = await refusalOf(await serveWith({ ...good, maxVersion: 'TLSv1.2' }), { ca, minVersion: '1.3' });
    expect(version.message).toContain('no TLS version in common');
    server?.close();
    const cipher = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } as const;
    const where = await serveWith({ ...good, ...cipher });
    const other = await refusalOf(where, { ca, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
    expect(other.message).toContain('no cipher in common');
  });

  it('does not speak versions before 1.2', async (context) => {
    const { ca, good } = made(context);
    const where = await serveWith({ ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
    expect((await refusalOf(where, { ca })).message).toContain('no TLS version in common');
  });

  it('refuses ciphers that are none', async (context) => {
    const { ca, good } = made(context);
    const error = await refusalOf(await serveWith(good), { ca, ciphers: 'ROT13' });
    expect(error).toMatchObject({ code: 'USAGE', exit: 2 });
  });

  it('shows its certificate where it has one, and is told where the server wants one', async (context) => {
    const { ca, good } = made(context);
    const where = await serveWith({ ...good, ca, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' });
    expect((await refusalOf(where, { ca })).message).toMatch(/the server wants|no cipher in common|closed during/);
    expect(await greetingOf(where, { ca, identity: good })).toBe('hello');
  });

  /** A server that takes connections and says this, or nothing. */
  async function mute(says = ''): Promise<{ where: string; hungUp: Promise<unknown> }> {
    const hungUp = Promise.withResolvers<void>();
    const plain = createPlainServer((socket) => {
      socket.on('error', () => {}).on('close', () => hungUp.resolve());
      socket.resume().write(says);
    });
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    server = plain as Server;
    return { where: `tls://127.0.0.1:${(plain.address() as AddressInfo).port}`, hungUp: hungUp.promise };
  }

  it('waits for a handshake no longer than for the connection, and hangs up then', async () => {
    const { where, hungUp } = await mute();
    const all = await dial(where, { connectTimeoutMs: 100 }).catch((error: NettkError) => error);
    expect(all).toMatchObject({ code: 'TIMEOUT', message: `connect ${where}: timed out after 0.1 s` });
    await hungUp;
  });

  it('has a deadline for the handshake alone, too', async () => {
    const { where, hungUp } = await mute();
    expect(await refusalOf(where, { handshakeTimeoutMs: 50 })).toMatchObject({
      code: 'TIMEOUT',
      message: 'TLS with 127.0.0.1: handshake not finished within 0.05 s',
    });
    await hungUp;
  });

  it('gives up in the middle of a handshake when its signal aborts', async () => {
    const { where, hungUp } = await mute();
    const stop = new AbortController();
    const dialling = dial(where, { signal: stop.signal });
    server?.on('connection', () => stop.abort(new Error('enough')));
    await expect(dialling).rejects.toThrow('enough');
    await hungUp;
  });

  it.each([
    ['SSH-2.0-OpenSSH_9.2p1 Debian\r\n', /does not speak TLS/],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', /does not speak TLS/],
  ])('says that a port that greets with %j does not speak TLS', async (greeting, words) => {
    const { where } = await mute(greeting);
    expect((await refusalOf(where, {})).message).toMatch(words);
  });
});
