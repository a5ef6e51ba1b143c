/** TLS with the programs people have: OpenSSL's s_client and s_server, stunnel, ncat and socat, both ways. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { Conn } from '../../src/net/conn.ts';
import { dial } from '../../src/net/dial.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { type Listener, listenStream } from '../../src/net/listen.ts';
import type { TlsClientOptions } from '../../src/net/secure.ts';
import type { TlsServerOptions } from '../../src/net/secure-server.ts';
import { CertificateWorkshop, type Leaf } from '../support/certificate-workshop.ts';
import { needs } from '../support/needs.ts';
import { freePort, type Peer, startPeer } from '../support/peers.ts';
import { readBytes, readToEnd } from '../support/sockets.ts';

interface Made {
  readonly workshop: CertificateWorkshop;
  readonly root: Leaf;
  readonly server: Leaf;
  readonly client: Leaf;
}

let made: Made | undefined;
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

function certificates(context: TestContext, ...programs: string[]): Made {
  needs(context, 'openssl', ...programs);
  if (!made) throw new Error('openssl is there, but made no certificates');
  return made;
}

let listener: Listener | undefined;
let peer: Peer | undefined;
afterEach(async () => {
  await listener?.close();
  await peer?.kill();
  listener = undefined;
  peer = undefined;
});

/** A server of ours that answers the whole question, once it has ended, with its length and itself. */
async function answering(tls: TlsServerOptions): Promise<{ port: number; refused: string[] }> {
  const refused: string[] = [];
  const answer = async (conn: Conn): Promise<void> => {
    conn.on('error', () => {});
    const question = await readToEnd(conn);
    conn.end(Buffer.concat([Buffer.from(`${question.length}\n`), question]));
  };
  listener = await listenStream(
    parseEndpoint('tls://127.0.0.1:0'),
    {
      onConn: (conn) => void answer(conn).catch((error) => refused.push(String(error))),
      onDrop: () => {},
      onRefused: (_peer, reason) => refused.push(reason),
      onError: (error) => refused.push(error.message),
    },
    { tls },
  );
  return { port: listener.endpoint.port, refused };
}

/** A server of ours that sends everything back at once. */
async function echoing(tls: TlsServerOptions): Promise<{ port: number }> {
  const onConn = (conn: Conn): void => void conn.on('error', () => {}).pipe(conn);
  const handlers = { onConn, onDrop: () => {}, onRefused: () => {}, onError: () => {} };
  listener = await listenStream(parseEndpoint('tls://127.0.0.1:0'), handlers, { tls });
  return { port: listener.endpoint.port };
}

/** The same without TLS. */
async function startEcho(): Promise<number> {
  const onConn = (conn: Conn): void => void conn.on('error', () => {}).pipe(conn);
  const handlers = { onConn, onDrop: () => {}, onRefused: () => {}, onError: () => {} };
  listener = await listenStream(parseEndpoint('tcp://127.0.0.1:0'), handlers);
  return listener.endpoint.port;
}

function startStunnel(workshop: CertificateWorkshop, port: number, lines: readonly string[]): Promise<Peer> {
  const all = ['foreground = yes', 'pid =', '[it]', `accept = 127.0.0.1:${port}`, ...lines];
  const config = workshop.write(`stunnel-${port}.conf`, all.join('\n'));
  return startPeer('stunnel4', [config], { ready: [`tcp:${port}`] });
}

/** Runs a client to its end and gives what it printed. */
function runClient(
  program: string,
  args: readonly string[],
  input: string | Buffer,
  keepOpen = false,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      // Who sends its end only when it leaves is told to leave by its answer.
      if (keepOpen && Buffer.concat(chunks).includes('\n')) child.stdin.end();
    });
    child.on('error', reject).on('close', () => resolve(Buffer.concat(chunks)));
    child.stdin.on('error', () => {});
    if (keepOpen) child.stdin.write(input);
    else child.stdin.end(input);
  });
}

const QUESTION = Buffer.from(
  randomBytes(150_000)
    .toString('hex')
    .replace(/(.{60})/g, '$1\n'),
);

describe('a server of ours', () => {
  it('hears the end of socat, and socat the answer after it', async (context) => {
    const { root, server } = certificates(context, 'socat');
    const { port, refused } = await answering({ identity: server });
    const where = `OPENSSL:127.0.0.1:${port},cafile=${root.certFile},commonname=localhost`;
    const said = await runClient('socat', ['-t', '20', '-', where], QUESTION);
    expect(said.toString()).toBe(`${QUESTION.length}\n${QUESTION}`);
    expect(refused).toEqual([]);
  });

  it('hears the end of ncat --ssl, and ncat the answer after it', async (context) => {
    const { root, server } = certificates(context, 'ncat');
    const { port, refused } = await answering({ identity: server });
    const args = ['--ssl', '--ssl-verify', '--ssl-trustfile', root.certFile, 'localhost', String(port), '-4'];
    const said = await runClient('ncat', args, QUESTION);
    expect(said.toString()).toBe(`${QUESTION.length}\n${QUESTION}`);
    expect(refused).toEqual([]);
  });

  it('talks with openssl s_client over TLS 1.2 and 1.3, which verifies it', async (context) => {
    const { root, server } = certificates(context);
    const { port } = await echoing({ identity: server });
    for (const version of ['-tls1_2', '-tls1_3']) {
      const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', root.certFile, '-verify_return_error'];
      const said = await runClient('openssl', [...args, '-quiet', '-no_ign_eof', version], 'hello\n', true);
      expect.soft(said.toString(), version).toBe('hello\n');
    }
  });

  it('talks with stunnel as a client, which verifies it', async (context) => {
    const { workshop, root, server } = certificates(context, 'stunnel4');
    const { port } = await echoing({ identity: server });
    const entrance = await freePort();
    peer = await startStunnel(workshop, entrance, [
      'client = yes',
      `connect = 127.0.0.1:${port}`,
      `CAfile = ${root.certFile}`,
      'verifyChain = yes',
      'checkIP = 127.0.0.1',
    ]);
    const conn = await dial(`tcp://127.0.0.1:${entrance}`);
    conn.write(QUESTION);
    expect((await readBytes(conn, QUESTION.length)).equals(QUESTION)).toBe(true);
    conn.destroy();
  });

  it('takes clients with a certificate of its authority only: openssl, socat, ncat', async (context) => {
    const { root, server, client } = certificates(context, 'socat', 'ncat');
    const { port, refused } = await answering({ identity: server, ca: root.cert });
    const own = { cert: client.certFile, key: client.keyFile };
    const socat = (more: string): Promise<Buffer> =>
      runClient('socat', ['-t', '20', '-', `OPENSSL:127.0.0.1:${port},verify=0${more}`], 'hi');
    const ncat = (...more: string[]): Promise<Buffer> =>
      runClient('ncat', ['--ssl', ...more, '127.0.0.1', String(port)], 'hi');
    expect((await socat(`,cert=${own.cert},key=${own.key}`)).toString()).toBe('2\nhi');
    expect((await ncat('--ssl-cert', own.cert, '--ssl-key', own.key)).toString()).toBe('2\nhi');
    expect(refused).toEqual([]);
    expect((await socat('')).toString()).toBe('');
    expect((await ncat()).toString()).toBe('');
    expect(refused).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('showed no certificate')));
  });
});

describe('a client of ours', () => {
  /** Sends the question and its end, and reads on. */
  async function ask(port: number, tls: TlsClientOptions, question = QUESTION): Promise<string> {
    const conn = await dial(`tls://127.0.0.1:${port}`, { tls });
    conn.end(question);
    return (await readToEnd(conn)).toString();
  }
  const SORTED = `${QUESTION.toString().split('\n').filter(Boolean).sort().join('\n')}\n`;
  const LISTENING = (port: number) => ({ ready: [`tcp:${port}` as const], env: { LC_ALL: 'C' } });

  it("has its end heard by socat's program, and reads the answer after it", async (context) => {
    const { root, server } = certificates(context, 'socat');
    const port = await freePort();
    const where = `OPENSSL-LISTEN:${port},bind=127.0.0.1,cert=${server.certFile},key=${server.keyFile},verify=0`;
    peer = await startPeer('socat', ['-t', '20', where, 'EXEC:sort'], LISTENING(port));
    expect(await ask(port, { ca: root.cert })).toBe(SORTED);
  });

  // ncat 7.93 stops a program of its own as soon as its client has ended.
  it('talks with ncat -l --ssl, which hears its end', async (context) => {
    const { root, server } = certificates(context, 'ncat');
    const port = await freePort();
    const own = ['--ssl-cert', server.certFile, '--ssl-key', server.keyFile];
    peer = await startPeer('ncat', ['-l', '--ssl', ...own, '127.0.0.1', String(port)], LISTENING(port));
    const conn = await dial(`tls://127.0.0.1:${port}`, { tls: { ca: root.cert } });
    peer.child.stdin?.write('hello');
    expect((await readBytes(conn, 5)).toString()).toBe('hello');
    conn.end(QUESTION);
    expect((await peer.until((stdout) => stdout.length === QUESTION.length)).equals(QUESTION)).toBe(true);
    expect(await peer.ended).toBe(0);
  });

  it('talks with openssl s_server', async (context) => {
    const { root, server } = certificates(context);
    const port = await freePort();
    const own = ['-cert', server.certFile, '-key', server.keyFile];
    peer = await startPeer('openssl', ['s_server', '-rev', '-accept', `127.0.0.1:${port}`, ...own], LISTENING(port));
    const conn = await dial(`tls://127.0.0.1:${port}`, { tls: { ca: root.cert } });
    conn.write('hello\n');
    expect((await readBytes(conn, 6)).toString()).toBe('olleh\n');
    conn.destroy();
  });

  it('talks with stunnel as a server', async (context) => {
    const { workshop, root, server } = certificates(context, 'stunnel4');
    const port = await freePort();
    const behind = await startEcho();
    peer = await startStunnel(workshop, port, [
      `connect = 127.0.0.1:${behind}`,
      `cert = ${server.certFile}`,
      `key = ${server.keyFile}`,
    ]);
    const conn = await dial(`tls://127.0.0.1:${port}`, { tls: { ca: root.cert } });
    conn.write(QUESTION);
    expect((await readBytes(conn, QUESTION.length)).equals(QUESTION)).toBe(true);
    conn.destroy();
  });

  it('shows its certificate to socat, which takes no other', async (context) => {
    const { root, server, client } = certificates(context, 'socat');
    const port = await freePort();
    const own = `cert=${server.certFile},key=${server.keyFile},verify=1,cafile=${root.certFile}`;
    const where = `OPENSSL-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr,${own}`;
    peer = await startPeer('socat', ['-t', '20', where, 'EXEC:sort'], LISTENING(port));
    expect(await ask(port, { ca: root.cert, identity: client })).toBe(SORTED);
    const without = await ask(port, { ca: root.cert }, Buffer.from('hi\n')).catch((error: Error) => error.message);
    expect(without).not.toContain('hi');
  });

  it('shows its certificate to openssl s_server, which takes no other', async (context) => {
    const { root, server, client } = certificates(context);
    const port = await freePort();
    const own = ['-cert', server.certFile, '-key', server.keyFile, '-CAfile', root.certFile, '-Verify', '1'];
    const strict = [...own, '-verify_return_error'];
    peer = await startPeer('openssl', ['s_server', '-rev', '-accept', `127.0.0.1:${port}`, ...strict], LISTENING(port));
    const conn = await dial(`tls://127.0.0.1:${port}`, { tls: { ca: root.cert, identity: client } });
    conn.write('hello\n');
    expect((await readBytes(conn, 6)).toString()).toBe('olleh\n');
    conn.destroy();
  });
});
