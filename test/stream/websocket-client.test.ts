import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { connectWebSocket, type WebSocketClientOptions } from '../../src/stream/websocket-client.ts';
import { acceptKey } from '../../src/stream/websocket-handshake.ts';
import { rejectionOf } from '../support/errors.ts';
import { HOST, quickPair, readHead } from '../support/web-sockets.ts';

/** What a client says, and how it takes this answer; `KEY` in it becomes the right one. */
async function ask(answer: string | Uint8Array, options: WebSocketClientOptions = {}) {
  const [near, far] = await quickPair();
  const opening = connectWebSocket(near, { host: HOST, ...options });
  opening.catch(() => {});
  const head = await readHead(far);
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1] ?? '';
  far.end(typeof answer === 'string' ? answer.replace('KEY', acceptKey(key)) : answer);
  return { head, opening, near, far };
}

const answer = (...more: string[]): string =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Accept: KEY',
    ...more,
    '\r\n',
  ].join('\r\n');

async function failure(text: string | Uint8Array, options: WebSocketClientOptions = {}): Promise<NettkError> {
  const { opening, near, far } = await ask(text, options);
  const error = await rejectionOf(opening);
  expect(near.destroyed).toBe(true);
  far.destroy();
  return error;
}

describe("a client's request", () => {
  it('says what was asked for', async () => {
    const { head, opening, far } = await ask(answer('Sec-WebSocket-Protocol: b'), {
      path: '/a b?c=ä#d',
      headers: { Authorization: 'Bearer x' },
      origin: 'https://example.com',
      protocols: ['a', 'b'],
      deflate: true,
    });
    const lines = head.split('\r\n');
    expect(lines[0]).toBe('GET /a%20b?c=%C3%A4%23d HTTP/1.1');
    expect(lines).toEqual(
      expect.arrayContaining([
        'Host: 127.0.0.1',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, nettk-half-close',
        'Sec-WebSocket-Protocol: a, b',
        'Origin: https://example.com',
        'Authorization: Bearer x',
      ]),
    );
    const conn = await opening;
    expect(conn.agreement).toMatchObject({ subprotocol: 'b', halfClose: false, deflate: undefined });
    conn.on('error', () => {}).destroy();
    far.destroy();
  });

  it.each([
    [{ headers: { 'A b': 'x' } }, /Header name/],
    [{ headers: { A: 'x\r\nB: y' } }, /Invalid character in header content/],
    [{ origin: 'a\nb' }, /Invalid character in header content/],
  ])('cannot be made of %j', async (options, reason) => {
    const [near, far] = await quickPair();
    const error = await rejectionOf(connectWebSocket(near, { host: HOST, ...options }));
    expect([error.exit, error.message]).toEqual([2, expect.stringMatching(reason)]);
    far.destroy();
  });
});

describe("a server's answer", () => {
  const WITH = 'WebSocket with 127.0.0.1: ';
  it.each([
    ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', {}, 'REFUSED', 'the server answered 404 Not Found'],
    ['HTTP/1.1 200 OK\r\n\r\nhello', {}, 'REFUSED', 'the server answered 200 OK'],
    ['HTTP/1.1 403 \x1b[2J\r\n\r\n', {}, 'REFUSED', 'the server answered 403 \\x1b[2J'],
    ['220 mail ready\r\n', {}, 'PROTOCOL', 'the port does not speak HTTP'],
    ['', {}, 'ECONNRESET', 'the server hung up without an answer'],
    [answer().replace('KEY', 'x'), {}, 'PROTOCOL', "the server's answer has a wrong Sec-WebSocket-Accept"],
    [answer().replace('Upgrade: websocket', 'Upgrade: h2c'), {}, 'PROTOCOL', 'has no "Upgrade: websocket"'],
    [answer('Sec-WebSocket-Protocol: x'), {}, 'PROTOCOL', 'has a subprotocol that was not offered: x'],
    [answer(), { protocols: ['a'] }, 'PROTOCOL', 'has none of the subprotocols offered'],
    [answer('Sec-WebSocket-Extensions: permessage-deflate'), {}, 'PROTOCOL', 'one that was not offered'],
    [answer('Sec-WebSocket-Extensions: x-other'), { deflate: true }, 'PROTOCOL', 'one that was not offered'],
    [
      answer('Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99'),
      { deflate: true },
      'PROTOCOL',
      'extensions that cannot be',
    ],
    [
      `HTTP/1.1 101 x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      {},
      'TOO_LONG',
      "the answer's head is longer than 16384 bytes",
    ],
  ])('%j is refused in words', async (text, options, code, words) => {
    const error = await failure(text, options);
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(words)]);
    expect(error.message.startsWith(WITH)).toBe(true);
    expect(error.exit).toBe(1);
  });

  it('that sends elsewhere says where', async () => {
    const error = await failure('HTTP/1.1 301 Moved\r\nLocation: wss://h.example/\r\n\r\n');
    expect(error.hint).toBe('wss://h.example/');
  });

  it('that never comes is waited for so long and no longer', async () => {
    const [near, far] = await quickPair();
    const error = await rejectionOf(connectWebSocket(near, { host: HOST, timeoutMs: 20 }));
    expect([error.code, error.message]).toEqual([
      'TIMEOUT',
      'WebSocket with 127.0.0.1: handshake not finished within 0.02 s',
    ]);
    far.destroy();
  });

  it('is not waited for where the caller gives up', async () => {
    const [near, far] = await quickPair();
    const stop = new AbortController();
    const opening = rejectionOf(connectWebSocket(near, { host: HOST, signal: stop.signal }));
    await readHead(far);
    stop.abort(new NettkError({ code: 'CANCELLED', action: 'test' }));
    expect((await opening).code).toBe('CANCELLED');
    expect((near as Socket).destroyed).toBe(true);
    far.destroy();
  });
});
