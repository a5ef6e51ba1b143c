import { once } from 'node:events';
import { Duplex, duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { asConn, type Conn } from '../../src/net/conn.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { isPeerGone } from '../../src/stream/join.ts';
import { type Stage, shapeConn } from '../../src/stream/shape.ts';
import { closed, readToEnd } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

const PEER = parseEndpoint('tcp://127.0.0.1:7');
const shout: Stage = async function* (source) {
  for await (const chunk of source) yield Buffer.from(chunk.toString().toUpperCase());
};
const mark = (letter: string): Stage =>
  async function* (source) {
    for await (const chunk of source) yield Buffer.concat([chunk, Buffer.from(letter)]);
    yield Buffer.from(`${letter} ended`);
  };

/** A shaped end, and the bare other one. */
async function shaped(send: Stage[], receive: Stage[] = []): Promise<[Conn, Duplex]> {
  const [near, far] = await tcpPair();
  return [shapeConn(asConn(near, PEER), { send, receive }), far];
}

describe('a shaped connection', () => {
  it('is the connection itself where there is nothing to do', () => {
    const conn = asConn(duplexPair()[0], PEER);
    expect(shapeConn(conn, { send: [], receive: [] })).toBe(conn);
  });

  it('knows its peer', async () => {
    const [near] = await shaped([shout]);
    expect(near.peer).toBe(PEER);
    near.destroy();
  });

  it('runs each direction through its stages in order, what they say at the end included', async () => {
    const [near, far] = await shaped([shout, mark('a'), mark('b')], [mark('c')]);
    near.end('x');
    far.end('y');
    expect((await readToEnd(far)).toString()).toBe('Xaba endedbb ended');
    expect((await readToEnd(near)).toString()).toBe('ycc ended');
    await closed(near);
  });

  it('holds the writer back as long as a stage waits', async () => {
    const gate = Promise.withResolvers<void>();
    const waits: Stage = async function* (source) {
      for await (const chunk of source) {
        await gate.promise;
        yield chunk;
      }
    };
    const [near, far] = await shaped([waits]);
    let room = true;
    for (let i = 0; i < 64 && room; i += 1) room = near.write(Buffer.alloc(65_536));
    expect(room).toBe(false);
    const { writableLength } = near;
    for (let i = 0; i < 50; i += 1) await new Promise(setImmediate);
    expect(near.writableLength).toBe(writableLength);
    gate.resolve();
    near.end();
    expect((await readToEnd(far)).length).toBe(writableLength);
  });

  it('reads no more from the peer than its reader takes', async () => {
    const [near, far] = await shaped([], [shout]);
    for (let i = 0; i < 400; i += 1) far.write(Buffer.alloc(65_536));
    for (let i = 0; i < 300; i += 1) await new Promise(setImmediate);
    expect(near.readableLength).toBeLessThan(1_000_000);
    expect(far.writableLength).toBeGreaterThan(0);
    near.destroy();
    far.on('error', () => {}).destroy();
  });

  it('is destroyed by what a stage throws, and so is the connection under it', async () => {
    const fails: Stage = async function* (source) {
      for await (const chunk of source) if (chunk.length > 0) throw new Error('disk full');
      yield Buffer.alloc(0);
    };
    for (const direction of ['send', 'receive']) {
      const [near, far] = direction === 'send' ? await shaped([fails]) : await shaped([], [fails]);
      const seen = closed(near.resume());
      const farClosed = closed(far.resume());
      far.write('x');
      near.write('y');
      expect((await seen)?.message).toBe('disk full');
      far.end();
      await farClosed;
    }
  });

  it('passes the failure of the connection on', async () => {
    const [near, far] = await shaped([shout], [shout]);
    const seen = closed(near.resume());
    near.write('x');
    await once(far, 'data');
    (far as Duplex & { resetAndDestroy(): void }).resetAndDestroy();
    expect(isPeerGone(await seen)).toBe(true);
  });

  it('keeps datagrams apart, empty ones too', async () => {
    const got: string[] = [];
    const inner = new Duplex({
      objectMode: true,
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        got.push(chunk.toString());
        done();
      },
    });
    const near = shapeConn(asConn(inner, parseEndpoint('udp://127.0.0.1:7')), { send: [shout], receive: [shout] });
    for (const one of ['a', '', 'b']) near.write(Buffer.from(one));
    for (const one of ['c', '', 'd', null]) inner.push(one === null ? null : Buffer.from(one));
    near.end();
    expect((await near.toArray()).map(String)).toEqual(['C', '', 'D']);
    await closed(near);
    expect(got).toEqual(['A', '', 'B']);
  });
});
