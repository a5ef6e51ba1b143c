/** What TLS says of itself. */

import { duplexPair } from 'node:stream';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import type { Conn } from '../../src/net/conn.ts';
import { dial } from '../../src/net/dial.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { type Listener, type ListenOptions, listenStream } from '../../src/net/listen.ts';
import type { TlsClientOptions } from '../../src/net/secure.ts';
import { describeTls, tlsLines } from '../../src/net/tls-report.ts';
import { CertificateWorkshop, type Leaf } from '../support/certificate-workshop.ts';
import { needs } from '../support/needs.ts';

let listener: Listener | undefined;
let ends: Conn[] = [];
let workshop: CertificateWorkshop | undefined;
afterEach(async () => {
  for (const end of ends) end.on('error', () => {}).destroy();
  await listener?.close();
  workshop?.remove();
  workshop = undefined;
});

/** Both ends of a connection: ours as a client and ours as a server. */
async function connected(options: ListenOptions, tls: TlsClientOptions, where = 'tls://127.0.0.1:0') {
  const accepted = Promise.withResolvers<Conn>();
  const { resolve: onConn, reject: onRefused } = accepted;
  const handlers = { onConn, onDrop: onRefused, onError: onRefused, onRefused };
  listener = await listenStream(parseEndpoint(where), handlers, options);
  const pinned = listener.certificate?.fingerprint ?? '';
  const near = await dial(listener.endpoint, { tls: { pins: tls.ca || tls.insecure ? undefined : [pinned], ...tls } });
  ends = [near, await accepted.promise];
  return { near, far: ends[1] as Conn, fingerprint: pinned };
}

function files(context: TestContext): { root: Leaf; server: Leaf; client: Leaf } {
  needs(context, 'openssl');
  workshop = new CertificateWorkshop();
  const root = workshop.authority('root');
  const server = workshop.leaf('server', {
    by: 'root',
    subject: '/O=Example \u001b[31m/CN=server',
    extensions: ['subjectAltName=DNS:localhost,IP:127.0.0.1'],
  });
  return { root, server, client: workshop.leaf('client', { by: 'root', subject: '/CN=client' }) };
}

describe('describeTls', () => {
  it('tells protocol, cipher, protocols above, names, certificate and why it is trusted', async (context) => {
    const { root, server, client } = files(context);
    const { near, far, fingerprint } = await connected(
      { tls: { identity: server, ca: root.cert, alpn: ['chat'] } },
      { ca: root.cert, identity: client, name: 'localhost', alpn: ['chat', 'other'] },
    );
    const report = describeTls(near);
    expect(report).toMatchObject({
      protocol: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      alpn: 'chat',
      sni: 'localhost',
      trust: 'verified',
      certificate: { issuer: 'CN=root', names: 'DNS:localhost, IP Address:127.0.0.1', fingerprint },
    });
    expect(report?.certificate?.subject).toMatch(/^O=Example .+, CN=server$/);
    expect(report?.certificate?.validTo.getTime()).toBeGreaterThan(Date.now());
    expect(describeTls(far)).toMatchObject({
      sni: 'localhost',
      trust: 'verified',
      certificate: { subject: 'CN=client' },
    });
  });

  it('tells whether it is pinned, and what --insecure let pass', async () => {
    expect(describeTls((await connected({}, {})).near)?.trust).toBe('pinned');
    await listener?.close();
    const { near, far } = await connected({}, { insecure: true });
    expect(describeTls(near)?.trust).toMatch(/^not verified: its certificate is self-signed/);
    expect(describeTls(far)).toMatchObject({ trust: 'not verified', certificate: undefined, sni: '' });
  });

  it('sees the TLS under a WebSocket, and none where there is none', async () => {
    const { near } = await connected({}, {}, 'wss://127.0.0.1:0/');
    expect(describeTls(near)?.protocol).toBe('TLSv1.3');
    expect(describeTls(duplexPair()[0])).toBeUndefined();
  });

  it('gives lines for a person, free of what moves a cursor', async (context) => {
    const { root, server } = files(context);
    const { near } = await connected({ tls: { identity: server } }, { ca: root.cert, name: 'localhost' });
    const report = describeTls(near);
    const lines = report ? tlsLines(report) : [];
    expect(lines[0]).toBe('TLSv1.3 with TLS_AES_256_GCM_SHA384, verified');
    expect(lines.at(-1)).toMatch(/^certificate sha256:[\da-f]{64}$/);
    expect(lines).toContain('issuer: CN=root');
    for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]+$/);
  });
});
