/** relay between socats, openssls and itself: socat on both ends, TLS on either, WebSocket between two relays. */

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { needs } from '../support/needs.ts';
import { type Running, runNettk, runProgram, startNettk } from '../support/nettk.ts';
import { freePort, type Peer, startPeer } from '../support/peers.ts';

/** More than all buffers on the way hold. */
const BULK = randomBytes(3_000_000);
/** What socat waits for the other way after an end, in seconds: its default of half a second loses answers. */
const PATIENCE = '-t30';
/**
 * A program that answers at the end: an echo would not do, for socat writes without reading meanwhile, and two of those
 * with something between them that holds back wait for each other for ever.
 */
const SUM = 'EXEC:sha256sum';
const sumOf = (bytes: Buffer | string): string => `${createHash('sha256').update(bytes).digest('hex')}  -\n`;

const folder = mkdtempSync(join(tmpdir(), 'nettk-relay-peers-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function relay(...args: string[]): Promise<Running> {
  const running = await startNettk(['relay', ...args]);
  onTestFinished(() => running[Symbol.asyncDispose]());
  return running;
}

async function peer(program: string, args: string[], ready: Parameters<typeof startPeer>[2]): Promise<Peer> {
  const started = await startPeer(program, args, ready);
  onTestFinished(() => started.kill());
  return started;
}

/** A socat on a free port that tells the hash of what it was sent, once that has ended. */
async function hashing(listen = 'TCP-LISTEN', options = ''): Promise<number> {
  const port = await freePort();
  const at = `${listen}:${port},bind=127.0.0.1,fork,reuseaddr${options}`;
  await peer('socat', [PATIENCE, at, SUM], { ready: [`tcp:${port}`] });
  return port;
}

const socat = (address: string, stdin: Buffer | string) => runProgram('socat', [PATIENCE, '-', address], { stdin });
const portOf = (running: Running): number => running.ports[0] as number;

describe('between two socats', () => {
  test('3 MB arrive whole, and the answer that comes after the half-close', async (context) => {
    needs(context, 'socat');
    const running = await relay('tcp-listen://127.0.0.1:0', `tcp://127.0.0.1:${await hashing()}`);
    const { code, stdout } = await socat(`TCP:127.0.0.1:${portOf(running)}`, BULK);
    expect([code, stdout.toString()]).toEqual([0, sumOf(BULK)]);
  });

  test('the same over Unix sockets', async (context) => {
    needs(context, 'socat');
    const [inner, outer] = [join(folder, 'inner'), join(folder, 'outer')];
    await peer('socat', [PATIENCE, `UNIX-LISTEN:${inner},fork`, SUM], { ready: [`unix:${inner}`] });
    await relay(`unix-listen:${outer}`, `unix:${inner}`);
    const { code, stdout } = await socat(`UNIX-CONNECT:${outer}`, BULK);
    expect([code, stdout.toString()]).toEqual([0, sumOf(BULK)]);
  });

  test('datagrams pass as they are', async (context) => {
    needs(context, 'socat');
    const port = await freePort();
    await peer('socat', [`UDP-RECVFROM:${port},bind=127.0.0.1,fork`, 'SYSTEM:cat'], { ready: [`udp:${port}`] });
    const running = await relay('udp-listen://127.0.0.1:0', `udp://127.0.0.1:${port}`);
    const args = ['-t5', '-T1', '-', `UDP:127.0.0.1:${portOf(running)}`];
    const { stdout } = await runProgram('socat', args, { stdin: 'datagram' });
    expect(stdout.toString()).toBe('datagram');
  });

  test('what socat EXEC says of a program, exec: says too', async (context) => {
    needs(context, 'socat');
    const running = await relay('tcp-listen://127.0.0.1:0', 'exec:/usr/bin/tr a-z A-Z');
    const { stdout } = await socat(`TCP:127.0.0.1:${portOf(running)}`, 'shout\n');
    expect(stdout.toString()).toBe('SHOUT\n');
  });

  test('a hex dump has both directions, as socat -x -v marks them', async (context) => {
    needs(context, 'socat');
    const dump = join(folder, 'dump');
    const target = `tcp://127.0.0.1:${await hashing()}`;
    const running = await relay('tcp-listen://127.0.0.1:0', target, '--hex-dump', dump);
    await socat(`TCP:127.0.0.1:${portOf(running)}`, 'hello');
    await running.stop();
    const lines = readFileSync(dump, 'utf8').split('\n');
    const sum = sumOf('hello').slice(0, 16);
    expect(lines[0]).toMatch(/^> \d{4}-\d\d-\d\dT[\d:.]+Z tcp:\/\/127.0.0.1:\d+ > tcp:\/\/127.0.0.1:\d+ 5 bytes$/);
    expect(lines.filter((line) => line.includes('|')).map((line) => line.replace(/ +/g, ' ').slice(0, 2))).toEqual([
      '> ',
      '< ',
      '< ',
      '< ',
      '< ',
      '< ',
    ]);
    expect(lines[1]?.replace(/ +/g, ' ')).toBe('> 00000000 68 65 6c 6c 6f |hello|');
    expect(lines[3]).toMatch(new RegExp(`^< 00000000 .*\\|${sum}\\|$`));
  });

  test('a rate is kept, whole and in order', async (context) => {
    needs(context, 'socat');
    const target = `tcp://127.0.0.1:${await hashing()}`;
    const running = await relay('tcp-listen://127.0.0.1:0', target, '--rate', '2M');
    const { stdout } = await socat(`TCP:127.0.0.1:${portOf(running)}`, BULK);
    expect(stdout.toString()).toBe(sumOf(BULK));
  });
});

describe('over TLS', () => {
  let certificates: Certificates;
  let cert: string;
  let key: string;
  beforeAll(() => {
    certificates = makeCertificates();
    [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    writeFileSync(cert, certificates.good.cert);
    writeFileSync(key, certificates.good.key);
  });
  afterAll(() => certificates.remove());

  test('listening: socat OPENSSL gets through to a plain server', async (context) => {
    needs(context, 'socat', 'openssl');
    const target = `tcp://127.0.0.1:${await hashing()}`;
    const running = await relay('tls-listen://127.0.0.1:0', target, '--cert', cert, '--key', key);
    const address = `OPENSSL:127.0.0.1:${portOf(running)},cafile=${certificates.caFile}`;
    const { code, stdout } = await socat(address, BULK);
    expect([code, stdout.toString()]).toEqual([0, sumOf(BULK)]);
  });

  test('listening without a certificate: the throw-away one is told, so that clients can pin it', async () => {
    const running = await relay('tls-listen://127.0.0.1:0', 'exec:cat');
    const [, pin] = /--pin (\S+)/.exec(running.stderr()) ?? [];
    const args = ['relay', '-', `tls://127.0.0.1:${portOf(running)}`, '--pin', String(pin)];
    const { code, stdout } = await runNettk(args, { stdin: 'pinned' });
    expect([code, stdout.toString()]).toEqual([0, 'pinned']);
  });

  test('dialling: a plain client gets through to socat OPENSSL-LISTEN, which is verified', async (context) => {
    needs(context, 'socat', 'openssl');
    const port = await hashing('OPENSSL-LISTEN', `,cert=${cert},key=${key},verify=0`);
    const running = await relay('tcp-listen://127.0.0.1:0', `tls://127.0.0.1:${port}`, '--ca', certificates.caFile);
    const { stdout } = await socat(`TCP:127.0.0.1:${portOf(running)}`, BULK);
    expect(stdout.toString()).toBe(sumOf(BULK));
  });

  test('a server that cannot be verified is refused for each client, by its reason', async (context) => {
    needs(context, 'socat', 'openssl');
    const port = await hashing('OPENSSL-LISTEN', `,cert=${cert},key=${key},verify=0`);
    const running = await relay('tcp-listen://127.0.0.1:0', `tls://127.0.0.1:${port}`);
    await socat(`TCP:127.0.0.1:${portOf(running)}`, 'x');
    await running.stop();
    expect(running.stderr()).toMatch(
      /relay: refused tcp:\/\/127.0.0.1:\d+: TLS with 127.0.0.1: the authority .* is not known here/,
    );
  });

  test('both sides: the certificate is for the one that listens, the authority for the one that is dialled', async (context) => {
    needs(context, 'socat', 'openssl');
    const port = await hashing('OPENSSL-LISTEN', `,cert=${cert},key=${key},verify=0`);
    const tls = ['--cert', cert, '--key', key, '--ca', certificates.caFile];
    const running = await relay('tls-listen://127.0.0.1:0', `tls://127.0.0.1:${port}`, ...tls);
    const address = `OPENSSL:127.0.0.1:${portOf(running)},cafile=${certificates.caFile}`;
    expect((await socat(address, 'through both')).stdout.toString()).toBe(sumOf('through both'));
  });

  test.each([
    [['--ca', '/x'], 'option --ca: no side is TLS'],
    [['--insecure'], 'option --insecure: no side is dialled over TLS'],
  ])('%j without TLS is a mistake', async (options, words) => {
    const { code, stderr } = await runNettk(['relay', '-', 'tcp://127.0.0.1:1', ...options]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});

describe('over WebSocket', () => {
  test('two relays carry a byte stream, half-closes included', async (context) => {
    needs(context, 'socat');
    const inner = await relay('ws-listen://127.0.0.1:0/x', `tcp://127.0.0.1:${await hashing()}`);
    const outer = await relay('tcp-listen://127.0.0.1:0', `ws://127.0.0.1:${portOf(inner)}/x`);
    const { code, stdout } = await socat(`TCP:127.0.0.1:${portOf(outer)}`, BULK);
    expect([code, stdout.toString()]).toEqual([0, sumOf(BULK)]);
  });

  test('over TLS too, with a header, compressed', async (context) => {
    needs(context, 'socat');
    const listen = ['wss-listen://127.0.0.1:0', `tcp://127.0.0.1:${await hashing()}`, '--ws-deflate'];
    const inner = await relay(...listen);
    const target = `wss://127.0.0.1:${portOf(inner)}/`;
    const options = ['--insecure', '--ws-header', 'X-Why: test', '--ws-deflate'];
    const outer = await relay('tcp-listen://127.0.0.1:0', target, ...options);
    const { code, stdout } = await socat(`TCP:127.0.0.1:${portOf(outer)}`, BULK);
    expect([code, stdout.toString()]).toEqual([0, sumOf(BULK)]);
  });

  test.each([
    [['--ws-header', 'a: b'], 'option --ws-header: no side is dialled as a WebSocket'],
    [['--ws-text'], 'option --ws-text: no side is a WebSocket'],
  ])('%j without WebSocket is a mistake', async (options, words) => {
    const { code, stderr } = await runNettk(['relay', '-', 'tcp://127.0.0.1:1', ...options]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});
