import { createHash, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchRaw } from '../../src/clients/raw-fetch.ts';
import { parseWebUrl } from '../../src/net/web-url.ts';
import { KeptBody } from '../support/kept-body.ts';
import { type RawServer, type Reply, rawServer } from '../support/raw-server.ts';

const RESETS = process.env['NETTK_LONG'] ? 20 : 5;

describe('fetchRaw', () => {
  let server: RawServer;
  afterEach(() => server.close());

  async function fetchFrom(reply: Reply, path = '/', idleTimeoutMs = 10_000, maxBytes?: number) {
    server = await rawServer(reply, { bare: true });
    const sink = new KeptBody();
    const options = {
      connectTimeoutMs: 10_000,
      idleTimeoutMs,
      maxBytes,
      trust: {},
      signal: new AbortController().signal,
    };
    const work = fetchRaw(parseWebUrl(`127.0.0.1:${server.port}${path}`), async () => sink, options);
    return { work, sink };
  }

  it('sends GET and the path, a line feed and nothing else', async () => {
    const { work } = await fetchFrom({ bytes: 'x' }, '/a%20b?c=d#e');
    await work;
    expect(server.requests).toEqual(['GET /a%20b?c=d\n']);
  });

  it('takes every byte, binary or looking like HTTP, and says how many and their SHA-256', async () => {
    const bytes = Buffer.concat([
      Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\n'),
      randomBytes(300_000),
    ]);
    const got = await fetchFrom({ bytes });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(await got.work).toEqual({ bytes: bytes.length, sha256 });
    expect(got.sink.bytes.equals(bytes)).toBe(true);
    expect(got.sink.end).toBe('committed');
  });

  it(`calls each of ${RESETS} resets a failure`, async () => {
    for (let round = 0; round < RESETS; round++) {
      const got = await fetchFrom({ bytes: 'half of it', end: 'rst' });
      await expect(got.work).rejects.toMatchObject({ code: 'ECONNRESET', exit: 56 });
      expect(got.sink.end).toBe('discarded');
      await server.close();
    }
  });

  it('calls an end without a byte a failure', async () => {
    const got = await fetchFrom({});
    await expect(got.work).rejects.toMatchObject({ exit: 52 });
    expect(got.sink.end).toBe('discarded');
  });

  it('names the silence', async () => {
    const got = await fetchFrom({ bytes: 'some', end: 'hold' }, '/', 60);
    await expect(got.work).rejects.toMatchObject({ message: expect.stringContaining('no data for 0.06 s'), exit: 28 });
    expect(got.sink.end).toBe('discarded');
  });

  it('stops at the largest size allowed', async () => {
    await expect((await fetchFrom({ bytes: 'hello' }, '/', 10_000, 4)).work).rejects.toMatchObject({ exit: 63 });
  });
});
