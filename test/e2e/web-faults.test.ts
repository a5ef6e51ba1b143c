/** Misbehaving servers, one a row: a fault is an error and leaves no file, and what HTTP allows arrives byte for byte. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runNettk } from '../support/nettk.ts';
import { type RawServer, type Reply, rawServer, type Script } from '../support/raw-server.ts';

const BODY = Buffer.from(Array.from({ length: 100 }, (_, i) => (i * 7) % 256));
const HALF = BODY.subarray(0, 50);
const ZIPPED = gzipSync(Buffer.alloc(1000, 'a'));
/** CRC-32 and length close a gzip stream (RFC 1952). */
const GZIP_TRAILER_BYTES = 8;

const head = (...fields: string[]): string => ['HTTP/1.1 200 OK', ...fields, '', ''].join('\r\n');
const message = (text: string, ...bodies: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from(text, 'latin1'), ...bodies]);
const chunk = (bytes: Buffer): Buffer => message(`${bytes.length.toString(16)}\r\n`, bytes, Buffer.from('\r\n'));
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const CHUNKED = head('Transfer-Encoding: chunked');
const toPath = (replies: Readonly<Record<string, Reply>>): Script => {
  const answers = new Map(Object.entries(replies));
  return (request) => answers.get(request.split(' ')[1] ?? '') ?? { bytes: 'HTTP/1.1 500 Unasked\r\n\r\n' };
};

interface Row {
  readonly server: string;
  readonly reply: Reply | Script;
  /** The exit status that is due: curl's number for a fault. */
  readonly exit: number;
  /** The bytes that HTTP defines, where the exit status is 0. */
  readonly body?: Buffer;
}

const CLEAR_FAULTS: readonly Row[] = [
  {
    server: 'announces 100 bytes, sends 50 and ends',
    reply: { bytes: message(head('Content-Length: 100'), HALF) },
    exit: 18,
  },
  { server: 'leaves the last chunk out', reply: { bytes: message(CHUNKED, chunk(BODY)) }, exit: 18 },
  { server: 'ends inside a chunk', reply: { bytes: message(`${CHUNKED}64\r\n`, HALF) }, exit: 18 },
  { server: 'sends a chunk size that is none', reply: { bytes: message(`${CHUNKED}xyz\r\n`, BODY) }, exit: 56 },
  { server: 'resets a body without a length', reply: { bytes: message(head(), BODY), end: 'rst' }, exit: 56 },
  { server: 'sends a body without a status line', reply: { bytes: BODY }, exit: 1 },
  { server: 'is an SSH server', reply: { bytes: 'SSH-2.0-OpenSSH_9.2\r\n' }, exit: 1 },
  {
    server: 'announces 50 and 100 bytes',
    reply: { bytes: message(head('Content-Length: 50', 'Content-Length: 100'), BODY) },
    exit: 8,
  },
  {
    server: 'announces a length and chunks',
    reply: { bytes: message(head('Content-Length: 100', 'Transfer-Encoding: chunked'), chunk(BODY), LAST_CHUNK) },
    exit: 8,
  },
  {
    server: 'redirects to a local file',
    reply: { bytes: 'HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n' },
    exit: 1,
  },
  { server: 'answers 404', reply: { bytes: 'HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found' }, exit: 22 },
  {
    server: 'sends 10 of 100 bytes and falls silent',
    reply: { bytes: message(head('Content-Length: 100'), BODY.subarray(0, 10)), end: 'hold' },
    exit: 28,
  },
  { server: 'accepts and says nothing', reply: { end: 'hold' }, exit: 28 },
  { server: 'closes at once', reply: {}, exit: 52 },
  { server: 'resets at once', reply: { end: 'rst' }, exit: 56 },
  { server: 'ends inside the head', reply: { bytes: 'HTTP/1.1 200 OK\r\nContent-Le' }, exit: 56 },
  { server: 'announces -5 bytes', reply: { bytes: message(head('Content-Length: -5'), BODY) }, exit: 8 },
  {
    server: 'has a NUL in its head',
    reply: { bytes: message(head('X-Nul: a\0b', 'Content-Length: 100'), BODY) },
    exit: 8,
  },
];

const LEGAL: readonly Row[] = [
  {
    server: 'announces and sends 100 bytes',
    reply: { bytes: message(head('Content-Length: 100'), BODY) },
    exit: 0,
    body: BODY,
  },
  {
    server: 'sends two chunks',
    reply: { bytes: message(CHUNKED, chunk(HALF), chunk(BODY.subarray(50)), LAST_CHUNK) },
    exit: 0,
    body: BODY,
  },
  {
    server: 'speaks HTTP/1.0',
    reply: { bytes: message('HTTP/1.0 200 OK\r\nContent-Type: x/y\r\n\r\n', BODY) },
    exit: 0,
    body: BODY,
  },
  { server: 'ends the body with the connection', reply: { bytes: message(head(), BODY) }, exit: 0, body: BODY },
  {
    server: 'says 103 before 200',
    reply: { bytes: message(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${head('Content-Length: 100')}`, BODY) },
    exit: 0,
    body: BODY,
  },
  {
    server: 'redirects within itself',
    reply: toPath({
      '/start': { bytes: 'HTTP/1.1 302 Found\r\nLocation: ../end?x=1\r\nContent-Length: 0\r\n\r\n' },
      '/end?x=1': { bytes: message(head('Content-Length: 100'), BODY) },
    }),
    exit: 0,
    body: BODY,
  },
];

/** Not clear faults, not quite legal: the right bytes or an error, and what we chose. */
const IN_BETWEEN: readonly Row[] = [
  {
    server: 'sends more than it announced',
    reply: { bytes: message(head('Content-Length: 50'), BODY) },
    exit: 0,
    body: HALF,
  },
  {
    server: 'ends its lines with LF only',
    reply: { bytes: message('HTTP/1.1 200 OK\nContent-Length: 100\n\n', BODY) },
    exit: 8,
  },
  {
    server: 'answers 503 first',
    reply: (_request, number) =>
      number === 0
        ? { bytes: 'HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nbusy' }
        : { bytes: message(head('Content-Length: 100'), BODY) },
    exit: 22,
  },
  {
    server: 'sends gzip that nobody asked for',
    reply: { bytes: message(head('Content-Encoding: gzip', `Content-Length: ${ZIPPED.length}`), ZIPPED) },
    exit: 0,
    body: ZIPPED,
  },
  {
    server: 'sends gzip without its checksum',
    reply: { bytes: message(head('Content-Encoding: gzip'), ZIPPED.subarray(0, -GZIP_TRAILER_BYTES)) },
    exit: 0,
    body: ZIPPED.subarray(0, -GZIP_TRAILER_BYTES),
  },
  {
    server: 'sends a head of 400 kB',
    reply: { bytes: message(head(`X-Long: ${'a'.repeat(400_000)}`), BODY) },
    exit: 8,
  },
  {
    server: 'sends a body with 204',
    reply: { bytes: message('HTTP/1.1 204 No Content\r\nContent-Length: 100\r\n\r\n', BODY) },
    exit: 0,
    body: Buffer.alloc(0),
  },
  {
    server: 'resets a body that was whole',
    reply: { bytes: message(head('Content-Length: 100'), BODY), end: 'rst' },
    exit: 0,
    body: BODY,
  },
];

describe('nettk web before a misbehaving server', () => {
  let directory: string;
  let server: RawServer | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nettk-web-'));
  });
  afterEach(async () => {
    await server?.close();
    await rm(directory, { recursive: true });
  });

  async function fetchFrom(reply: Reply | Script) {
    server = await rawServer(reply);
    const url = `http://127.0.0.1:${server.port}/start`;
    return runNettk(['web', url, '-o', 'document', '--idle-timeout', '400ms'], { cwd: directory });
  }

  it('has the 18 clear faults of the matrix', () => {
    expect(CLEAR_FAULTS).toHaveLength(18);
  });

  it.each([
    ...CLEAR_FAULTS,
    ...IN_BETWEEN.filter((row) => row.exit !== 0),
  ])('fails with $exit and leaves no file when it $server', async ({ reply, exit }) => {
    const { code, stderr } = await fetchFrom(reply);
    expect(stderr).toMatch(/^nettk: .+\n$/);
    expect(code).toBe(exit);
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    ...LEGAL,
    ...IN_BETWEEN.filter((row) => row.exit === 0),
  ])('writes exactly the bytes of HTTP when it $server', async ({ reply, body }) => {
    const { code, stderr } = await fetchFrom(reply);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(await readdir(directory)).toEqual(['document']);
    expect((await readFile(join(directory, 'document'))).equals(body ?? Buffer.alloc(0))).toBe(true);
  });

  it.each(CLEAR_FAULTS)('keeps the old file when it $server', async ({ reply }) => {
    await writeFile(join(directory, 'document'), 'old');
    expect((await fetchFrom(reply)).code).not.toBe(0);
    expect(await readdir(directory)).toEqual(['document']);
    expect(await readFile(join(directory, 'document'), 'utf8')).toBe('old');
  });
});
