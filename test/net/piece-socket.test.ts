import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { connect, TLSSocket, type TLSSocketOptions } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { makeThrowawayCertificate } from '../../src/host/throwaway-certificate.ts';
import { asConn, type Conn } from '../../src/net/conn.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { join, pump } from '../../src/stream/join.ts';
import { type PieceSource, readPieces } from '../../src/stream/pieces.ts';
import { nextTurn } from '../../src/stream/turn.ts';
import { readToEnd, until } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

const SIZE = 6_000_000;
const PEER = parseEndpoint('tcp://127.0.0.1:1');

const hash = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** A sink that keeps every piece for a while, and then looks whether it still is what it was. */
class Keeper extends Writable {
  readonly isBorrowing = true;
  readonly hash = createHash('sha256');
  spoilt = 0;
  longest = 0;

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const before = hash(piece);
    this.hash.update(piece);
    this.longest = Math.max(this.longest, piece.length);
    setImmediate(() => {
      if (hash(piece) !== before) this.spoilt++;
      done();
    });
  }
}

/** What of ours a connection can be. */
const KINDS = ['dialled', 'accepted', 'TLS client', 'TLS server'] as const;

/** A connection: our end of it, and the peer's socket. */
async function connPair(ours: (typeof KINDS)[number]) {
  const [near, far] = await tcpPair();
  const [client, server] = ours.startsWith('TLS') ? await overTls(near, far) : [near, far];
  const [mine, peer] = ours === 'dialled' || ours === 'TLS client' ? [client, server] : [server, client];
  return { peer, conn: asConn(mine, PEER) as Conn & PieceSource };
}

const identity = makeThrowawayCertificate(['127.0.0.1']);

async function overTls(near: Socket, far: Socket): Promise<[Socket, Socket]> {
  const { cert, key } = await identity;
  const server = new TLSSocket(far, { isServer: true, cert, key, allowHalfOpen: true } as TLSSocketOptions);
  const options = { socket: near, rejectUnauthorized: false, allowHalfOpen: true };
  const client = connect(options);
  await once(client, 'secureConnect');
  return [client, server];
}

describe.each(KINDS)('a %s socket', (ours) => {
  it('hands over every chunk that had come before the pump began', async () => {
    const { peer, conn } = await connPair(ours);
    const data = randomBytes(60_000);
    // The stream reads on until it holds as much as it wants, with nobody to take it.
    conn.read(0);
    for (let at = 0; at < data.length; at += 6_000) {
      peer.write(data.subarray(at, at + 6_000));
      await until(() => conn.readableLength >= at + 6_000);
    }
    const sink = new Keeper();
    const copied = pump(conn, sink);
    peer.end('the rest');
    expect(await copied).toBe(data.length + 'the rest'.length);
    expect(sink.hash.digest('hex')).toBe(hash(Buffer.concat([data, Buffer.from('the rest')])));
    conn.destroy();
  });

  it('reads in pieces, larger than any chunk, and never into a piece that is in use', async () => {
    const { peer, conn } = await connPair(ours);
    const data = randomBytes(SIZE);
    let chunks = 0;
    const emit = conn.emit.bind(conn);
    conn.emit = (event: string | symbol, ...args: unknown[]) => {
      if (event === 'data') chunks++;
      return (emit as (event: string | symbol, ...args: unknown[]) => boolean)(event, ...args);
    };
    const sink = new Keeper();
    const copied = pump(conn, sink);
    peer.end(data);
    expect(await copied).toBe(SIZE);
    expect(sink.hash.digest('hex')).toBe(hash(data));
    expect({ spoilt: sink.spoilt, chunks }).toEqual({ spoilt: 0, chunks: 0 });
    expect(sink.longest).toBeGreaterThan(65_536);
  });

  it('begins with what it had read before', async () => {
    const { peer, conn } = await connPair(ours);
    peer.write('early ');
    await once(conn, 'readable');
    const sink = new Keeper();
    const copied = pump(conn, sink);
    peer.end('late');
    expect(await copied).toBe(10);
    expect(sink.hash.digest('hex')).toBe(hash(Buffer.from('early late')));
  });

  it('goes on in chunks where the pump was stopped, without losing a byte', async () => {
    const { peer, conn } = await connPair(ours);
    const data = randomBytes(SIZE);
    const controller = new AbortController();
    const sink = new Keeper();
    let before = 0;
    const onBytes = (count: number): void => {
      before += count;
      if (before > SIZE / 2) controller.abort();
    };
    const copied = pump(conn, sink, { signal: controller.signal, onBytes });
    peer.end(data);
    expect(await copied).toBe(before);
    expect(before).toBeLessThan(SIZE);
    conn.pause();
    const rest = await readToEnd(conn.resume());
    expect(sink.hash.update(rest).digest('hex')).toBe(hash(data));
    expect(sink.spoilt).toBe(0);
  });

  it('is read in pieces again by a second pump', async () => {
    const { peer, conn } = await connPair(ours);
    const controller = new AbortController();
    const first = pump(conn, new Keeper(), { signal: controller.signal, onBytes: () => controller.abort() });
    peer.write('one');
    expect(await first).toBe(3);
    const sink = new Keeper();
    const second = pump(conn, sink);
    expect(conn.listenerCount('data')).toBe(0);
    const data = randomBytes(SIZE);
    peer.end(data);
    expect(await second).toBe(SIZE);
    expect(sink.hash.digest('hex')).toBe(hash(data));
  });

  it('is read as ever where somebody else listens, or the sink keeps what it is given', async () => {
    const { conn } = await connPair(ours);
    expect(readPieces(conn, new Writable(), () => true)).toBeUndefined();
    conn.on('data', () => {});
    expect(readPieces(conn, new Keeper(), () => true)).toBeUndefined();
    conn.destroy();
  });

  it('is read as ever once it is closed', async () => {
    const { conn } = await connPair(ours);
    conn.destroy();
    await once(conn, 'close');
    expect(conn.readPieces(() => true)).toBeUndefined();
  });
});

/** Reads to the end, but lets the sender wait after every chunk. */
async function dawdle(source: AsyncIterable<Buffer>): Promise<string> {
  const all = createHash('sha256');
  for await (const chunk of source) {
    all.update(chunk);
    await nextTurn();
  }
  return all.digest('hex');
}

describe.each([
  ['accepted', 'dialled'],
  ['TLS server', 'dialled'],
  ['accepted', 'TLS client'],
  ['TLS server', 'TLS client'],
] as const)('a join of a %s and a %s socket', (one, other) => {
  it('carries both ways in pieces to readers that dawdle, without losing a byte', async () => {
    const left = await connPair(one);
    const right = await connPair(other);
    const joined = join(left.conn, right.conn);
    const [there, back] = [randomBytes(SIZE), randomBytes(SIZE)];
    left.peer.end(there);
    right.peer.end(back);
    const seen = await Promise.all([dawdle(right.peer), dawdle(left.peer)]);
    expect(seen).toEqual([hash(there), hash(back)]);
    expect(await joined).toEqual({ aToB: SIZE, bToA: SIZE });
  });
});
