/** What testssl.sh finds wrong with TLS as servers speak it by default: nothing. `npm run test:long` runs it (40 s). */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Conn } from '../../src/net/conn.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { type Listener, listenStream } from '../../src/net/listen.ts';
import { CertificateWorkshop } from '../support/certificate-workshop.ts';
import { needs } from '../support/needs.ts';
import { runProgram } from '../support/nettk.ts';

/** It makes hundreds of connections, one after the other. */
const SCAN_LIMIT_MS = 600_000;

let listener: Listener | undefined;
let workshop: CertificateWorkshop | undefined;
afterEach(async () => {
  await listener?.close();
  workshop?.remove();
});

describe.runIf(process.env['NETTK_LONG'])('testssl.sh', () => {
  it('finds no protocol and no vulnerability to complain about', { timeout: SCAN_LIMIT_MS }, async (context) => {
    needs(context, 'testssl', 'openssl');
    workshop = new CertificateWorkshop();
    const root = workshop.authority('root');
    const extensions = ['subjectAltName=DNS:localhost,IP:127.0.0.1', 'extendedKeyUsage=serverAuth'];
    const identity = workshop.leaf('server', { by: 'root', extensions });
    const onConn = (conn: Conn): void => void conn.on('error', () => {}).pipe(conn);
    const handlers = { onConn, onDrop: () => {}, onRefused: () => {}, onError: () => {} };
    listener = await listenStream(parseEndpoint('tls://127.0.0.1:0'), handlers, { tls: { identity } });
    const findings = join(workshop.directory, 'findings.json');
    const quiet = ['--quiet', '--color', '0', '--fast', '--warnings', 'batch'];
    const where = `127.0.0.1:${listener.endpoint.port}`;
    const args = [...quiet, '--add-ca', root.certFile, '--jsonfile', findings, '-p', '-U', where];
    await runProgram('testssl', args, { timeoutMs: SCAN_LIMIT_MS });
    const found = JSON.parse(readFileSync(findings, 'utf8')) as { id: string; severity: string; finding: string }[];
    expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(['TLS1_3', 'LUCKY13', 'secure_client_renego']));
    expect(found.filter(({ severity }) => ['MEDIUM', 'HIGH', 'CRITICAL'].includes(severity))).toEqual([]);
  });
});
