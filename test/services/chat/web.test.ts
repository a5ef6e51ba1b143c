import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type ChatWebOptions, serveChatWeb } from '../../../src/services/chat/web.ts';
import { readLines } from '../../../src/stream/lines.ts';
import { rejectionOf } from '../../support/errors.ts';
import { closed, readToEnd } from '../../support/sockets.ts';
import { tcpPair } from '../../support/tcp-pair.ts';
import { frame, readCloseCode, readFrame, readHead, request } from '../../support/web-sockets.ts';

interface Visit {
  readonly client: Socket;
  readonly over: Promise<void>;
}

/** A client of the face, which is ended as a server ends it. */
async function visit(options: Partial<ChatWebOptions> = {}): Promise<Visit> {
  const [client, server] = await tcpPair();
  for (const socket of [client, server]) socket.on('error', () => {});
  const openIrc = async (): Promise<void> => {
    throw new Error('nobody wanted IRC');
  };
  const signal = new AbortController().signal;
  const over = serveChatWeb(server, { signal, isLocal: false, isSecure: false, openIrc, ...options });
  over.then(
    () => server.end(),
    () => server.end(),
  );
  return { client, over };
}

/** Sends a request, and gives the answer to its end. */
async function ask(bytes: string, options: Partial<ChatWebOptions> = {}): Promise<string> {
  const { client, over } = await visit(options);
  client.write(bytes);
  const answer = await readToEnd(client);
  client.destroy();
  await over;
  return answer.toString();
}

const get = (path: string, { method = 'GET', host = 'h.example:8067', more = '' } = {}): string =>
  `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
const statusOf = (answer: string): number => Number(answer.slice(9, 12));
const headersOf = (answer: string): Map<string, string> =>
  new Map(
    answer
      .slice(0, answer.indexOf('\r\n\r\n'))
      .split('\r\n')
      .slice(1)
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);

describe('the page', () => {
  it('is one document with all its headers, and ends its connection', async () => {
    const answer = await ask(get('/'));
    expect(statusOf(answer)).toBe(200);
    const headers = headersOf(answer);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
      connection: 'close',
    });
    expect(bodyOf(answer)).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(Number(headers.get('content-length'))).toBe(Buffer.byteLength(bodyOf(answer)));
  });

  it('may run its own script in its own style, by their hashes, talk with its own server, and nothing else', async () => {
    const answer = await ask(get('/'));
    const rules = new Map(
      (headersOf(answer).get('content-security-policy') ?? '').split('; ').map((rule) => {
        const [name = '', ...values] = rule.split(' ');
        return [name, values.join(' ')];
      }),
    );
    const hash = (tag: string): string => {
      const [all, text = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(bodyOf(answer)) ?? [];
      expect(all).toBeDefined();
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    };
    expect(Object.fromEntries(rules)).toEqual({
      'default-src': "'none'",
      'script-src': hash('script'),
      'style-src': hash('style'),
      'img-src': 'data:',
      'connect-src': "'self' ws://h.example:8067 wss://h.example:8067",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      'require-trusted-types-for': "'script'",
      'trusted-types': "'none'",
    });
  });

  it('names no resource outside itself', async () => {
    const body = bodyOf(await ask(get('/')));
    const addresses = [...body.matchAll(/\b(?:src|href|action)="([^"]*)"/g)].map((found) => found[1] ?? '');
    expect(addresses.filter((one) => !/^(#|data:)/.test(one))).toEqual([]);
    expect(body).not.toMatch(/@import|url\(|\binnerHTML\b|outerHTML|insertAdjacent|document\.write|\beval\b/);
    // As the browser reads it: nothing may end the script or the style early.
    expect(body.match(/<\/script|<!--/gi)).toHaveLength(1);
    expect(body.match(/<\/style/gi)).toHaveLength(1);
  });

  it.each(['a;script-src *', 'a b', "'unsafe-inline'", 'a,b', '[::1'])('lets a Host %j make no rule', async (host) => {
    const policy = headersOf(await ask(get('/', { host }))).get('content-security-policy');
    expect(policy?.endsWith("connect-src 'self'")).toBe(true);
  });

  it('comes by GET and HEAD only, and is all there is', async () => {
    const head = await ask(get('/', { method: 'HEAD' }));
    expect([statusOf(head), bodyOf(head)]).toEqual([200, '']);
    expect(Number(headersOf(head).get('content-length'))).toBeGreaterThan(10_000);
    expect(statusOf(await ask(get('/favicon.ico')))).toBe(204);
    expect(statusOf(await ask(get('/?x=1')))).toBe(200);
    expect(statusOf(await ask(get('/admin')))).toBe(404);
    const post = await ask(get('/', { method: 'POST', more: 'Content-Length: 2\r\n' }).concat('hi'));
    expect([statusOf(post), headersOf(post).get('allow')]).toEqual([405, 'GET, HEAD']);
    const long =
      get('/', { method: 'POST', more: 'Content-Length: 5000\r\nConnection: close\r\n' }) + 'x'.repeat(5_000);
    expect(statusOf(await ask(long))).toBe(413);
  });

  it('is answered once a connection, so that a proxy sends no WebSocket down a used one', async () => {
    const answer = await ask(get('/favicon.ico') + get('/'));
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  });
});

describe('the head of a request', () => {
  it('is read however it is cut', async () => {
    const { client, over } = await visit();
    const answer = readToEnd(client);
    for (const byte of Buffer.from(get('/favicon.ico'))) {
      client.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    expect(statusOf((await answer).toString())).toBe(204);
    client.destroy();
    await over;
  });

  it('past 16 KiB gets 431', async () => {
    expect(statusOf(await ask(get('/', { more: `X: ${'x'.repeat(20_000)}\r\n` })))).toBe(431);
    expect(statusOf(await ask(get('/', { more: `X: ${'x'.repeat(15_000)}\r\n` })))).toBe(200);
  });

  it('that is never whole gets 408, or 400 where the client ends in the middle', async () => {
    expect(statusOf(await ask('GET / HTTP/1.1\r\nHost: ', { headTimeoutMs: 20 }))).toBe(408);
    const { client, over } = await visit();
    client.end('GET / HTTP/1.1\r\nHost: ');
    expect(statusOf((await readToEnd(client)).toString())).toBe(400);
    await over;
  });

  it('is not waited for once the server drains', async () => {
    const stop = new AbortController();
    const { client, over } = await visit({ signal: stop.signal });
    client.write('GET / HT');
    stop.abort();
    expect((await readToEnd(client)).toString()).toBe('');
    await over;
  });
});

describe('a page of somebody else', () => {
  const local = { isLocal: true };

  it.each([
    ['a name that was pointed at this machine', local, 'evil.example', undefined],
    ['another page, on this machine', local, '127.0.0.1:1', 'http://evil.example'],
    ['another page, anywhere', {}, 'h.example', 'http://evil.example'],
    ['a page without an origin', {}, 'h.example', 'null'],
  ])('gets neither WebSocket nor page: %s', async (_what, options, host, origin) => {
    const headers = origin === undefined ? [] : [`Origin: ${origin}`];
    const { client, over } = await visit(options);
    client.write(request(headers, '/', host));
    expect(statusOf((await readToEnd(client)).toString())).toBe(403);
    client.destroy();
    expect((await rejectionOf(over)).code).toBe('REFUSED');
    const more = headers.map((line) => `${line}\r\n`).join('');
    expect(statusOf(await ask(get('/', { host, more }), options))).toBe(403);
  });

  it('gets both where the owner lets it in', async () => {
    const options = { isLocal: true, origins: ['https://chat.example'] };
    expect(statusOf(await ask(get('/', { host: 'chat.example' }), options))).toBe(200);
    const irc = await openIrc(['Origin: https://chat.example'], options, 'chat.example');
    irc.client.destroy();
  });
});

interface Irc extends Visit {
  /** The server's side. */
  readonly stream: Duplex;
  readonly head: string;
  /** Ends the session. */
  end(): void;
}

/** Opens IRC over WebSocket; the session lasts until it is ended. */
async function openIrc(
  headers: readonly string[] = [],
  options: Partial<ChatWebOptions> = {},
  host = 'h.example',
  glued: Uint8Array = Buffer.alloc(0),
): Promise<Irc> {
  const opened = Promise.withResolvers<Duplex>();
  const ended = Promise.withResolvers<void>();
  const { client, over } = await visit({
    ...options,
    openIrc: (stream) => {
      opened.resolve(stream);
      return ended.promise;
    },
  });
  client.write(Buffer.concat([Buffer.from(request(headers, '/', host)), glued]));
  const head = await readHead(client);
  return { client, over, head, stream: await opened.promise, end: () => ended.resolve() };
}

describe('IRC over WebSocket', () => {
  it('carries a line in each text message, both ways, glued to the handshake too', async () => {
    const offer = ['Sec-WebSocket-Protocol: binary.ircv3.net, text.ircv3.net'];
    const { client, stream, head, over, end } = await openIrc(
      offer,
      {},
      'h.example',
      frame(1, 'NICK ann', { mask: true }),
    );
    expect(head).toContain('\r\nSec-WebSocket-Protocol: text.ircv3.net\r\n');
    client.write(frame(1, 'USER ann 0 * :Ännchen', { mask: true }));
    const lines = readLines(stream);
    expect([(await lines.next()).value, (await lines.next()).value]).toEqual(['NICK ann', 'USER ann 0 * :Ännchen']);
    stream.write(':server 001 ann :Wel');
    stream.write('come\r\n:server 422 ann :Nothing\r\n');
    expect(await readFrame(client)).toEqual({ opcode: 1, payload: Buffer.from(':server 001 ann :Welcome') });
    expect(await readFrame(client)).toEqual({ opcode: 1, payload: Buffer.from(':server 422 ann :Nothing') });
    end();
    expect(await readCloseCode(client)).toBe(1000);
    client.end(frame(8, Buffer.from([3, 232]), { mask: true }));
    await over;
    expect(await closed(client)).toBeUndefined();
  });

  it('carries the same lines in binary messages where the client wants that', async () => {
    const { client, stream, head, end } = await openIrc(['Sec-WebSocket-Protocol: binary.ircv3.net']);
    expect(head).toContain('\r\nSec-WebSocket-Protocol: binary.ircv3.net\r\n');
    client.write(frame(2, 'NICK ann', { mask: true }));
    expect((await readLines(stream).next()).value).toBe('NICK ann');
    stream.write(':server 001 ann :Welcome\r\n');
    expect(await readFrame(client)).toEqual({ opcode: 2, payload: Buffer.from(':server 001 ann :Welcome') });
    end();
    client.destroy();
  });

  it('chooses no subprotocol that it was not offered', async () => {
    const { client, head, end } = await openIrc(['Sec-WebSocket-Protocol: chat']);
    expect(head).not.toContain('Sec-WebSocket-Protocol');
    end();
    client.destroy();
  });

  it('takes the longest line with its tags, and tells whoever sends a longer message', async () => {
    const { client, stream, end } = await openIrc();
    const line = `@${'t'.repeat(8_189)} ${'x'.repeat(510)}`;
    client.write(frame(1, line, { mask: true }));
    expect((await readLines(stream).next()).value).toBe(line);
    client.write(frame(1, 'x'.repeat(10_000), { mask: true }));
    expect(await readCloseCode(client)).toBe(1009);
    end();
    client.destroy();
  });

  it('refuses a request for a WebSocket that is none, in words', async () => {
    const { client, over } = await visit();
    client.write(request().replace('Version: 13', 'Version: 8'));
    expect(statusOf((await readToEnd(client)).toString())).toBe(426);
    client.destroy();
    expect((await rejectionOf(over)).message).toContain('(426)');
  });
});
