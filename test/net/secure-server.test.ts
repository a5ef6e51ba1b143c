/** TLS as a server: slow and broken handshakes, certificates, what clients must show. */

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { Conn } from '../../src/net/conn.ts';
import { dial } from '../../src/net/dial.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { type Listener, type ListenOptions, listenStream } from '../../src/net/listen.ts';
import { openSecurer } from '../../src/net/secure-server.ts';
import { CertificateWorkshop, type Leaf } from '../support/certificate-workshop.ts';
import { needs } from '../support/needs.ts';
import { closed, readToEnd, until } from '../support/sockets.ts';

let listener: Listener;
let refused: string[];
let conns: Conn[];
afterEach(async () => {
  for (const conn of conns ?? []) conn.destroy();
  await listener?.close();
});

/** A listener whose connections say `hello` and end. */
async function listen(options: ListenOptions = {}, where = 'tls://127.0.0.1:0'): Promise<number> {
  refused = [];
  conns = [];
  const handlers = {
    onConn: (conn: Conn) => {
      conns.push(conn);
      conn.on('error', () => {}).end('hello');
      conn.resume();
    },
    onDrop: (peer: string) => refused.push(`dropped ${peer}`),
    onRefused: (_peer: string, reason: string) => refused.push(reason),
    onError: (error: Error) => refused.push(error.message),
  };
  listener = await listenStream(parseEndpoint(where), handlers, options);
  return listener.endpoint.port;
}

async function connectRaw(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function greeting(options: Parameters<typeof dial>[1] = {}): Promise<string> {
  const pins = [listener.certificate?.fingerprint ?? ''];
  const conn = await dial(listener.endpoint, { ...options, tls: { pins, ...options.tls } });
  conn.on('error', () => {});
  const text = (await readToEnd(conn)).toString();
  conn.end();
  return text;
}

const openFiles = (): number => readdirSync('/proc/self/fd').length;

describe('clients in the middle of a handshake', () => {
  it('delay nobody, 500 of them', async () => {
    const port = await listen({ handshakeTimeoutMs: 600_000 });
    const silent = await Promise.all(Array.from({ length: 500 }, () => connectRaw(port)));
    expect(await greeting()).toBe('hello');
    expect(refused).toEqual([]);
    for (const socket of silent) socket.destroy();
  });

  it('are let go at the deadline, 500 of them', async () => {
    const port = await listen({ handshakeTimeoutMs: 300 });
    const silent = await Promise.all(Array.from({ length: 500 }, () => connectRaw(port)));
    await Promise.all(silent.map((socket) => closed(socket.resume().on('end', () => socket.end()))));
    expect(refused).toHaveLength(500);
    expect(new Set(refused)).toEqual(new Set(['TLS handshake: not finished within 0.3 s']));
  });

  it('are gone when they hang up, though nobody said a word', async () => {
    const port = await listen({ handshakeTimeoutMs: 600_000 });
    for (const said of ['', '\x16\x03\x01\x02\x00\x01']) (await connectRaw(port)).end(said).resume();
    await until(() => refused.length === 2);
    expect(new Set(refused).size).toBe(1);
    expect(refused[0]).toContain('the client left');
  });

  it('are ended without a word when the listener closes', async () => {
    const port = await listen();
    const socket = await connectRaw(port);
    socket.write('\x16');
    const over = closed(socket.resume().on('end', () => socket.end()));
    await listener.close();
    await over;
    expect(refused).toEqual([]);
  });

  it('leave no file open, 1,000 of them refused in five ways', async () => {
    const port = await listen({ handshakeTimeoutMs: 300 });
    const before = openFiles();
    const words = [
      '',
      'hello there\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      '\x16\x03\x01\x00\x05hello',
      '\x80\x2e\x01\x00\x02',
    ];
    for (let round = 0; round < 40; round += 1) {
      const said = words.flatMap((word) => Array.from({ length: 5 }, () => word));
      const sockets = await Promise.all(said.map(async (word) => (await connectRaw(port)).end(word).resume()));
      await Promise.all(sockets.map(closed));
    }
    await until(() => refused.length === 1_000);
    await until(() => openFiles() <= before);
    expect(conns).toEqual([]);
    expect(await greeting()).toBe('hello');
  });
});

describe('a refused handshake', () => {
  const CASES: readonly [string, string | ConnectionOptions, RegExp][] = [
    ['plain HTTP', 'GET / HTTP/1.1\r\n\r\n', /speaks plain HTTP/],
    ['another protocol', 'EHLO me.example, how are you?\r\n', /does not speak TLS/],
    ['an old version', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' }, /no TLS version/],
    ['an old cipher', { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }, /no cipher in common/],
    ['an unknown protocol above', { ALPNProtocols: ['x'] }, /no application protocol in common/],
  ];
  it.each(CASES)('is told in words: %s', async (_kind, client, words) => {
    const port = await listen({ tls: { alpn: ['y'] } });
    if (typeof client === 'string') (await connectRaw(port)).end(client).resume();
    else connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...client }).on('error', () => {});
    await until(() => refused.length === 1);
    expect(refused[0]).toMatch(words);
  });
});

describe('a throw-away certificate', () => {
  it('is the same for all endpoints of an address, and known by its fingerprint', async () => {
    await listen();
    const first = listener.certificate;
    await listener.close();
    await listen();
    expect(listener.certificate).toEqual(first);
    expect(first).toEqual({ fingerprint: expect.stringMatching(/^sha256:[\da-f]{64}$/), isThrowaway: true });
    expect(await greeting()).toBe('hello');
  });

  it.each(['0.0.0.0', '::', 'localhost', '::1%lo', 'fe80::1%eth0', ''])('can be made for %j', async (host) => {
    expect((await openSecurer({}, host)).certificate.isThrowaway).toBe(true);
  });

  it('covers a listener of IPv6 and of a Unix socket', async () => {
    await listen({}, 'tls://[::1]:0');
    expect(await greeting()).toBe('hello');
    await listener.close();
    await listen({ tls: {} }, `unix:@nettk-tls-${process.pid}`);
    expect(await greeting()).toBe('hello');
  });
});

describe('the limit on connections', () => {
  it('does not count handshakes, and holds for what comes after them', async () => {
    const port = await listen({ maxConnections: 1 });
    const silent = [await connectRaw(port), await connectRaw(port)];
    const options = { tls: { pins: [listener.certificate?.fingerprint ?? ''] } };
    const first = await dial(listener.endpoint, options);
    await until(() => conns.length === 1);
    const second = await dial(listener.endpoint, options);
    await closed(second.resume().on('end', () => second.end()));
    expect(refused).toEqual([expect.stringMatching(/^dropped tls:\/\/127\.0\.0\.1:\d+$/)]);
    for (const socket of [...silent, first]) socket.destroy();
  });
});

describe('certificates of files', () => {
  let workshop: CertificateWorkshop | undefined;
  let root: Leaf;
  beforeAll(() => {
    try {
      const made = new CertificateWorkshop();
      root = made.authority('root');
      workshop = made;
    } catch {
      // Each test then says that it needs openssl.
    }
  });
  afterAll(() => workshop?.remove());
  const NAMES = 'subjectAltName=DNS:localhost,IP:127.0.0.1';

  function made(context: TestContext): CertificateWorkshop {
    needs(context, 'openssl');
    if (!workshop) throw new Error('openssl is there, but made no certificates');
    return workshop;
  }

  it('of a server are shown, and verify', async (context) => {
    const good = made(context).leaf('good', { by: 'root', extensions: [NAMES] });
    await listen({ tls: { identity: good } });
    expect(listener.certificate?.isThrowaway).toBe(false);
    expect(await greeting({ tls: { pins: undefined, ca: root.cert } })).toBe('hello');
  });

  it('are refused where key and certificate are not a pair, not there or not readable', async (context) => {
    const [one, other] = [made(context).leaf('one'), made(context).leaf('other')];
    const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n';
    const cut = one.key.replace(/.{20}\n-----END/s, '\n-----END');
    const wrong: [string, string, RegExp][] = [
      [one.cert, other.key, /private key: not the key of the certificate/],
      [one.cert, encrypted, /the key is encrypted/],
      [one.cert, one.cert, /no PEM private key in it/],
      [one.cert, cut, /cannot be read/],
      [one.key, one.key, /a private key, not a certificate/],
      ['nothing', one.key, /no PEM certificate in it/],
      [one.cert.replace(/\n[^-].{20}/, '\n'), one.key, /a certificate in it cannot be read/],
    ];
    for (const [cert, key, words] of wrong) {
      const error: Error = await openSecurer({ identity: { cert, key } }, '127.0.0.1').catch((fault) => fault);
      expect.soft(error.message).toMatch(words);
      expect.soft(error).toMatchObject({ code: 'USAGE', exit: 2 });
    }
  });

  it('of a server are refused where no client could take them', async (context) => {
    const weak = made(context).leaf('weak', { rsaBits: 1024 });
    await expect(openSecurer({ identity: weak }, '')).rejects.toMatchObject({ code: 'USAGE', exit: 2 });
    await expect(openSecurer({ ciphers: 'ROT13' }, '')).rejects.toMatchObject({ code: 'USAGE', exit: 2 });
  });

  it('of clients are demanded, and judged, where an authority is given', async (context) => {
    const workshop = made(context);
    const client = workshop.leaf('client', { by: 'root', extensions: ['extendedKeyUsage=clientAuth'] });
    const forServers = workshop.leaf('for-servers', { by: 'root', extensions: ['extendedKeyUsage=serverAuth'] });
    const stranger = workshop.leaf('stranger');
    const old = workshop.leaf('old', { by: 'root', dates: ['20200101000000Z', '20200201000000Z'] });
    await listen({ tls: { ca: root.cert } });
    expect(await greeting({ tls: { identity: client } })).toBe('hello');
    const told: unknown[] = [];
    for (const identity of [undefined, stranger, forServers, old]) {
      told.push(await greeting({ tls: { identity } }).catch((error) => error.message));
    }
    const reset = expect.stringMatching(/ECONNRESET|closed during the handshake/);
    expect(told).toEqual([expect.stringContaining('wants a certificate of ours'), reset, reset, reset]);
    await until(() => refused.length === 4);
    expect(refused).toEqual([
      expect.stringContaining('the client showed no certificate'),
      expect.stringContaining("the client's certificate is self-signed"),
      expect.stringContaining("the client's certificate is not meant for clients"),
      expect.stringContaining("the client's certificate has expired"),
    ]);
    expect(conns).toHaveLength(1);
  });

  it('of clients are demanded where they are pinned, self-signed or not', async (context) => {
    const [known, unknown] = [made(context).leaf('known'), made(context).leaf('unknown')];
    const { certificate } = await openSecurer({ identity: known }, '');
    await listen({ tls: { pins: [certificate.fingerprint] } });
    expect(await greeting({ tls: { identity: known } })).toBe('hello');
    for (const identity of [undefined, unknown]) await expect(greeting({ tls: { identity } })).rejects.toThrow();
    await until(() => refused.length === 2);
    expect(refused).toEqual([
      expect.stringContaining('the client showed no certificate'),
      expect.stringContaining('not pinned'),
    ]);
    expect(conns).toHaveLength(1);
  });
});
