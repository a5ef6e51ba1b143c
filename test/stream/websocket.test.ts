import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Duplex, duplexPair, Transform } from 'node:stream';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closed, readBytes, readToEnd } from '../support/sockets.ts';
import {
  clientOfHand,
  closeFrame,
  frame,
  openPair,
  readCloseCode,
  readFrame,
  serverOfHand,
  startLibrary,
} from '../support/web-sockets.ts';

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** An error's code and message. */
const told = (error: Error | undefined) => ({
  code: (error as NodeJS.ErrnoException | undefined)?.code,
  message: error?.message,
});

/** Two ends in memory between which everything is cut into pieces of these sizes, over and over. */
function cutPair(sizes: readonly number[]): [Duplex, Duplex] {
  const [near, middleOfNear] = duplexPair();
  const [far, middleOfFar] = duplexPair();
  middleOfNear.pipe(cutter(sizes)).pipe(middleOfFar);
  middleOfFar.pipe(cutter(sizes)).pipe(middleOfNear);
  return [near, far];
}

function cutter(sizes: readonly number[]): Transform {
  let turn = 0;
  return new Transform({
    readableObjectMode: true,
    transform(chunk: Buffer, _encoding, done) {
      for (let start = 0; start < chunk.length; ) {
        const size = sizes[turn++ % sizes.length] as number;
        this.push(Buffer.from(chunk.subarray(start, start + size)));
        start += size;
      }
      done();
    },
  });
}

describe('bytes', () => {
  const SIZES = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });
  const WRITES = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 12 });

  it.each([false, true])('come as they were written, both ways, cut anywhere (compressed: %s)', async (deflate) => {
    await fc.assert(
      fc.asyncProperty(SIZES, WRITES, WRITES, fc.integer({ min: 1, max: 200 }), async (sizes, there, back, most) => {
        const options = { deflate, messageBytes: most };
        const [client, server] = await openPair(options, options, cutPair(sizes));
        const both = Promise.all([readToEnd(client), readToEnd(server)]);
        for (const one of there) client.write(one);
        for (const one of back) server.write(one);
        client.end();
        server.end();
        const [atClient, atServer] = await both;
        expect(atServer.equals(Buffer.concat(there))).toBe(true);
        expect(atClient.equals(Buffer.concat(back))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('come glued to the handshake, both ways', async () => {
    const [client, far] = await clientOfHand({}, frame(BINARY, 'glued'));
    expect((await readBytes(client, 5)).toString()).toBe('glued');
    const [server, near] = await serverOfHand({}, frame(BINARY, 'glued', { mask: true }));
    expect((await readBytes(server, 5)).toString()).toBe('glued');
    for (const one of [client, far, server, near]) one.destroy();
  });

  it('come whole with an end that is glued to the handshake', async () => {
    const [client, far] = await clientOfHand({}, Buffer.concat([frame(BINARY, 'all'), closeFrame(1000)]));
    expect((await readToEnd(client)).toString()).toBe('all');
    client.end();
    expect(await readCloseCode(far)).toBe(1000);
    far.end();
    expect(await closed(client)).toBeUndefined();
  });

  it('go out in messages of 64 KiB, or as long as asked', async () => {
    const sizes: number[] = [];
    await using library = await startLibrary((socket) => {
      socket.on('message', (data: Buffer) => sizes.push(data.length));
    });
    for (const messageBytes of [undefined, 100_000]) {
      const client = await library.connect({ messageBytes, endSilenceMs: 0 });
      client.end(Buffer.alloc(200_000));
      await readToEnd(client);
    }
    expect(sizes).toEqual([65_536, 65_536, 65_536, 3_392, 100_000, 100_000]);
  });

  it('go out as text where asked, never cut in a character', async () => {
    const messages: [string, boolean][] = [];
    await using library = await startLibrary((socket) => {
      socket.on('message', (data: Buffer, isBinary) => messages.push([data.toString(), isBinary]));
    });
    const client = await library.connect({ text: true, messageBytes: 5, endSilenceMs: 0 });
    const text = Buffer.from('grüße €uro');
    client.write(text.subarray(0, 3));
    client.end(text.subarray(3));
    await readToEnd(client);
    expect(messages.map(([one]) => one).join('')).toBe('grüße €uro');
    expect(messages.every(([, isBinary]) => !isBinary)).toBe(true);
  });

  it('that are no text are refused where text was asked for', async () => {
    const [client, server] = await openPair({ text: true });
    const failure = closed(client);
    client.write(Buffer.from([0x61, 0xff]));
    expect(told(await failure).message).toMatch(/not UTF-8/);
    server.resume();
    expect(told(await closed(server))).toMatchObject({ code: 'ECONNRESET' });
  });

  it('of text messages are read as bytes', async () => {
    const [client, far] = await clientOfHand();
    far.write(Buffer.concat([frame(TEXT, 'a', { fin: false }), frame(0, ''), frame(TEXT, 'ß'), frame(BINARY, 'b')]));
    expect((await readBytes(client, 4)).toString()).toBe('aßb');
    client.destroy();
  });
});

describe('our end', () => {
  it('is a Close at once between two nettks, and the other side goes on', async () => {
    const [client, server] = await openPair();
    client.end('question');
    expect((await readToEnd(server)).toString()).toBe('question');
    for (const part of ['an ', 'answer ', 'in ', 'parts']) {
      server.write(part);
      await new Promise(setImmediate);
    }
    server.end();
    expect((await readToEnd(client)).toString()).toBe('an answer in parts');
    expect(await Promise.all([closed(client), closed(server)])).toEqual([undefined, undefined]);
  });

  it('waits for the answer of a peer that would hang up at a Close', async () => {
    await using library = await startLibrary((socket) => {
      socket.on('message', () => setTimeout(() => socket.send('answer'), 200));
    });
    const client = await library.connect();
    client.end('question');
    expect((await readToEnd(client)).toString()).toBe('answer');
    expect(await closed(client)).toBeUndefined();
  });

  it('is told once the peer has read everything, however long that takes', async () => {
    const [client, far] = await clientOfHand({ endSilenceMs: 1 });
    const all = readToEnd(client);
    client.end('question');
    expect(await readFrame(far)).toMatchObject({ opcode: BINARY });
    const ping = await readFrame(far);
    expect(ping.opcode).toBe(PING);
    for (let i = 0; i < 200; i += 1) {
      far.write(frame(PING, `${i}`));
      expect(await readFrame(far)).toEqual({ opcode: PONG, payload: Buffer.from(`${i}`) });
    }
    far.write(frame(PONG, ping.payload));
    expect(await readFrame(far)).toEqual({ opcode: CLOSE, payload: Buffer.from([0x03, 0xe8]) });
    far.end(Buffer.concat([frame(BINARY, 'late'), closeFrame(1000)]));
    expect((await all).toString()).toBe('late');
    expect(await closed(client)).toBeUndefined();
  });

  it('is a Close at once where the answer is not waited for', async () => {
    const [server, near] = await serverOfHand({ endSilenceMs: 0 });
    server.end('goodbye');
    expect((await readFrame(near)).payload.toString()).toBe('goodbye');
    expect(await readCloseCode(near)).toBe(1000);
    near.end(closeFrame(1000, '', true));
    await readToEnd(server);
    expect(await closed(server)).toBeUndefined();
  });

  it('is in order though the peer hangs up instead of answering our Close', async () => {
    const [client, far] = await clientOfHand({ endSilenceMs: 0 });
    client.end('bye');
    expect(await readCloseCode(far)).toBe(1000);
    far.end(frame(BINARY, 'rest'));
    expect((await readToEnd(client)).toString()).toBe('rest');
    expect(await closed(client)).toBeUndefined();
  });
});

describe("the peer's Close", () => {
  it('leaves our side open until it has ended, for a peer that still reads', async () => {
    const { WebSocket } = await import('ws');
    const { createServer } = await import('node:net');
    const { acceptWebSocket } = await import('../../src/stream/websocket-server.ts');
    const tcp = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(tcp.address() as { port: number }).port}/`);
    const got: string[] = [];
    client.on('message', (data) => got.push(data.toString()));
    const [conn] = (await once(tcp, 'connection')) as [Duplex];
    tcp.close();
    const server = await acceptWebSocket(conn, {});
    await once(client, 'open');
    client.send('question');
    client.close(1000);
    expect((await readToEnd(server)).toString()).toBe('question');
    server.write('answer ');
    server.end('complete');
    const [code] = await once(client, 'close');
    expect([code, got.join('')]).toEqual([1000, 'answer complete']);
    expect(await closed(server)).toBeUndefined();
  });

  it('is answered after a while though our side goes on, and then nothing more is taken', async () => {
    const [server, near] = await serverOfHand({ closeGraceMs: 20 });
    near.write(closeFrame(1000, '', true));
    await readToEnd(server);
    expect(await readCloseCode(near)).toBe(1000);
    const failure = closed(server);
    server.write('too late');
    expect(told(await failure)).toMatchObject({ code: 'EPIPE' });
  });

  it('was a Close, though the connection is reset before our output is out', async () => {
    const [server, near] = await serverOfHand();
    near.pause();
    const failure = closed(server);
    while (server.writableLength < 8_000_000) server.write(Buffer.alloc(1_000_000));
    near.write(closeFrame(1000, '', true));
    await readToEnd(server);
    near.resetAndDestroy();
    const { code, message } = told(await failure);
    expect(code).toMatch(/^(EPIPE|ECONNRESET)$/);
    expect(message).not.toContain('without a Close frame');
  });

  it('closes our side too once it is answered and the connection is gone', async () => {
    const [server, near] = await serverOfHand({ closeGraceMs: 20 });
    near.write(closeFrame(1000, '', true));
    await readToEnd(server);
    expect(await readCloseCode(near)).toBe(1000);
    near.end();
    expect(await closed(server)).toBeUndefined();
    expect(server.destroyed).toBe(true);
  });

  it.each([
    [1000, undefined],
    [1001, undefined],
    [1002, 'WebSocket: the peer closed: protocol error (1002) why'],
    [1003, 'WebSocket: the peer closed: unsupported data (1003) why'],
    [1007, 'WebSocket: the peer closed: invalid text (1007) why'],
    [1008, 'WebSocket: the peer closed: policy violation (1008) why'],
    [1009, 'WebSocket: the peer closed: message too big (1009) why'],
    [1011, 'WebSocket: the peer closed: internal error (1011) why'],
    [1013, 'WebSocket: the peer closed: try again later (1013) why'],
    [3000, 'WebSocket: the peer closed: unauthorized (3000) why'],
    [4321, 'WebSocket: the peer closed: private code (4321) why'],
  ])('with code %i means %j, after all that came before', async (code, message) => {
    const [client, far] = await clientOfHand();
    far.write(Buffer.concat([frame(BINARY, 'said '), frame(BINARY, 'before'), closeFrame(code, 'why')]));
    const end = closed(client);
    expect((await readBytes(client, 11)).toString()).toBe('said before');
    client.resume().on('end', () => client.end());
    expect(await readCloseCode(far)).toBe(code);
    far.end();
    expect((await end)?.message).toBe(message);
  });

  it('without a code is an end, and is answered without one', async () => {
    const [client, far] = await clientOfHand();
    far.write(frame(CLOSE));
    await readToEnd(client);
    client.end();
    expect(await readCloseCode(far)).toBe(1005);
    far.end();
    expect(await closed(client)).toBeUndefined();
  });

  it('has a reason that cannot drive a terminal', async () => {
    const [client, far] = await clientOfHand();
    far.write(closeFrame(1008, '\x1b[2Jgone'));
    client.resume();
    expect((await closed(client))?.message).toContain('\\x1b[2Jgone');
  });
});

describe('a connection', () => {
  it('that ends without a Close is reset, after what came before', async () => {
    const [client, far] = await clientOfHand();
    far.end(frame(BINARY, 'part'));
    const end = closed(client);
    expect((await readBytes(client, 4)).toString()).toBe('part');
    client.resume();
    const { code, message } = told(await end);
    expect([code, message]).toEqual(['ECONNRESET', expect.stringContaining('without a Close frame (1006)')]);
  });

  it('that is reset without a Close says the same: how the packets crossed is not the news', async () => {
    const [client, far] = await clientOfHand();
    far.write(frame(BINARY, 'part'));
    expect((await readBytes(client, 4)).toString()).toBe('part');
    const end = closed(client);
    client.resume();
    far.resetAndDestroy();
    const { code, message } = told(await end);
    expect([code, message]).toEqual(['ECONNRESET', expect.stringContaining('without a Close frame (1006)')]);
  });

  it('that is reset before our output is out says the same too, not that a write was given up', async () => {
    const [server, near] = await serverOfHand();
    near.pause();
    server.resume();
    const failure = closed(server);
    while (server.writableLength < 8_000_000) server.write(Buffer.alloc(1_000_000));
    near.resetAndDestroy();
    const { code, message } = told(await failure);
    expect([code, message]).toEqual(['ECONNRESET', expect.stringContaining('without a Close frame (1006)')]);
  });

  it('that is destroyed tells the peer so, in order', async () => {
    const [server, near] = await serverOfHand();
    server.destroy();
    expect(await readCloseCode(near)).toBe(1001);
    near.end();
    expect(await closed(server)).toBeUndefined();
  });

  it('that is destroyed in the middle of its output tells the peer nothing: a cut is no end', async () => {
    const [client, server] = await openPair();
    while (client.writableLength < 1_000_000) client.write(Buffer.alloc(100_000));
    client.destroy();
    server.resume();
    expect(told(await closed(server))).toMatchObject({ code: 'ECONNRESET' });
  });

  it('that is destroyed ends both sides of the other nettk', async () => {
    const [client, server] = await openPair();
    client.destroy();
    await readToEnd(server);
    const failure = closed(server);
    server.write('anybody?');
    expect(told(await failure)).toMatchObject({ code: 'EPIPE' });
  });

  it('says timeout when no data moved, pings or not', async () => {
    const [client, far] = await clientOfHand();
    client.resume();
    far.resume();
    const pinging = setInterval(() => far.write(frame(PING, 'here')), 5);
    (client as unknown as Socket).setTimeout(50);
    await once(client, 'timeout');
    clearInterval(pinging);
    client.destroy();
  });

  it('answers pings, and keeps one answer at most for a peer that does not read', async () => {
    const [client, far] = await clientOfHand();
    client.resume();
    far.pause();
    for (let i = 0; i < 20_000; i += 1) {
      far.write(frame(PING, Buffer.alloc(125, i)));
      if (far.writableNeedDrain) await once(far, 'drain');
    }
    far.write(frame(BINARY, 'through'));
    await once(client, 'data');
    expect((await readFrame(far)).opcode).toBe(PONG);
    client.destroy();
  });

  it('is given up when its peer had read everything and answers no ping', async () => {
    const [client, far] = await clientOfHand({ pingMs: 20 });
    client.resume();
    expect(told(await closed(client))).toEqual({
      code: 'ETIMEDOUT',
      message: 'WebSocket: no answer to a ping within 0.02 s (ETIMEDOUT)',
    });
    far.destroy();
  });
});

describe('a peer that breaks the protocol', () => {
  const masked = { mask: true };
  it.each([
    ['a frame without mask', frame(BINARY, 'x'), 1002, 'MASK must be set'],
    ['reserved bit 1', frame(BINARY, 'x', { ...masked, rsv: 4 }), 1002, 'RSV1 must be clear'],
    ['reserved bit 2', frame(BINARY, 'x', { ...masked, rsv: 2 }), 1002, 'RSV2 and RSV3 must be clear'],
    ['an unknown opcode', frame(3, 'x', masked), 1002, 'invalid opcode 3'],
    ['an unknown control opcode', frame(11, 'x', masked), 1002, 'invalid opcode 11'],
    ['a ping in pieces', frame(PING, 'x', { ...masked, fin: false }), 1002, 'FIN must be set'],
    ['a long ping', frame(PING, Buffer.alloc(126), masked), 1002, 'invalid payload length 126'],
    ['a piece of nothing', frame(0, 'x', masked), 1002, 'invalid opcode 0'],
    ['a Close of one byte', frame(CLOSE, 'x', masked), 1002, 'invalid payload length 1'],
    ['a Close that cannot be', closeFrame(1005, '', true), 1002, 'invalid status code 1005'],
    ['text that is none', frame(TEXT, Buffer.from([0xff]), masked), 1007, 'invalid UTF-8 sequence'],
  ] as const)('by %s is told so', async (_what, bytes, code, words) => {
    const [server, near] = await serverOfHand();
    const failure = closed(server.resume());
    near.write(bytes);
    expect((await failure)?.message).toBe(`WebSocket: the peer broke the protocol: ${words} (${code})`);
    expect(await readCloseCode(near)).toBe(code);
    near.destroy();
  });

  it('by a frame that a server masks is told so', async () => {
    const [client, far] = await clientOfHand();
    const failure = closed(client.resume());
    far.write(frame(BINARY, 'x', masked));
    expect((await failure)?.message).toContain('MASK must be clear (1002)');
    expect(await readCloseCode(far)).toBe(1002);
    far.destroy();
  });

  it('by a message longer than the limit is told so before it is sent', async () => {
    const [server, near] = await serverOfHand({ maxMessageBytes: 1_000 });
    const failure = closed(server.resume());
    near.write(Buffer.from([0x82, 0xff, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0]));
    expect(told(await failure)).toEqual({
      code: 'TOO_LONG',
      message: 'WebSocket: the peer sent a message longer than the limit',
    });
    expect(await readCloseCode(near)).toBe(1009);
    near.destroy();
  });

  it('by a flood of tiny pieces is told so, and costs little', async () => {
    const [server, near] = await serverOfHand();
    const failure = closed(server.resume());
    near.write(frame(BINARY, 'x', { ...masked, fin: false }));
    const flood = Buffer.concat(Array.from({ length: 1_000 }, () => frame(0, '', { ...masked, fin: false })));
    for (let i = 0; i < 100 && near.writable && !server.destroyed; i += 1) {
      near.write(flood);
      await new Promise(setImmediate);
    }
    expect((await failure)?.message).toContain('Too many message fragments (1008)');
    near.destroy();
  });

  it('by a deflate bomb is told so at the limit', async () => {
    const bomb = deflateRawSync(Buffer.alloc(200_000_000));
    await using library = await startLibrary(
      (socket) => {
        const raw = (socket as unknown as { _socket: Duplex })._socket;
        const head = Buffer.from([0xc2, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
        head.writeUInt32BE(bomb.length, 6);
        raw.write(Buffer.concat([head, bomb]));
      },
      { perMessageDeflate: true },
    );
    const client = await library.connect({ deflate: true });
    expect(client.agreement.deflate).toBeDefined();
    const before = process.memoryUsage().rss;
    const { code, message } = told(await closed(client.resume()));
    expect([code, message]).toEqual(['TOO_LONG', 'WebSocket: the peer sent a message longer than the limit']);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('by compressed data that is none is told so', async () => {
    await using library = await startLibrary(
      (socket) => {
        (socket as unknown as { _socket: Duplex })._socket.write(frame(BINARY, Buffer.alloc(40, 0xff), { rsv: 4 }));
        socket.on('error', () => {});
      },
      { perMessageDeflate: true },
    );
    const client = await library.connect({ deflate: true });
    expect((await closed(client.resume()))?.message).toMatch(/the peer broke the protocol: .*\(1007\)/);
  });
});

describe('a reader that rests', () => {
  it('holds the peer back', async () => {
    const [client, server] = await openPair();
    client.pause();
    const chunk = randomBytes(65_536);
    let sent = 0;
    while (sent < 4_096 && server.writableLength < 4 * chunk.length) {
      server.write(chunk);
      sent += 1;
      if (server.writableNeedDrain) await new Promise(setImmediate);
    }
    expect(sent).toBeLessThan(4_096);
    expect(client.readableLength).toBeLessThan(1_000_000);
    client.destroy();
    server.destroy();
  });
});
