import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Conversed, type ConverseOptions, converse } from '../../src/clients/converse.ts';
import { asConn } from '../../src/net/conn.ts';
import { tcpPair } from '../support/tcp-pair.ts';

/** Everything that was written to it. */
class Sink extends Writable {
  readonly chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(Buffer.from(chunk));
    done();
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

interface Talk {
  readonly far: Socket;
  readonly output: Sink;
  readonly over: Promise<Conversed>;
}

const text = (words: string): Readable => Readable.from([Buffer.from(words)], { objectMode: false });

async function talk(options: Partial<ConverseOptions> = {}): Promise<Talk> {
  const [near, far] = await tcpPair();
  const conn = asConn(near, { scheme: 'tcp', host: '127.0.0.1', port: 7, path: '' });
  const output = new Sink();
  const over = converse(conn, { output, signal: new AbortController().signal, ...options });
  over.catch(() => {});
  return { far: far.on('error', () => {}), output, over };
}

async function readToEnd(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => parts.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(parts).toString();
}

describe('converse', () => {
  it('says how much went each way, and for how long', async () => {
    const { far, over } = await talk({ input: text('hello') });
    expect(await readToEnd(far)).toBe('hello');
    far.end('reply!');
    expect(await over).toEqual({ sent: 5, received: 6, ms: expect.any(Number) });
  });

  it('counts after a failure too, without what the system never took', async () => {
    const counted: Conversed[] = [];
    const chunks = Array.from({ length: 500 }, () => Buffer.alloc(65_536));
    const input = Readable.from(chunks, { objectMode: false });
    const { far, over } = await talk({ input, onOver: (result) => void counted.push(result) });
    far.once('readable', () => far.resetAndDestroy());
    await expect(over).rejects.toMatchObject({ exit: 1 });
    expect(counted).toHaveLength(1);
    expect(counted[0]?.sent).toBeGreaterThan(0);
    expect(counted[0]?.sent).toBeLessThan(500 * 65_536);
  });

  it('ends in order, or fails, after silence, as the limit says', async () => {
    const quiet = await talk({ idle: { ms: 20, exit: 0 } });
    expect(await quiet.over).toMatchObject({ sent: 0, received: 0 });
    const failed = await talk({ idle: { ms: 20, exit: 1 } });
    await expect(failed.over).rejects.toMatchObject({ code: 'IDLE', reason: 'no data for 0.02 s' });
  });

  it('ends in order, or fails, so long after the end of the input, as the limit says', async () => {
    const quiet = await talk({ input: text('x'), afterEof: { ms: 20, exit: 0 } });
    expect(await quiet.over).toMatchObject({ sent: 1 });
    const failed = await talk({ input: text('x'), afterEof: { ms: 20, exit: 1 } });
    await expect(failed.over).rejects.toMatchObject({ code: 'IDLE' });
  });

  it('takes no time limit for an end while data moves', async () => {
    const { far, output, over } = await talk({ idle: { ms: 300, exit: 1 } });
    let sent = 0;
    const timer = setInterval(() => {
      far.write('x');
      sent += 1;
      if (sent === 20) far.end();
      if (sent === 20) clearInterval(timer);
    }, 30);
    await over;
    expect(output.text).toBe('x'.repeat(20));
  });

  it('resets a connection whose input failed: an end would call the half of it whole', async () => {
    const input = new PassThrough();
    const { far, over } = await talk({ input });
    input.write('half');
    await once(far, 'data');
    const broken = new Promise<NodeJS.ErrnoException>((resolve) => far.on('error', resolve));
    input.destroy(Object.assign(new Error('disk'), { code: 'EIO' }));
    await expect(over).rejects.toMatchObject({ message: 'read standard input: input/output error (EIO)' });
    expect((await broken).code).toBe('ECONNRESET');
  });

  it('fails with the output’s own error', async () => {
    const broken = Object.assign(new Error('gone'), { code: 'EPIPE' });
    const output = new Writable({ write: (_chunk, _encoding, done) => done(broken) });
    const { far, over } = await talk({ output });
    far.write('data');
    await expect(over).rejects.toBe(broken);
  });

  it('is broken off by the signal, with its reason, and closes the connection', async () => {
    const stop = new AbortController();
    const { far, over } = await talk({ signal: stop.signal });
    const reason = new Error('stopped');
    stop.abort(reason);
    await expect(over).rejects.toBe(reason);
    await once(far.resume(), 'end');
  });

  it('leaves a person’s input at once when the peer has ended', async () => {
    const input = new PassThrough();
    const { far, over } = await talk({ input, inputPatienceMs: 0 });
    far.resume().end('bye');
    expect(await over).toMatchObject({ received: 3 });
    expect(input.isPaused()).toBe(true);
  });

  it('sends the whole input after the peer’s end, however slowly the peer reads', async () => {
    const data = Buffer.alloc(5_000_000, 'slow');
    const { far, over } = await talk({ input: text(data.toString()), inputPatienceMs: 10 });
    far.end();
    let got = 0;
    far.on('data', (chunk: Buffer) => {
      got += chunk.length;
      far.pause();
      setTimeout(() => far.resume(), 2);
    });
    await once(far, 'end');
    expect([got, (await over).sent]).toEqual([data.length, data.length]);
  });

  it('ends the output at the peer’s end where asked to, and is over when who held both has gone', async () => {
    const gone = Promise.withResolvers<void>();
    const input = new PassThrough();
    const { far, output, over } = await talk({ input, endOutput: true, waitStdin: true, gone: gone.promise });
    far.end('question');
    await once(output, 'finish');
    input.end('answer');
    gone.resolve();
    expect(await readToEnd(far)).toBe('answer');
    expect(await over).toMatchObject({ sent: 6, received: 8 });
  });
});
