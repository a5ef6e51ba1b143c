import { describe, expect, it } from 'vitest';
import { drained } from '../../src/stream/drained.ts';
import { acceptWebSocket, type WebSocketAccept } from '../../src/stream/websocket-server.ts';
import { rejectionOf } from '../support/errors.ts';
import { closed, readBytes, readToEnd } from '../support/sockets.ts';
import { frame, openPair, quickPair, readHead, request } from '../support/web-sockets.ts';

/** Sends bytes to a server, and gives its answer to the end and the error that the server's owner sees. */
async function refused(bytes: string | Uint8Array, options: WebSocketAccept = {}) {
  const [near, far] = await quickPair();
  const failure = rejectionOf(acceptWebSocket(far, options));
  const answer = readToEnd(near);
  near.write(bytes);
  const text = (await answer).toString();
  near.destroy();
  const { code, message } = await failure;
  return { text, status: text.slice(9, text.indexOf('\r\n')), code, message };
}

/** Sends a request to a server that takes it, and gives the head of its answer. */
async function accepted(bytes: string, options: WebSocketAccept = {}): Promise<string> {
  const [near, far] = await quickPair();
  const opening = acceptWebSocket(far, options);
  near.write(bytes);
  const head = await readHead(near);
  (await opening).destroy();
  near.destroy();
  return head;
}

describe('a request', () => {
  it('for a WebSocket gets 101 and the proof that its key was read (RFC 6455, section 1.3)', async () => {
    expect((await accepted(request())).split('\r\n')).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      '',
      '',
    ]);
  });

  it('is read however it is cut', async () => {
    const [near, far] = await quickPair();
    const opening = acceptWebSocket(far, {});
    for (const byte of Buffer.concat([Buffer.from(request()), frame(2, 'x', { mask: true })])) {
      near.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    const server = await opening;
    expect((await readBytes(server, 1)).toString()).toBe('x');
    server.destroy();
    near.destroy();
  });

  it.each([
    ['a page', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', '426 Upgrade Required'],
    ['another upgrade', request().replace('Upgrade: websocket', 'Upgrade: h2c'), '426 Upgrade Required'],
    ['a POST', request().replace('GET', 'POST'), '426 Upgrade Required'],
    ['another version', request().replace('Version: 13', 'Version: 8'), '426 Upgrade Required'],
    ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', '426 Upgrade Required'],
    ['no key', request().replace(/Sec-WebSocket-Key.*\r\n/, ''), '400 Bad Request'],
    ['a key that is none', request().replace('dGhl', ''), '400 Bad Request'],
    ['a subprotocol that is none', request(['Sec-WebSocket-Protocol: a,,b']), '400 Bad Request'],
    ['an extension that is none', request(['Sec-WebSocket-Extensions: ;']), '400 Bad Request'],
    ['no HTTP', 'hello there\r\n\r\n', '400 Bad Request'],
    ['TLS', Buffer.from('16030100f4010000f00303', 'hex'), '400 Bad Request'],
    ['a head of 20 KiB', request([`X: ${'x'.repeat(20_000)}`]), '431 Request Header Fields Too Large'],
  ])('for %s gets a readable answer', async (_what, bytes, status) => {
    const answer = await refused(bytes);
    expect(answer).toMatchObject({ status, code: 'REFUSED', message: expect.stringMatching(/^WebSocket handshake: /) });
    expect(answer.text).toMatch(/\r\n\r\n[\x20-\x7e]+\n$/);
  });

  it('for another path than the one asked for gets 404; queries are not part of it', async () => {
    expect((await refused(request([], '/b'), { path: '/a' })).status).toBe('404 Not Found');
    expect(await accepted(request([], '/a?b=c'), { path: '/a' })).toContain('101');
  });

  it('that never ends gets 408 after the time it has, however it dribbles', async () => {
    const [near, far] = await quickPair();
    const failure = rejectionOf(acceptWebSocket(far, { timeoutMs: 50 }));
    const answer = readToEnd(near);
    near.write('GET / HTTP/1.1\r\n');
    const dribble = setInterval(() => near.writable && near.write('X: y\r\n'), 5);
    expect((await answer).toString()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    clearInterval(dribble);
    near.destroy();
    expect((await failure).code).toBe('TIMEOUT');
  });

  it('whose head never ends is cut at 16 KiB, and costs no memory', async () => {
    const [near, far] = await quickPair();
    const failure = rejectionOf(acceptWebSocket(far, {}));
    const before = process.memoryUsage().rss;
    near.resume().write('GET / HTTP/1.1\r\nX: ');
    const chunk = Buffer.alloc(1_000_000, 'x');
    for (let i = 0; i < 1_000 && near.writable && !near.destroyed; i += 1) {
      near.write(chunk);
      await drained(near);
    }
    expect((await failure).message).toContain('(431)');
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 2 ** 20);
    near.destroy();
  });

  it('that is broken off is told as such', async () => {
    const [near, far] = await quickPair();
    const failure = rejectionOf(acceptWebSocket(far, {}));
    near.write('GET / HT');
    near.resetAndDestroy();
    expect(await failure).toMatchObject({ code: expect.stringMatching(/ECONNRESET|REFUSED/) });
    await closed(far);
  });

  it('is let go when the server does not want it any more', async () => {
    const [near, far] = await quickPair();
    const stop = new AbortController();
    const failure = rejectionOf(acceptWebSocket(far, { signal: stop.signal }));
    const { NettkError } = await import('../../src/errors.ts');
    stop.abort(new NettkError({ code: 'CANCELLED', action: 'test' }));
    expect((await failure).code).toBe('CANCELLED');
    await readToEnd(near);
    expect(far.destroyed).toBe(true);
    near.destroy();
  });
});

describe('a server of this machine only', () => {
  const own = { localOnly: true };
  it.each([
    ['127.0.0.1:80', undefined],
    ['localhost:1234', 'http://localhost:1234'],
    ['[::1]:80', 'http://[::1]:80'],
  ])('takes Host %s with Origin %s', async (host, origin) => {
    expect(await accepted(request(origin ? [`Origin: ${origin}`] : [], '/', host), own)).toContain(' 101 ');
  });

  it.each([
    ['evil.example', undefined],
    ['evil.example', 'http://evil.example'],
    ['127.0.0.1', 'http://evil.example'],
    ['127.0.0.1', 'null'],
    ['127.0.0.1:1', 'http://127.0.0.1:2'],
    ['127.0.0.1', 'https://127.0.0.1'],
  ])('refuses Host %s with Origin %s', async (host, origin) => {
    const answer = await refused(request(origin ? [`Origin: ${origin}`] : [], '/', host), own);
    expect(answer).toMatchObject({ status: '403 Forbidden', message: expect.stringContaining('(403)') });
    expect(answer.text).toContain('--ws-origin');
  });

  it('refuses a foreign page that asks for no WebSocket, too', async () => {
    const { status } = await refused('GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', own);
    expect(status).toBe('403 Forbidden');
  });

  it('takes its own secure pages over TLS', async () => {
    const page = request(['Origin: https://localhost:1'], '/', 'localhost:1');
    expect(await accepted(page, { ...own, isSecure: true })).toContain(' 101 ');
  });

  it('takes pages that its owner lets in, and is then asked for by their name too', async () => {
    const options = { ...own, origins: ['https://example.com'] };
    expect(await accepted(request(['Origin: https://example.com']), options)).toContain(' 101 ');
    expect(await accepted(request([], '/', 'example.com'), options)).toContain(' 101 ');
    expect((await refused(request(['Origin: https://other.example']), options)).status).toBe('403 Forbidden');
    expect(await accepted(request(['Origin: https://any.example']), { ...own, origins: ['*'] })).toContain(' 101 ');
  });
});

describe('a server of everybody', () => {
  it('takes every page, or only those let in and its own', async () => {
    const page = ['Origin: https://example.com'];
    expect(await accepted(request(page, '/', 'h.example'))).toContain(' 101 ');
    const options = { origins: ['https://other.example'] };
    expect((await refused(request(page, '/', 'h.example'), options)).status).toBe('403 Forbidden');
    expect(await accepted(request(['Origin: http://h.example'], '/', 'h.example'), options)).toContain(' 101 ');
  });

  it('that wants its own pages only takes them by either scheme, programs, and no other page', async () => {
    const own = { ownPagesOnly: true, originOption: '--web-origin' };
    const from = (origin: string): string => request([`Origin: ${origin}`], '/', 'h.example:1');
    for (const origin of ['http://h.example:1', 'https://H.example:1']) {
      expect(await accepted(from(origin), own)).toContain(' 101 ');
    }
    expect(await accepted(request([], '/', 'h.example:1'), own)).toContain(' 101 ');
    for (const origin of ['http://h.example', 'http://evil.example', 'null', 'http://evil.example/h.example:1']) {
      const { status, text } = await refused(from(origin), own);
      expect({ origin, status }).toEqual({ origin, status: '403 Forbidden' });
      expect(text).toContain('its own pages only; its owner lets other pages in with --web-origin\n');
    }
    const options = { ...own, origins: ['https://chat.example'] };
    expect(await accepted(request(['Origin: https://chat.example']), options)).toContain(' 101 ');
  });
});

describe('what is offered', () => {
  it.each([
    [undefined, 'a'],
    [['b', 'a'], 'b'],
    [['c'], undefined],
  ])('of subprotocols is chosen among %j: %s', async (protocols, chosen) => {
    const head = await accepted(request(['Sec-WebSocket-Protocol: a, b']), { protocols });
    expect(/^Sec-WebSocket-Protocol: (.*)\r$/m.exec(head)?.[1]).toBe(chosen);
  });

  it('of extensions is taken where both want it', async () => {
    const offer = request(['Sec-WebSocket-Extensions: x-foreign, permessage-deflate; client_max_window_bits']);
    expect(await accepted(offer)).not.toContain('Extensions');
    expect(await accepted(offer, { deflate: true })).toContain('Sec-WebSocket-Extensions: permessage-deflate\r\n');
    const [client, server] = await openPair({ protocols: ['x'] });
    expect(client.agreement).toMatchObject({ subprotocol: 'x', halfClose: true, deflate: undefined });
    expect(server.agreement).toMatchObject({ subprotocol: 'x', halfClose: true, deflate: undefined });
    for (const one of [client, server]) one.destroy();
  });
});
