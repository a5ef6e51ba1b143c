/** What every connection does, whatever carries it: a transport is tested by being listed here. */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asConn, type Conn } from '../../src/net/conn.ts';
import { dial } from '../../src/net/dial.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../../src/net/endpoint.ts';
import { listenStream } from '../../src/net/listen.ts';
import type { ServerLayers } from '../../src/net/server-layers.ts';
import { reset } from '../../src/stream/join.ts';
import { shapeConn } from '../../src/stream/shape.ts';
import type { WebSocketClientOptions } from '../../src/stream/websocket-client.ts';
import { closed, readBytes, readToEnd } from '../support/sockets.ts';

/** Two ends of one connection, and what undoes it. */
interface Pair {
  readonly near: Conn;
  readonly far: Conn;
  /** Where the near end was connected to. */
  readonly target: Endpoint;
  stop(): Promise<void>;
}

/** A transport: how a pair of it is made, and what its far end can tell of the near end's breaking off. */
interface Transport {
  readonly name: string;
  /** `reset` is an error, `end` looks like an end; Node's duplexPair tells nothing. */
  readonly tellsBreak: 'reset' | 'end' | 'nothing';
  connect(): Promise<Pair>;
}

const folder = mkdtempSync(join(tmpdir(), 'nettk-conn-'));
afterAll(() => rmSync(folder, { recursive: true }));

let sockets = 0;
function nextSocket(): number {
  sockets += 1;
  return sockets;
}

const TRANSPORTS: readonly Transport[] = [
  { name: 'TCP over IPv4', tellsBreak: 'reset', connect: () => connectOver('tcp://127.0.0.1:0') },
  { name: 'TCP over IPv6', tellsBreak: 'reset', connect: () => connectOver('tcp://[::1]:0') },
  {
    name: 'a Unix socket with a path',
    tellsBreak: 'end',
    connect: () => connectOver(`unix:${join(folder, `${nextSocket()}.sock`)}`),
  },
  {
    name: 'an abstract Unix socket',
    tellsBreak: 'end',
    connect: () => connectOver(`unix:@nettk-conn-${process.pid}-${nextSocket()}`),
  },
  { name: 'TLS', tellsBreak: 'reset', connect: () => connectOver('tls://127.0.0.1:0') },
  {
    name: 'TLS over a Unix socket',
    tellsBreak: 'end',
    connect: () => connectOver(`unix:@nettk-conn-${process.pid}-${nextSocket()}`, { tls: {} }),
  },
  { name: 'WebSocket', tellsBreak: 'reset', connect: () => connectOver('ws://127.0.0.1:0') },
  {
    name: 'WebSocket with compression',
    tellsBreak: 'reset',
    connect: () => connectOver('ws://127.0.0.1:0/path', { ws: { deflate: true } }, { deflate: true }),
  },
  { name: 'WebSocket over TLS', tellsBreak: 'reset', connect: () => connectOver('wss://127.0.0.1:0') },
  {
    name: 'WebSocket over a Unix socket',
    // No Close frame came: that is a reset, whatever the socket can tell.
    tellsBreak: 'reset',
    connect: () => connectOver(`unix:@nettk-conn-${process.pid}-${nextSocket()}`, { ws: {} }, {}),
  },
  { name: 'a pair in memory', tellsBreak: 'nothing', connect: connectInMemory },
  { name: 'stages over both ends of TCP', tellsBreak: 'reset', connect: connectShaped },
];

/** What passes is changed, and changed back. */
async function connectShaped(): Promise<Pair> {
  const pair = await connectOver('tcp://127.0.0.1:0');
  const shape = { send: [invert], receive: [invert] };
  return { ...pair, near: shapeConn(pair.near, shape), far: shapeConn(pair.far, shape) };
}

async function* invert(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield chunk.map((byte) => byte ^ 0xff) as Buffer;
}

/** Our own dial to our own listener. */
async function connectOver(text: string, layers: ServerLayers = {}, ws?: WebSocketClientOptions): Promise<Pair> {
  const accepted = Promise.withResolvers<Conn>();
  const handlers = {
    onConn: accepted.resolve,
    onDrop: () => accepted.reject(new Error('dropped')),
    onRefused: (_peer: string, reason: string) => accepted.reject(new Error(reason)),
    onError: accepted.reject,
  };
  const listener = await listenStream(parseEndpoint(text), handlers, layers);
  // A throw-away certificate is known by its fingerprint.
  const pinned = listener.certificate && { tls: { pins: [listener.certificate.fingerprint] } };
  const near = await dial(listener.endpoint, { ...pinned, ws });
  return { near, far: await accepted.promise, target: listener.endpoint, stop: () => listener.close() };
}

async function connectInMemory(): Promise<Pair> {
  const [near, far] = duplexPair();
  const target = parseEndpoint('unix:@memory');
  return { near: asConn(near, target), far: asConn(far, target), target, stop: async () => {} };
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

describe.each(TRANSPORTS)('$name', ({ name, tellsBreak, connect }) => {
  let pair: Pair;
  let near: Conn;
  let far: Conn;
  beforeEach(async () => {
    pair = await connect();
    ({ near, far } = pair);
  });
  afterEach(async () => {
    for (const conn of [near, far]) conn.on('error', () => {}).destroy();
    await pair.stop();
  });

  it('carries bytes both ways', async () => {
    near.write('there');
    far.write('back');
    expect((await readBytes(far, 5)).toString()).toBe('there');
    expect((await readBytes(near, 4)).toString()).toBe('back');
  });

  it('carries every byte value as it is', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    near.end(all);
    expect(await readToEnd(far)).toEqual(all);
  });

  it('plays ping-pong', async () => {
    far.on('data', (ball: Buffer) => far.write(Buffer.from([ball[0]! + 1])));
    for (let i = 0; i < 200; i += 2) {
      near.write(Buffer.from([i]));
      expect((await readBytes(near, 1))[0]).toBe(i + 1);
    }
  });

  it('keeps single bytes in order', async () => {
    const text = 'the quick brown fox jumps over the lazy dog';
    for (const letter of text) near.write(letter);
    near.end();
    expect((await readToEnd(far)).toString()).toBe(text);
  });

  it.each(['near', 'far'] as const)('lets the other side answer after the %s side has ended', async (first) => {
    const [asker, answerer] = first === 'near' ? [near, far] : [far, near];
    asker.end('question');
    expect((await readToEnd(answerer)).toString()).toBe('question');
    expect(answerer.writable).toBe(true);
    const answer = randomBytes(300_000);
    answerer.end(answer);
    expect((await readToEnd(asker)).equals(answer)).toBe(true);
  });

  it('carries an end without a byte', async () => {
    near.end();
    expect(await readToEnd(far)).toHaveLength(0);
    far.end();
    expect(await readToEnd(near)).toHaveLength(0);
  });

  it('is closed without an error when both sides have ended', async () => {
    const ends = [closed(near.resume()), closed(far.resume())];
    near.end('a');
    far.end('b');
    expect(await Promise.all(ends)).toEqual([undefined, undefined]);
  });

  it('carries megabytes both ways at once without changing one', async () => {
    const [there, back] = [randomBytes(8_000_000), randomBytes(8_000_000)];
    near.end(there);
    far.end(back);
    const [atFar, atNear] = await Promise.all([readToEnd(far), readToEnd(near)]);
    expect([sha256(atFar), sha256(atNear)]).toEqual([sha256(there), sha256(back)]);
  });

  it('holds a writer back while nobody reads, and lets it go on', async () => {
    const chunk = Buffer.alloc(65_536, 'x');
    let sent = 0;
    // No kernel takes 256 MB unread: without back-pressure this would never end.
    while (sent < 4_096 && near.writableLength < 4 * chunk.length) {
      near.write(chunk);
      sent += 1;
      if (near.writableNeedDrain) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).toBeLessThan(4_096);
    const whole = readToEnd(far);
    await once(near, 'drain');
    near.end();
    expect(await whole).toHaveLength(sent * chunk.length);
  });

  it('keeps what was written before a close in the middle of writing', async () => {
    const data = randomBytes(2_000_000);
    near.write(data.subarray(0, 1_000_000));
    near.end(data.subarray(1_000_000));
    expect((await readToEnd(far)).equals(data)).toBe(true);
  });

  it.skipIf(tellsBreak === 'nothing')('tells a writer whose peer has closed', async () => {
    const over = closed(near);
    far.on('error', () => {}).destroy();
    const writer = setInterval(() => near.writable && near.write('anybody?'), 1);
    near.resume().on('end', () => near.end());
    await over;
    clearInterval(writer);
    expect(near.destroyed).toBe(true);
  });

  it.skipIf(tellsBreak === 'nothing')('makes a broken-off connection close at the other side', async () => {
    near.write('part');
    await once(far, 'data');
    const over = closed(far.resume().on('end', () => far.end()));
    reset(near);
    const error = await over;
    if (tellsBreak === 'reset') expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(far.destroyed).toBe(true);
  });

  it('refuses to be written after its end, with an error', async () => {
    const failed = once(near, 'error');
    near.end();
    near.write('more');
    expect((await failed)[0]).toMatchObject({ code: 'ERR_STREAM_WRITE_AFTER_END' });
  });

  it('may be destroyed again and again', async () => {
    const over = closed(near);
    near.destroy();
    near.destroy();
    expect(await over).toBeUndefined();
    near.destroy();
  });

  it('knows its peer', () => {
    expect(formatEndpoint(near.peer)).toBe(formatEndpoint(pair.target));
    if (!name.startsWith('TCP')) return;
    expect(far.peer).toMatchObject({ scheme: 'tcp', host: pair.target.host });
    expect(far.peer.port).toBe((near as Conn & { localPort: number }).localPort);
  });
});
