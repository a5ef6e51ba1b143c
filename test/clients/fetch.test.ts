import { afterEach, describe, expect, it } from 'vitest';
import { type FetchOptions, fetchDocument, MAX_REDIRECTS } from '../../src/clients/fetch.ts';
import { parseWebUrl } from '../../src/net/web-url.ts';
import { KeptBody } from '../support/kept-body.ts';
import { type RawServer, type Reply, rawServer, type Script } from '../support/raw-server.ts';

/** Of the five bytes `hello`. */
const SHA256_OF_HELLO = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const RESETS = process.env['NETTK_LONG'] ? 20 : 5;

const ok = (body: string): Reply => ({ bytes: `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}` });
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const redirect = (location: string, status = 302): Reply => ({
  bytes: `HTTP/1.1 ${status} Moved\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`,
});

describe('fetchDocument', () => {
  const servers: RawServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function serve(script: Script | Reply): Promise<RawServer> {
    const server = await rawServer(script);
    servers.push(server);
    return server;
  }

  function fetchFrom(server: RawServer, path = '/', options: Partial<FetchOptions> = {}, sink = new KeptBody()) {
    const url = parseWebUrl(path.startsWith('/') ? `127.0.0.1:${server.port}${path}` : path);
    const all: FetchOptions = {
      headers: [['Accept', '*/*']],
      connectTimeoutMs: 10_000,
      idleTimeoutMs: 10_000,
      trust: {},
      signal: new AbortController().signal,
      ...options,
    };
    const work = fetchDocument(url, async () => sink, all);
    return { work, sink };
  }

  it('says what it fetched', async () => {
    const server = await serve(ok('hello'));
    const { work, sink } = fetchFrom(server, '/a?b');
    const result = await work;
    expect(result).toMatchObject({ status: 200, bytes: 5, sha256: SHA256_OF_HELLO });
    expect(result.url).toBe(`http://127.0.0.1:${server.port}/a?b`);
    expect(Object.keys(result.timing)).toEqual(['connect', 'firstByte', 'total']);
    expect(Object.values(result.timing)).toEqual(Object.values(result.timing).toSorted((a, b) => a - b));
    expect({ text: sink.text, end: sink.end }).toEqual({ text: 'hello', end: 'committed' });
  });

  it('sends one request on a connection of its own, and leaves none open', async () => {
    const server = await serve(ok('hello'));
    await fetchFrom(server, '/x', { headers: [['X-Text', 'ü']] }).work;
    const host = `Host: 127.0.0.1:${server.port}\r\n`;
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.toLowerCase()).toContain(`get /x http/1.1\r\n${host.toLowerCase()}`);
    expect(server.requests[0]?.toLowerCase()).toContain('connection: close\r\n');
    expect(server.requests[0]).toContain(`X-Text: ${Buffer.from('ü').toString('latin1')}\r\n`);
    await expect.poll(() => server.open).toBe(0);
  });

  it(`calls each of ${RESETS} resets in a body without a length a failure`, async () => {
    const server = await serve({ bytes: `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(5000)}`, end: 'rst' });
    for (let round = 0; round < RESETS; round++) {
      const { work, sink } = fetchFrom(server);
      await expect(work).rejects.toMatchObject({ code: 'ECONNRESET', exit: 56 });
      expect(sink.end).not.toBe('committed');
    }
  });

  it('does not ask a second time when the first connection fails', async () => {
    const server = await serve({ end: 'rst' });
    await expect(fetchFrom(server).work).rejects.toMatchObject({ exit: 56 });
    expect(server.requests).toHaveLength(1);
  });

  it('names each wait that was too long', async () => {
    const silent = await serve({ end: 'hold' });
    await expect(fetchFrom(silent, '/', { idleTimeoutMs: 50 }).work).rejects.toMatchObject({
      message: expect.stringContaining('no answer for 0.05 s'),
      exit: 28,
    });
    const slow = await serve({ bytes: 'HTTP/1.1 200 OK\r\n\r\nsome', end: 'hold' });
    const idle = fetchFrom(slow, '/', { idleTimeoutMs: 50 });
    await expect(idle.work).rejects.toMatchObject({ message: expect.stringContaining('no data for 0.05 s'), exit: 28 });
    expect(idle.sink.end).toBe('discarded');
    await expect(fetchFrom(slow, '/', { timeoutMs: 50 }).work).rejects.toMatchObject({
      message: expect.stringContaining('not finished within 0.05 s'),
      exit: 28,
    });
  });

  it.each([
    ['a length', (body: string) => ok(body)],
    ['chunks', (body: string) => ({ bytes: `${CHUNKED}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` })],
    ['no length', (body: string) => ({ bytes: `HTTP/1.1 200 OK\r\n\r\n${body}` })],
  ])('waits for a slow reader as long as it takes where the body has %s', async (_framing, reply) => {
    const body = 'x'.repeat(1_500_000);
    const sink = new KeptBody();
    sink.firstDelayMs = 900;
    await fetchFrom(await serve(reply(body)), '/', { idleTimeoutMs: 600 }, sink).work;
    expect(sink.text === body).toBe(true);
  });

  it('throws the reason when it is told to stop, before and in the body', async () => {
    const server = await serve({ bytes: 'HTTP/1.1 200 OK\r\n\r\nsome', end: 'hold' });
    const controller = new AbortController();
    const reason = new Error('enough');
    const onBytes = (): void => controller.abort(reason);
    const { work, sink } = fetchFrom(server, '/', { signal: controller.signal, onBytes });
    await expect(work).rejects.toBe(reason);
    expect(sink.end).toBe('discarded');
    await expect(fetchFrom(server, '/', { signal: controller.signal }).work).rejects.toBe(reason);
  });

  it('passes on what a sink throws, and lets the connection go', async () => {
    const server = await serve({ bytes: 'HTTP/1.1 200 OK\r\n\r\nsome', end: 'hold' });
    const gone = new Error('reader gone');
    const sink = new KeptBody();
    sink.write = () => Promise.reject(gone);
    await expect(fetchFrom(server, '/', {}, sink).work).rejects.toBe(gone);
    await expect.poll(() => server.open).toBe(0);
  });

  it('refuses a document that is, or says it will be, too large', async () => {
    const told = fetchFrom(await serve(ok('hello')), '/', { maxBytes: 4 });
    await expect(told.work).rejects.toMatchObject({ code: 'TOO_LONG', exit: 63 });
    expect(told.sink.end).toBe('open');
    const untold = fetchFrom(await serve({ bytes: 'HTTP/1.1 200 OK\r\n\r\nhello' }), '/', { maxBytes: 4 });
    await expect(untold.work).rejects.toMatchObject({ code: 'TOO_LONG', exit: 63 });
    expect(untold.sink).toMatchObject({ chunks: [], end: 'discarded' });
    await fetchFrom(await serve(ok('hello')), '/', { maxBytes: 5 }).work;
  });

  it('compares the SHA-256 before the document gets its name', async () => {
    const server = await serve(ok('hello'));
    await fetchFrom(server, '/', { sha256: SHA256_OF_HELLO }).work;
    const wrong = fetchFrom(server, '/', { sha256: '0'.repeat(64) });
    await expect(wrong.work).rejects.toMatchObject({ code: 'UNVERIFIED', exit: 1 });
    expect(wrong.sink.end).toBe('discarded');
  });

  it.each([
    ['HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/9\r\nContent-Length: 5\r\n\r\nhello', 8],
    ['HTTP/1.1 304 Not Modified\r\n\r\n', 8],
    ['HTTP/1.1 302 Found\r\nContent-Length: 5\r\n\r\nhello', 8],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 8],
    ['HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 8],
    ['RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', 1],
    ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello', 8],
  ])('takes no %j for a document', async (bytes, exit) => {
    const { work, sink } = fetchFrom(await serve({ bytes }));
    await expect(work).rejects.toMatchObject({ name: 'NettkError', exit });
    expect(sink.end).toBe('open');
  });

  it('takes a part when a part was asked for', async () => {
    const bytes = 'HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nhello';
    expect((await fetchFrom(await serve({ bytes }), '/', { headers: [['Range', 'bytes=0-4']] }).work).status).toBe(206);
  });

  describe('with redirects', () => {
    it(`follows ${MAX_REDIRECTS}, and fails with 47 at the next`, async () => {
      const server = await serve((request) => {
        const left = Number(/GET \/(\d+)/.exec(request)?.[1]);
        return left === 0 ? ok('hello') : redirect(`/${left - 1}`, 307);
      });
      const { url } = await fetchFrom(server, `/${MAX_REDIRECTS}`).work;
      expect(url).toBe(`http://127.0.0.1:${server.port}/0`);
      await expect(fetchFrom(server, `/${MAX_REDIRECTS + 1}`).work).rejects.toMatchObject({ exit: 47 });
    });

    const secrets = [
      ['Authorization', 'Bearer secret'],
      ['Cookie', 'id=secret'],
      ['Proxy-Authorization', 'Basic secret'],
      ['X-Other', 'public'],
    ] as const;

    it('sends what is secret on within the origin', async () => {
      const server = await serve((request) => (request.includes('GET /end') ? ok('hello') : redirect('/end')));
      await fetchFrom(server, '/', { headers: secrets }).work;
      for (const [name, value] of secrets) expect(server.requests[1]).toContain(`${name}: ${value}\r\n`);
    });

    it('keeps what is secret from another origin, and from the first one after that', async () => {
      let home = 0;
      const other = await serve(() => redirect(`http://127.0.0.1:${home}/end`));
      const server = await serve((request) =>
        request.includes('GET /end') ? ok('hello') : redirect(`http://127.0.0.1:${other.port}/`),
      );
      home = server.port;
      await fetchFrom(server, '/', { headers: secrets }).work;
      for (const request of [...other.requests, server.requests[1]]) {
        expect(request).not.toContain('secret');
        expect(request).toContain('X-Other: public');
      }
    });

    it('sends the credentials of the URL to its own origin only', async () => {
      const other = await serve(ok('hello'));
      const server = await serve(redirect(`http://127.0.0.1:${other.port}/`));
      const { url } = await fetchFrom(server, `http://user:pass@127.0.0.1:${server.port}/`).work;
      expect(server.requests[0]).toContain(`Authorization: Basic ${Buffer.from('user:pass').toString('base64')}\r\n`);
      expect(other.requests[0]).not.toContain('uthorization');
      expect(url).not.toContain('user');
    });

    it.each([
      'file:///etc/passwd',
      'javascript:1',
      'http://0x7f.1/',
      '//',
      'http://host:x/',
      'ftp://127.0.0.1/',
    ])('does not follow one to %s', async (location) => {
      await expect(fetchFrom(await serve(redirect(location))).work).rejects.toMatchObject({ exit: 1 });
    });

    it('reads a path in UTF-8', async () => {
      const location = Buffer.from('/ü').toString('latin1');
      const server = await serve((request) => (request.startsWith('GET /%C3%BC ') ? ok('hello') : redirect(location)));
      expect((await fetchFrom(server).work).bytes).toBe(5);
    });
  });

  it('says that nobody listens, with 7, and that there is no such host, with 6', async () => {
    const server = await serve(ok('hello'));
    await server.close();
    await expect(fetchFrom(server).work).rejects.toMatchObject({ code: 'ECONNREFUSED', exit: 7 });
    await expect(fetchFrom(server, 'http://nowhere.invalid/').work).rejects.toMatchObject({ exit: 6 });
  });
});
