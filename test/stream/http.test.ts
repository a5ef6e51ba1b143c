import { type Duplex, duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type HttpHandler, type HttpLimits, serveHttp } from '../../src/stream/http.ts';
import { isLocalHost, parseOrigin } from '../../src/stream/http-origin.ts';

const echo: HttpHandler = ({ method, path, body }) => ({
  status: 200,
  body: `${method} ${path} ${body}`,
});

interface Conversation {
  readonly client: Duplex;
  readonly server: Duplex;
  readonly over: Promise<void>;
  /** All that the server says from now to its end. */
  said(): Promise<string>;
}

/** Serves one side of a pair of streams; the server's side is ended when serving is over, as a server does. */
function converse(handler: HttpHandler, limits?: HttpLimits): Conversation {
  const [client, server] = duplexPair();
  const over = serveHttp(server, handler, limits).finally(() => server.end());
  over.catch(() => {});
  server.on('error', () => {});
  return {
    client,
    server,
    over,
    async said() {
      let text = '';
      client.setEncoding('utf8');
      for await (const chunk of client.iterator({ destroyOnReturn: false })) text += chunk;
      return text;
    },
  };
}

/** Says all of it, half-closes, and gives back what the server said. */
async function ask(request: string, handler: HttpHandler = echo, limits?: HttpLimits): Promise<string> {
  const talk = converse(handler, limits);
  talk.client.end(request);
  return talk.said();
}

const get = (path: string, ...headers: string[]): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers.map((one) => `${one}\r\n`).join('')}\r\n`;
const post = (body: string, length = body.length): string =>
  `POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n${body}`;
const statuses = (text: string): string[] => text.match(/^HTTP\/1\.1 \d+/gm) ?? [];

describe('serveHttp', () => {
  it('answers a client that half-closes, after its body is read', async () => {
    const said = await ask(post('hello'), async (request) => {
      await new Promise((resolve) => setImmediate(resolve));
      return echo(request);
    });
    expect(said).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(said).toMatch(/\r\n\r\nPOST \/rpc hello$/);
  });

  it('keeps the order of pipelined requests on one connection', async () => {
    const said = await ask(get('/a?x=1') + post('b') + get('/c'), async (request) => {
      if (request.path === '/a') await new Promise((resolve) => setTimeout(resolve, 5));
      return echo(request);
    });
    expect(said.split('200 OK').length - 1).toBe(3);
    expect(said.indexOf('GET /a ')).toBeLessThan(said.indexOf('POST /rpc b'));
    expect(said.indexOf('POST /rpc b')).toBeLessThan(said.indexOf('GET /c'));
  });

  it('reads a request cut into single bytes', async () => {
    const talk = converse(echo);
    for (const byte of Buffer.from(post('hello'))) talk.client.write(Buffer.of(byte));
    talk.client.end();
    expect(await talk.said()).toMatch(/POST \/rpc hello$/);
  });

  it('refuses a body past the limit while it is still coming, and ends there', async () => {
    const talk = converse(echo, { maxBodyBytes: 1_000 });
    talk.client.write(post('x'.repeat(200_000), 1_000_000));
    const said = await talk.said();
    expect(statuses(said)).toEqual(['HTTP/1.1 413']);
    expect(said).toMatch(/\r\nconnection: close\r\n/i);
    await talk.over;
  });

  it('refuses a head past the limit', async () => {
    expect(statuses(await ask(get('/', `X: ${'x'.repeat(20_000)}`)))).toEqual(['HTTP/1.1 431']);
  });

  it.each([
    ['garbage', 'Gee\r\n\r\n'],
    ['a request cut off', 'GET / HTTP/1.1\r\nHost: loc'],
    ['no Host in HTTP/1.1', 'GET / HTTP/1.1\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy'],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('answers %s with 400', async (_what, request) => {
    expect(statuses(await ask(request))[0]).toBe('HTTP/1.1 400');
  });

  it('has no tunnel', async () => {
    const said = await ask('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n');
    expect(statuses(said)).toEqual(['HTTP/1.1 405']);
  });

  it.each([
    ['dribbles its head', 'GET / HTTP/1.1\r\nHost: l'],
    ['dribbles its body', post('only', 100)],
    ['says nothing', ''],
  ])('hangs up on a client that %s, with 408', async (_what, request) => {
    const talk = converse(echo, { headTimeoutMs: 20, bodyTimeoutMs: 20 });
    talk.client.write(request);
    expect(statuses(await talk.said())).toEqual(['HTTP/1.1 408']);
    await talk.over;
  });

  it('does not hang up while an answer takes its time, and ends without a word when the client rests', async () => {
    const limits = { headTimeoutMs: 5, bodyTimeoutMs: 5 };
    const slow: HttpHandler = () => new Promise((resolve) => setTimeout(resolve, 60, { status: 200, body: 'slow\n' }));
    const talk = converse(slow, limits);
    talk.client.write(get('/') + get('/'));
    expect(statuses(await talk.said())).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    await talk.over;
  });

  it('returns when the client breaks off in the middle of a body', async () => {
    const talk = converse(echo);
    talk.client.write(post('only', 100));
    talk.server.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    await expect(talk.over).rejects.toThrow('reset');
  });

  it('ends at once between requests when the signal aborts, else after the answer', async () => {
    const idle = new AbortController();
    const quiet = converse(echo, { signal: idle.signal });
    idle.abort();
    expect(await quiet.said()).toBe('');
    await quiet.over;

    const busy = new AbortController();
    const talk = converse(
      async (request) => {
        busy.abort();
        return echo(request);
      },
      { signal: busy.signal },
    );
    talk.client.write(get('/'));
    expect(await talk.said()).toMatch(/connection: close\r\n[\s\S]*GET \/ /i);
    await talk.over;
  });

  it('answers 500 without details when the handler throws, and tells its caller', async () => {
    const talk = converse(() => {
      throw new Error('secret');
    });
    talk.client.end(get('/'));
    const said = await talk.said();
    expect(statuses(said)).toEqual(['HTTP/1.1 500']);
    expect(said).not.toContain('secret');
    await expect(talk.over).rejects.toThrow('secret');
  });

  it('sends a body as it is written, and ends when that is done; for HEAD none', async () => {
    let written = 0;
    const stream: HttpHandler = () => ({
      status: 200,
      body: async (out) => {
        written += 1;
        out.write('one ');
        await new Promise((resolve) => setImmediate(resolve));
        out.write('two');
      },
    });
    const said = await ask(`${get('/')}${get('/', 'Connection: close')}`, stream);
    expect(said.match(/^4\r\none \r\n3\r\ntwo\r\n0\r\n$/gm)).toHaveLength(2);
    expect(await ask(get('/').replace('GET', 'HEAD'), stream)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/);
    expect(written).toBe(2);
  });

  it('breaks off in the middle of a body that cannot be ended, so that nobody takes it for whole', async () => {
    const talk = converse(() => ({
      status: 200,
      body: async (out) => {
        out.write('half');
        throw new Error('gone');
      },
    }));
    talk.client.on('error', () => {}).write(get('/'));
    await expect(talk.over).rejects.toThrow('gone');
    expect(talk.server.destroyed).toBe(true);
  });

  it('tells a body that is being written when the conversation is to end, and hands over the query', async () => {
    const stop = new AbortController();
    const asked: string[] = [];
    const talk = converse(
      ({ path, query, signal }) => ({
        status: 200,
        body: async (out) => {
          asked.push(path, query);
          out.write('on');
          setImmediate(() => stop.abort());
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          out.write(' and off');
        },
      }),
      { signal: stop.signal },
    );
    talk.client.write(get('/a?b=1?c'));
    expect(await talk.said()).toContain(' and off');
    expect(asked).toEqual(['/a', 'b=1?c']);
  });

  it('refuses other names for this machine and foreign pages where it is local', async () => {
    const rebound = 'GET / HTTP/1.1\r\nHost: evil.example:80\r\n\r\n';
    expect(statuses(await ask(rebound, echo, { localOnly: true }))).toEqual(['HTTP/1.1 403']);
    expect(statuses(await ask(rebound, echo))).toEqual(['HTTP/1.1 200']);
    const foreign = get('/', 'Origin: http://evil.example');
    expect(statuses(await ask(foreign, echo, { localOnly: true }))).toEqual(['HTTP/1.1 403']);
  });
});

describe('isLocalHost', () => {
  it.each([
    [undefined, undefined],
    ['localhost', undefined],
    ['LOCALHOST:80', undefined],
    ['127.0.0.1:21568', 'http://127.0.0.1:21568'],
    ['[::1]:80', undefined],
    ['192.168.1.2', undefined],
  ])('lets Host %s with Origin %s in', (host, origin) => {
    expect(isLocalHost(host, origin)).toBe(true);
  });

  it.each([
    ['evil.example', undefined],
    ['localhost.evil.example', undefined],
    ['127.0.0.1.evil.example', undefined],
    ['', undefined],
    ['localhost', 'null'],
    ['localhost', 'https://evil.example'],
    ['localhost:80', 'http://localhost:81'],
  ])('keeps Host %j with Origin %s out', (host, origin) => {
    expect(isLocalHost(host, origin)).toBe(false);
  });
});

describe('parseOrigin', () => {
  it.each([
    ['https://Example.com/', 'https://example.com'],
    ['http://[::1]:8067', 'http://[::1]:8067'],
    ['*', '*'],
    ['null', 'null'],
    ['example.com', undefined],
    ['https://example.com/chat', undefined],
    ['', undefined],
  ])('reads %j as %s', (text, origin) => {
    expect(parseOrigin(text)).toBe(origin);
  });
});
