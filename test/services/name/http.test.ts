import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/net/endpoint.ts';
import { type Server, serve } from '../../../src/net/serve.ts';
import { name } from '../../../src/services/name.ts';
import { drained } from '../../../src/stream/drained.ts';
import { optionsOf } from '../../support/service-stages.ts';
import { connectTo, readToEnd, until } from '../../support/sockets.ts';

/** How often it is looked whether the server has noticed. */
const POLL_MS = 5;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. */
  readonly json: Record<string, unknown>;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(given: Readonly<Record<string, unknown>> = {}) {
  const server = await serve(name, {
    endpoints: ['tcp://127.0.0.1:0'],
    faces: { http: ['tcp://127.0.0.1:0'] },
    options: (await optionsOf(name as never, given)) as never,
  });
  servers.push(server);
  const { port } = server.endpoints[1] as { port: number };
  const url = `http://127.0.0.1:${port}`;
  const ask = async (method: string, path: string, body?: unknown, init: RequestInit = {}): Promise<Answer> => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${url}${path}`, { method, ...(text !== undefined && { body: text }), ...init });
    const said = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    return { status: answer.status, headers: answer.headers, text: said, json: isJson ? JSON.parse(said) : {} };
  };
  return { server, port, url, ask, get: (path: string, init?: RequestInit) => ask('GET', path, undefined, init) };
}

/** Node's fetch sets these headers itself. */
function askAs(port: number, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });
}

describe('instances over HTTP', () => {
  it('are registered, found, renewed, taken out of use and withdrawn', async () => {
    const { ask, get } = await start();
    const whole = {
      ...{ host: '127.0.0.2', port: 80, protocol: 'udp', description: 'The pages', tags: ['a'], meta: { zone: 'x' } },
      ...{
        weight: 3,
        priority: 2,
        ttl: '1m30s',
        checks: [{ kind: 'udp', send: '00', interval: 60, timeout: '500ms' }],
      },
    };
    const made = await ask('PUT', '/services/web/one%2Ftwo', whole);
    expect(made).toMatchObject({ status: 200 });
    const { checks: _, host, ttl: __, ...rest } = whole;
    expect(made.json).toMatchObject({ name: 'web', id: 'one/two', host, lease: 90, ...rest });
    expect((await get('/services/WEB/one%2Ftwo')).json).toMatchObject({ id: 'one/two' });
    expect((await ask('POST', '/services/web', { port: 81, checks: [] })).json).toMatchObject({ id: '127.0.0.1:81' });
    expect((await get('/services/web')).json.instances).toMatchObject([{ id: '127.0.0.1:81' }, { id: 'one/two' }]);
    const renew = '/services/web/127.0.0.1:81/renew';
    expect((await ask('POST', renew, { status: 'down', reason: 'lunch' })).json).toMatchObject({
      status: 'down',
      word: { status: 'down', output: 'lunch' },
    });
    expect((await get('/services/web')).json.instances).toHaveLength(1);
    expect((await get('/services/web?all')).json.instances).toHaveLength(2);
    expect((await ask('POST', renew)).json).toMatchObject({ status: 'up' });
    expect((await get('/services?prefix=WE')).json).toMatchObject({
      services: [{ name: 'web', instances: 2, served: 2, description: 'The pages' }],
    });
    expect((await get('/services?prefix=x')).json).toMatchObject({ services: [] });
    expect((await ask('DELETE', '/services/web/one%2Ftwo')).json).toMatchObject({ status: 'dropped' });
    expect((await get('/services/web/one%2Ftwo')).status).toBe(404);
  });

  it('are data, whatever they are called', async () => {
    const { ask, get } = await start();
    const meta = JSON.parse('{"__proto__": "a", "constructor": "b"}');
    const text = '<script>alert(1)</script>';
    expect(
      (await ask('PUT', '/services/to-string/__proto__', { port: 1, checks: [], description: text, meta })).status,
    ).toBe(200);
    const { instances } = (await get('/services/to-string')).json as unknown as { instances: { meta: object }[] };
    expect(instances).toMatchObject([{ id: '__proto__', description: text }]);
    expect(Object.entries(instances[0]?.meta ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect((await get('/services/__proto__')).status).toBe(404);
    expect((await get('/constructor')).status).toBe(404);
  });

  it('take turns, and count as lookups; looking after them does not', async () => {
    const { ask, get } = await start();
    for (const port of [1, 2]) await ask('POST', '/services/web', { port, checks: [] });
    const first = new Set<unknown>();
    for (let i = 0; i < 2; i += 1)
      first.add(((await get('/services/web')).json.instances as unknown as { port: number }[])[0]?.port);
    expect(first.size).toBe(2);
    await get('/instances?service=web');
    await get('/services/nobody');
    expect((await get('/top')).json).toMatchObject({ services: [{ name: 'web', asked: 2, hits: 1 }] });
    expect((await get('/status')).json).toMatchObject({ lookups: 3, hits: 1, unknown: 1, instances: 2 });
  });
});

describe('a request that will not do', () => {
  it.each([
    ['{', 'is no JSON'],
    ['[]', 'is not a JSON object'],
    ['{"port": "80"}', 'port: is not a number'],
    ['{"port": 80.5}', 'not a whole number'],
    ['{"port": 0}', 'not a whole number'],
    ['{}', 'not a whole number'],
    ['{"prt": 80}', 'has no field "prt"'],
    ['{"port": 80, "checks": "none"}', 'checks: is not a list'],
    ['{"port": 80, "checks": [{"kind": "grpc"}]}', 'is none of tcp, http, udp'],
    ['{"port": 80, "checks": [{"kind": "tcp", "pth": "/"}]}', 'has no field "pth"'],
    ['{"port": 80, "tags": [1]}', 'a tag: is not a text'],
    ['{"port": 80, "meta": {"a": 1}}', 'the value of a: is not a text'],
    ['{"port": 80, "ttl": "soon"}', 'is no duration'],
    ['{"port": 80, "host": "example.com"}', 'names are not looked up'],
    ['{"port": 80, "description": "a\\u0000b"}', 'control characters'],
  ])('says what is wrong with %s', async (body, reason) => {
    const { ask, get } = await start();
    const answer = await ask('POST', '/services/web', body);
    expect(answer).toMatchObject({ status: 400, json: { error: expect.stringContaining(reason) } });
    expect((await get('/services')).json).toMatchObject({ services: [] });
  });

  it('is told where to look, and what works', async () => {
    const { ask, get } = await start();
    expect(await get('/nothing')).toMatchObject({ status: 404, json: { hint: 'GET /services' } });
    const patch = await ask('PATCH', '/services');
    expect(patch).toMatchObject({ status: 405, json: { error: 'PATCH does not work here' } });
    expect(patch.headers.get('allow')).toBe('GET');
    expect((await get('/services/%ff')).status).toBe(400);
    expect((await get('/services/web/one')).status).toBe(404);
    expect((await get('/log?limit=x')).status).toBe(400);
    expect((await get('/services?index=-1')).status).toBe(400);
    expect((await get('/services?index=0&wait=long')).status).toBe(400);
    expect((await ask('POST', '/services/web', 'x'.repeat(70_000))).status).toBe(413);
    expect((await fetch(`${(await start()).url}/services`, { method: 'HEAD' })).status).toBe(200);
  });

  it('needs the token where there is one, and the right one', async () => {
    const { ask, get } = await start({ token: 'secret', adminToken: 'boss' });
    const as = (header: string, value: string): RequestInit => ({ headers: { [header]: value } });
    const web = { port: 80, checks: [] };
    expect((await ask('POST', '/services/web', web)).status).toBe(403);
    expect((await get('/services', as('authorization', 'Bearer wrong'))).status).toBe(401);
    expect((await ask('POST', '/services/web', web, as('authorization', 'Bearer secret'))).status).toBe(200);
    expect((await ask('POST', '/services/web', { port: 81, checks: [] }, as('x-consul-token', 'boss'))).status).toBe(
      200,
    );
    expect((await get('/services')).status).toBe(200);
  });

  it('is refused to pages of other sites, and to names that anybody can point here', async () => {
    const { port } = await start();
    const own = `127.0.0.1:${port}`;
    expect(await askAs(port, '/services', { host: own })).toBe(200);
    expect(await askAs(port, '/services', { host: `localhost:${port}` })).toBe(200);
    expect(await askAs(port, '/services', { host: own, origin: `http://${own}` })).toBe(200);
    expect(await askAs(port, '/services', { host: own, origin: 'http://evil.example' })).toBe(403);
    expect(await askAs(port, '/services', { host: own, origin: 'null' })).toBe(403);
    expect(await askAs(port, '/metrics', { host: 'rebound.example' })).toBe(403);
    const named = await start({ httpOrigin: ['https://names.example/'] });
    expect(await askAs(named.port, '/services', { host: 'names.example' })).toBe(200);
    expect(await askAs(named.port, '/services', { host: own, origin: 'https://names.example' })).toBe(200);
    expect(await askAs(named.port, '/services', { host: 'rebound.example' })).toBe(403);
    await expect(start({ httpOrigin: ['names'] })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('a long poll', () => {
  it('waits for a change of its own service, from the very first on', async () => {
    const { ask, get, server } = await start();
    const { index } = (await get('/services/web?all')).json;
    expect(index).toBeUndefined();
    const any = get('/services?index=0&wait=1m');
    await until(() => server.connections > 0);
    await ask('POST', '/services/web', { port: 1, checks: [] });
    expect((await any).json).toMatchObject({ index: 1, services: [{ name: 'web' }] });
    const own = get('/services/web?index=1&wait=1m');
    await ask('POST', '/services/other', { port: 1, checks: [] });
    await ask('POST', '/services/web', { port: 2, checks: [] });
    const answer = await own;
    expect(answer.json).toMatchObject({ index: 3 });
    expect(answer.headers.get('x-nettk-index')).toBe('3');
    expect(answer.json.instances).toHaveLength(2);
  });

  it('answers at once where it missed something, or its number is of another server, and when its time is over', async () => {
    const { ask, get } = await start();
    await ask('POST', '/services/web', { port: 1, checks: [] });
    expect((await get('/services?index=0&wait=10m')).json).toMatchObject({ index: 1 });
    expect((await get('/services?index=99&wait=10m')).json).toMatchObject({ index: 1 });
    expect((await get('/services?index=1&wait=30ms')).json).toMatchObject({ index: 1 });
  });

  it('gives its place back when its client leaves, and ends when the server does', async () => {
    const { get, server, port } = await start();
    const waiting = async (): Promise<number> =>
      Number(/nettk_name_waiting_polls (\d+)/.exec((await get('/metrics')).text)?.[1]);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /services?index=0&wait=10m HTTP/1.1\r\nHost: localhost\r\n\r\n');
    while ((await waiting()) !== 1) await delay(POLL_MS);
    socket.resetAndDestroy();
    while ((await waiting()) !== 0) await delay(POLL_MS);
    const last = get('/services?index=0&wait=10m');
    while ((await waiting()) !== 1) await delay(POLL_MS);
    expect(await server.drain(5_000)).toEqual({ cut: 0 });
    expect((await last).status).toBe(200);
  });
});

/** Opens a stream of events, and reads it as text. */
async function follow(url: string, headers: Record<string, string> = {}) {
  const over = new AbortController();
  const answer = await fetch(url, { headers, signal: over.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const reader = (answer.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream() as never)
    .getReader() as ReadableStreamDefaultReader<string>;
  let text = '';
  const hears = async (what: string): Promise<string> => {
    while (!text.includes(what)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`it ended after ${text}`);
      text += value;
    }
    return text;
  };
  const ended = async (): Promise<void> => {
    for (;;) if ((await reader.read()).done) return;
  };
  return { hears, ended, leave: () => over.abort() };
}

describe('server-sent events', () => {
  it('tell each change with its number, of one service or all', async () => {
    const { ask, url } = await start();
    const all = await follow(`${url}/events`);
    const web = await follow(`${url}/events?service=WEB`);
    await all.hears('event: reset\nid: 0\ndata: {"index":0}\n\n');
    await web.hears('reset');
    await ask('POST', '/services/other', { port: 1, checks: [] });
    await ask('POST', '/services/web', { port: 1, checks: [], description: 'a\u2028b' });
    await ask('DELETE', '/services/web/127.0.0.1:1');
    expect(await web.hears('event: dropped\nid: 3\n')).not.toContain('other');
    const told = await all.hears('event: dropped\nid: 3\n');
    const events = [...told.matchAll(/^event: (\w+)\nid: (\d+)$/gm)].map(([, kind, id]) => `${kind} ${id}`);
    expect(events).toEqual(['reset 0', 'registered 1', 'registered 2', 'dropped 3']);
    for (const one of [all, web]) one.leave();
  });

  it('go on where a client was when it comes back, or say that it has to begin anew', async () => {
    const { ask, url } = await start();
    for (const port of [1, 2, 3]) await ask('POST', '/services/web', { port, checks: [] });
    const back = await follow(`${url}/events`, { 'last-event-id': '1' });
    const told = await back.hears('id: 3\n');
    expect(told).not.toContain('reset');
    expect(told).not.toContain('id: 1\n');
    const lost = await follow(`${url}/events?since=99`);
    await lost.hears('event: reset\nid: 3\n');
    for (const one of [back, lost]) one.leave();
  });

  it('tell the log as it is written', async () => {
    const { get, ask, url } = await start();
    const log = await follow(`${url}/log/events?service=web`);
    await ask('POST', '/services/other', { port: 1, checks: [] });
    await ask('POST', '/services/web', { port: 1, checks: [] });
    expect(await log.hears('"event":"register"')).not.toContain('other');
    await get('/services/web');
    await log.hears('"event":"lookup"');
    log.leave();
  });

  it('end with the server, and give up a client that does not read', async () => {
    const { server, port, url } = await start();
    const deaf = connect(port, '127.0.0.1');
    deaf.on('error', () => {});
    await once(deaf, 'connect');
    deaf.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => deaf.bytesRead > 0);
    deaf.pause();
    const kept = await follow(`${url}/events`);
    await kept.hears('reset');
    const lost = new Promise((resolve) => server.on('disconnected', resolve));
    const hears = kept.ended();
    let isGone = false;
    lost.then(() => {
      isGone = true;
    });
    const line = await connectTo(server.endpoints[0] as Endpoint);
    line.resume();
    for (let i = 0; !isGone; i += 1) {
      line.write(`register web 1 check=none ${`${i}`.padStart(500, 'x')}\n`);
      if (line.writableNeedDrain) await drained(line);
      if (i % 100 === 0) await delay(1);
    }
    line.destroy();
    expect(await server.drain(5_000)).toEqual({ cut: 0 });
    await hears;
    deaf.destroy();
  }, 120_000);
});

describe('metrics and targets', () => {
  it('have the counts, and every line is a comment or a sample', async () => {
    const { ask, get } = await start();
    await ask('POST', '/services/web', { port: 1, checks: [], tags: ['a', 'b'], meta: { 'x.y-z': 'v' } });
    await get('/services/web');
    await get('/services/web');
    const { text, headers } = await get('/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^# (HELP|TYPE) [a-z_\d]+ .+$|^[a-z_\d]+(\{[a-z]+="[^"\n]*"\})? -?[\d.e+-]+$/);
    }
    for (const sample of [
      'nettk_name_instances{status="up"} 1',
      'nettk_name_services 1',
      'nettk_name_lookups_total 2',
      'nettk_name_lookup_cache_total{result="hit"} 1',
      'nettk_name_service_lookups_total{service="web"} 2',
      'nettk_name_registrations_total{kind="register"} 1',
    ]) {
      expect(text).toContain(`${sample}\n`);
    }
    expect((await get('/prometheus/sd')).json).toEqual([
      {
        targets: ['127.0.0.1:1'],
        labels: {
          __meta_nettk_service: 'web',
          __meta_nettk_id: '127.0.0.1:1',
          __meta_nettk_protocol: 'tcp',
          __meta_nettk_status: 'up',
          __meta_nettk_description: '',
          __meta_nettk_tags: ',a,b,',
          __meta_nettk_meta_x_y_z: 'v',
        },
      },
    ]);
    expect((await get('/prometheus/sd?service=nobody')).json).toEqual([]);
    expect((await get('/health')).text).toBe('ok\n');
  });
});

describe('a slow client', () => {
  it('that ends in the middle of its head gets nothing but a refusal, and others are answered meanwhile', async () => {
    const { get, port } = await start();
    const slow = connect(port, '127.0.0.1');
    await once(slow, 'connect');
    slow.write('GET /services HTTP/1.1\r\nHost: localh');
    expect((await get('/health')).status).toBe(200);
    slow.end();
    expect(String(await readToEnd(slow))).toMatch(/^(HTTP\/1\.1 400 |$)/);
  });
});
