import type { Socket } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { Broker, type BrokerOptions } from '../../src/clients/broker.ts';
import { asConn } from '../../src/net/conn.ts';
import { closed, readBytes, readToEnd, until } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

/** A broker, what it told of trouble, and its clients. */
interface Stage {
  readonly broker: Broker;
  readonly troubles: string[];
  /** Seats a client; what becomes of its session is in `ended`. */
  join(): Promise<Client>;
}

interface Client {
  readonly socket: Socket;
  /** The reason of its session's failure; undefined where it ended in order. */
  readonly ended: Promise<unknown>;
}

const stop = new AbortController();
const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

function stage(options: Partial<BrokerOptions> = {}): Stage {
  const troubles: string[] = [];
  const onTrouble: BrokerOptions['onTrouble'] = (who, reason) =>
    troubles.push(`${typeof who === 'string' ? who : 'member'} ${reason}`);
  const broker = new Broker({ onTrouble, ...options });
  return {
    broker,
    troubles,
    async join() {
      const [socket, far] = await tcpPair();
      socket.on('error', () => {});
      open.push(socket, far);
      const conn = asConn(far, { scheme: 'tcp', host: '127.0.0.1', port: socket.localPort as number, path: '' });
      const ended = broker.talk(conn, stop.signal).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return { socket, ended };
    },
  };
}

class Printer extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }
}

/** Reads until this text has come, and gives all that has. */
async function hear(socket: Socket, text: string): Promise<string> {
  let all = '';
  while (!all.includes(text)) all += (await readBytes(socket, 1)).toString();
  return all;
}

describe('the broker', () => {
  it('gives what anybody says to everybody else, byte for byte, and to the output', async () => {
    const output = new Printer();
    const { join } = stage({ output });
    const [a, b, c] = [await join(), await join(), await join()];
    const words = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    a.socket.write(words);
    expect(await readBytes(b.socket, 256)).toEqual(words);
    expect(await readBytes(c.socket, 256)).toEqual(words);
    b.socket.write('from b');
    expect((await readBytes(a.socket, 6)).toString()).toBe('from b');
    expect((await readBytes(c.socket, 6)).toString()).toBe('from b');
    await until(() => output.text.endsWith('from b'));
  });

  it('gives the input to all, once somebody is there', async () => {
    const input = new PassThrough();
    input.write('before anybody came ');
    const { join } = stage({ input });
    await new Promise((resolve) => setImmediate(resolve));
    const a = await join();
    input.write('and after');
    expect(await hear(a.socket, 'after')).toBe('before anybody came and after');
  });

  it('with sendOnly gives the input to all, and what they say to nobody', async () => {
    const [input, output] = [new PassThrough(), new Printer()];
    const { join } = stage({ input, output, sendOnly: true });
    const [a, b] = [await join(), await join()];
    a.socket.write('unheard');
    a.socket.end();
    await a.ended;
    input.write('heard');
    expect((await readBytes(b.socket, 5)).toString()).toBe('heard');
    expect(output.text).toBe('');
  });

  it('lets a member go that ends its side, with all that waits for it', async () => {
    const { join } = stage();
    const [a, b, witness] = [await join(), await join(), await join()];
    const bulk = Buffer.alloc(7_000_000, 'nettk');
    b.socket.pause();
    a.socket.write(bulk);
    await readBytes(witness.socket, bulk.length);
    b.socket.end();
    const rest = readToEnd(b.socket);
    b.socket.resume();
    expect((await rest).equals(bulk)).toBe(true);
    expect(await b.ended).toBeUndefined();
  });

  it('goes on for the others when one resets', async () => {
    const { join } = stage();
    const [a, b, c] = [await join(), await join(), await join()];
    b.socket.resetAndDestroy();
    expect(await b.ended).toMatchObject({ code: 'ECONNRESET' });
    a.socket.write('still here');
    expect((await readBytes(c.socket, 10)).toString()).toBe('still here');
  });

  it('keeps the order of each sender when several talk at once', async () => {
    const { join } = stage();
    const reader = await join();
    const senders = [await join(), await join(), await join()];
    const count = 2_000;
    for (const [i, { socket }] of senders.entries()) {
      socket.resume();
      for (let n = 0; n < count; n += 1) socket.write(`${i}:${String(n).padStart(5, '0')}\n`);
    }
    const lines = (await readBytes(reader.socket, senders.length * count * 8)).toString().trim().split('\n');
    for (const i of senders.keys()) {
      const mine = lines.filter((line) => line.startsWith(`${i}:`)).map((line) => Number(line.slice(2)));
      expect(mine).toEqual(Array.from({ length: count }, (_, n) => n));
    }
  });

  it('cuts off a member that never reads; the others get every byte', async () => {
    const { join, troubles } = stage({ limits: { bytes: 500_000, patienceMs: 100 } });
    const [sender, deaf, reader] = [await join(), await join(), await join()];
    deaf.socket.pause();
    const bulk = Buffer.alloc(40_000_000, 'x');
    let received = 0;
    reader.socket.on('data', (chunk) => (received += chunk.length));
    sender.socket.resume().write(bulk);
    await until(() => received === bulk.length);
    expect(await deaf.ended).toMatchObject({ code: 'TIMEOUT' });
    expect(await closed(deaf.socket.resume())).toMatchObject({ code: 'ECONNRESET' });
    expect(troubles).toEqual(['member reads too slowly, too much has waited for 0.1 s']);
  });

  it('waits for a member that is slow but reads, and loses nothing for it', async () => {
    const { join, troubles } = stage({ limits: { bytes: 300_000, patienceMs: 30_000 } });
    const [sender, slow] = [await join(), await join()];
    const bulk = Buffer.from(Array.from({ length: 20_000_000 }, (_, i) => i % 251));
    sender.socket.resume().end(bulk);
    const parts: Buffer[] = [];
    let bytes = 0;
    slow.socket.on('data', (chunk: Buffer) => {
      parts.push(chunk);
      bytes += chunk.length;
      slow.socket.pause();
      setImmediate(() => slow.socket.resume());
    });
    await until(() => bytes === bulk.length);
    expect(Buffer.concat(parts).equals(bulk)).toBe(true);
    expect(troubles).toEqual([]);
  });

  it('leaves out of a stuck output what it cannot take, and goes on with it later', async () => {
    let taken: (() => void) | undefined;
    let printed = 0;
    const letOn = (): void => {
      const done = taken;
      taken = undefined;
      done?.();
    };
    const output = new Writable({
      write(chunk: Buffer, _encoding, done) {
        printed += chunk.length;
        taken = done;
      },
    });
    const { join, troubles } = stage({ output, limits: { bytes: 300_000, patienceMs: 50 } });
    const [a, b] = [await join(), await join()];
    let received = 0;
    b.socket.on('data', (chunk) => (received += chunk.length));
    a.socket.write(Buffer.alloc(5_000_000));
    await until(() => received === 5_000_000);
    expect(troubles).toEqual(['standard output takes too little, nothing is printed for now']);
    const before = printed;
    while (troubles.length < 2) {
      letOn();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(troubles[1]).toMatch(/^standard output goes on, \d+ bytes were not printed$/);
    a.socket.write('again');
    await until(() => {
      letOn();
      return printed > before;
    });
  });

  it('sends everybody away when it is to finish', async () => {
    const input = new PassThrough();
    const { broker, join } = stage({ input });
    const [a, b] = [await join(), await join()];
    input.write('last words');
    await hear(a.socket, 'words');
    broker.finish();
    expect((await readToEnd(b.socket)).toString()).toBe('last words');
    for (const { socket, ended } of [a, b]) {
      socket.end();
      expect(await ended).toBeUndefined();
    }
  });

  it('breaks a member off when its signal says so', async () => {
    const { broker } = stage();
    const [socket, far] = await tcpPair();
    open.push(socket, far);
    const cut = new AbortController();
    const conn = asConn(far, { scheme: 'tcp', host: '127.0.0.1', port: 1, path: '' });
    const talk = broker.talk(conn, cut.signal);
    cut.abort(new Error('enough'));
    await expect(talk).rejects.toThrow('enough');
    expect(await closed(socket.on('error', () => {}).resume())).toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('the chat', () => {
  it('tells who comes, who is there, who says what and who leaves, in the words of ncat', async () => {
    const [input, output] = [new PassThrough(), new Printer()];
    const { join } = stage({ chat: true, input, output });
    const a = await join();
    expect(await hear(a.socket, 'nobody.\n')).toBe(
      '<announce> 127.0.0.1 is connected as <user1>.\n<announce> already connected: nobody.\n',
    );
    const b = await join();
    const news = '<announce> 127.0.0.1 is connected as <user2>.\n<announce> already connected: 127.0.0.1 as <user1>.\n';
    expect(await hear(b.socket, 'user1>.\n')).toBe(news);
    expect(await hear(a.socket, 'user1>.\n')).toBe(news);
    a.socket.write('hello\r\nworld\n');
    expect(await hear(b.socket, 'world\n')).toBe('<user1> hello\n<user1> world\n');
    input.write('from the operator\n');
    expect(await hear(b.socket, 'operator\n')).toBe('<user0> from the operator\n');
    a.socket.end();
    expect(await hear(b.socket, 'disconnected.\n')).toBe('<announce> <user1> is disconnected.\n');
    await until(() => output.text.endsWith('disconnected.\n'));
    expect(output.text).toContain('<user1> hello\n');
    expect(output.text).not.toContain('operator');
    await a.ended;
  });

  it('joins lines that come in pieces, and sends on what has no line end', async () => {
    const { join } = stage({ chat: true });
    const [a, b] = [await join(), await join()];
    await hear(b.socket, 'user1>.\n');
    a.socket.write('hel');
    a.socket.write('lo\nno end');
    expect(await hear(b.socket, 'no end\n')).toBe('<user1> hello\n<user1> no end\n');
  });

  it('lets nobody drive a terminal, forge a speaker or send a line without end', async () => {
    const { join } = stage({ chat: true });
    const [a, b] = [await join(), await join()];
    await hear(b.socket, 'user1>.\n');
    a.socket.write('\x1b[2J\x07\r<user9> forged\u202e \u00e9\n');
    expect(await hear(b.socket, '\n')).toBe('<user1> \\x1b[2J\\x07\\x0d<user9> forged\\u202e \u00e9\n');
    a.socket.write('x'.repeat(20_000));
    await hear(b.socket, '<user1> xxx');
  });
});
