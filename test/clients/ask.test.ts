import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ask } from '../../src/clients/ask.ts';
import { askDatagram, exchange } from '../../src/clients/ask-datagram.ts';
import { Dialogue } from '../../src/clients/dialogue.ts';
import { askTime } from '../../src/clients/time.ts';
import { dial } from '../../src/net/dial.ts';
import { type Endpoint, parseEndpoint } from '../../src/net/endpoint.ts';
import { serve } from '../../src/net/serve.ts';
import { encodeTime } from '../../src/protocols/time.ts';
import { command } from '../../src/services/command.ts';
import type { Service } from '../../src/services/service.ts';
import { openDatagramClient } from '../support/sockets.ts';

const OPTIONS = { timeoutMs: 20_000 };
const never = new AbortController().signal;
const free = (endpoint: Endpoint) => ({ endpoint, forced: false });
const forced = (endpoint: Endpoint) => ({ endpoint, forced: true });

/** A one-shot service with these faces, TCP and UDP on one port. */
const oneShot = (parts: Pick<Service, 'session' | 'datagram'>) => {
  const service: Service = { name: 'test', summary: 'Tests', port: 0, ...parts };
  const endpoints = [parts.session ? 'tcp://127.0.0.1:0' : '', parts.datagram ? 'udp://127.0.0.1:0' : ''];
  return serve(service, { endpoints: endpoints.filter((one) => one !== '') });
};
const overTcp: Service['session'] = (conn) => void conn.end('by TCP');

afterEach(() => {
  vi.useRealTimers();
});

describe('ask', () => {
  it('asks over UDP first', async () => {
    await using server = await oneShot({ session: overTcp, datagram: () => Buffer.from('by UDP') });
    const { answer, endpoint } = await ask(free(server.endpoints[0]!), OPTIONS);
    expect([answer.toString(), endpoint.scheme]).toEqual(['by UDP', 'udp']);
  });

  it('asks over TCP where UDP is refused', async () => {
    await using server = await oneShot({ session: overTcp });
    const { answer, endpoint } = await ask(free(server.endpoints[0]!), OPTIONS);
    expect([answer.toString(), endpoint.scheme]).toEqual(['by TCP', 'tcp']);
  });

  it('asks over UDP twice, then over TCP where UDP is silent', async () => {
    const questions: number[] = [];
    const silent = (message: Buffer): undefined => {
      questions.push(message.length);
    };
    await using server = await oneShot({ session: overTcp, datagram: silent });
    const { answer } = await ask(free(server.endpoints[0]!), OPTIONS);
    expect(answer.toString()).toBe('by TCP');
    expect(questions).toEqual([0, 0]);
  });

  it('stays with the way that was asked for', async () => {
    await using server = await oneShot({ session: overTcp, datagram: () => Buffer.from('by UDP') });
    const [tcp, udp] = server.endpoints;
    expect((await ask(forced(tcp!), OPTIONS)).answer.toString()).toBe('by TCP');
    expect((await ask(forced(udp!), OPTIONS)).answer.toString()).toBe('by UDP');
    await server.close();
    await expect(ask(forced(udp!), OPTIONS)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('says what happened both ways where nobody is there', async () => {
    const server = await oneShot({ session: overTcp });
    const { port } = server.endpoints[0]!;
    await server.close();
    const failed = ask(free(server.endpoints[0]!), OPTIONS);
    await expect(failed).rejects.toThrow(`ask 127.0.0.1:${port}: refused over UDP, refused over TCP`);
    await expect(failed).rejects.toMatchObject({ code: 'ECONNREFUSED', exit: 1 });
  });

  it('says what UDP really answered where TCP fails too', async () => {
    const broadcast = parseEndpoint('tcp://255.255.255.255:13');
    await expect(ask(free(broadcast), OPTIONS)).rejects.toThrow(
      'ask 255.255.255.255:13: a broadcast address over UDP, network unreachable over TCP',
    );
    await using mute = await oneShot({ session: (conn) => void conn.end(), datagram: () => undefined });
    await expect(ask(free(mute.endpoints[0]!), OPTIONS)).rejects.toThrow(
      /: no answer within 1 s over UDP, closed without an answer over TCP$/,
    );
  });

  it('takes an empty datagram for no answer', async () => {
    await using server = await oneShot({ session: overTcp, datagram: () => Buffer.alloc(0) });
    const [tcp, udp] = server.endpoints;
    expect((await ask(free(tcp!), OPTIONS)).answer.toString()).toBe('by TCP');
    await expect(ask(forced(udp!), OPTIONS)).rejects.toThrow(': an empty answer');
  });

  it('takes a close without a byte for no answer', async () => {
    await using server = await oneShot({ session: (conn) => void conn.end() });
    await expect(ask(forced(server.endpoints[0]!), OPTIONS)).rejects.toMatchObject({ code: 'NO_ANSWER', exit: 1 });
  });

  it('stops an answer without end at its limit', async () => {
    const session: Service['session'] = async (conn) => {
      while (!conn.destroyed) {
        conn.write(Buffer.alloc(10_000));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await using server = await oneShot({ session });
    await expect(ask(forced(server.endpoints[0]!), OPTIONS)).rejects.toMatchObject({ code: 'TOO_LONG' });
  });

  it('gives up on a server that says nothing when the time is over', async () => {
    await using server = await oneShot({ session: () => new Promise(() => {}) });
    const failed = ask(forced(server.endpoints[0]!), { timeoutMs: 30 });
    await expect(failed).rejects.toMatchObject({ code: 'TIMEOUT', exit: 1 });
  });

  it("rejects with the signal's reason, both ways", async () => {
    const asked = Promise.withResolvers<void>();
    await using server = await oneShot({
      session: () => new Promise(() => asked.resolve()),
      datagram: () => new Promise(() => asked.resolve()),
    });
    for (const endpoint of server.endpoints) {
      const controller = new AbortController();
      const failed = ask(forced(endpoint), { ...OPTIONS, signal: controller.signal });
      await asked.promise;
      controller.abort('stopped');
      await expect(failed).rejects.toBe('stopped');
    }
  });
});

describe('exchange', () => {
  it('sends as often as it may, evenly over its time, and then says how long it waited', async () => {
    const peer = await openDatagramClient();
    const conn = await dial(`udp://127.0.0.1:${peer.address().port}`);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const write = vi.spyOn(conn, 'write');
    const failed = exchange(conn, Buffer.from('x'), { timeoutMs: 3_000, tries: 3 });
    failed.catch(() => {});
    expect(write).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(write).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(write).toHaveBeenCalledTimes(3);
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(failed).rejects.toThrow('no answer within 3 s');
    expect(vi.getTimerCount()).toBe(0);
    conn.destroy();
    peer.close();
  });

  it('leaves the connection open for the next question', async () => {
    await using server = await oneShot({ datagram: (message) => message });
    const conn = await dial(server.endpoints[0]!);
    for (const word of ['one', 'two', 'three']) {
      const answer = await exchange(conn, Buffer.from(word), { timeoutMs: 20_000, tries: 1 });
      expect(answer.toString()).toBe(word);
    }
    conn.destroy();
  });

  it('closes its own after one answer', async () => {
    await using server = await oneShot({ datagram: () => Buffer.from('once') });
    const answer = await askDatagram(server.endpoints[0]!, Buffer.alloc(0), { timeoutMs: 20_000, tries: 2 });
    expect(answer.toString()).toBe('once');
  });
});

describe('askTime', () => {
  const at = (offsetMs: number) => oneShot({ session: (conn) => void conn.end(encodeTime(Date.now() + offsetMs)) });

  it('takes a clock within the same second for no offset', async () => {
    await using server = await at(0);
    expect(await askTime(forced(server.endpoints[0]!), OPTIONS)).toMatchObject({ offsetMs: 0 });
  });

  it.each([-3_600_000, 3_600_000])('tells a clock that is off by %d ms, to about a second', async (offset) => {
    await using server = await at(offset);
    const { offsetMs, unixMs } = await askTime(forced(server.endpoints[0]!), OPTIONS);
    expect(Math.abs(offsetMs - offset)).toBeLessThanOrEqual(60_000);
    expect(unixMs % 1_000).toBe(0);
  });

  it('refuses an answer that is too short', async () => {
    await using server = await oneShot({ session: (conn) => void conn.end('abc') });
    await expect(askTime(forced(server.endpoints[0]!), OPTIONS)).rejects.toMatchObject({ code: 'PROTOCOL' });
  });
});

/** A server that answers each connection's bytes with what it is told. */
async function scripted(answer: (said: string) => string | undefined) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (said) => {
      const reply = answer(said.toString());
      if (reply === undefined) socket.end();
      else socket.write(reply);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const conn = await dial({ ...parseEndpoint('tcp://127.0.0.1:1'), port: (server.address() as { port: number }).port });
  conn.on('error', () => {});
  const stop = (): void => {
    conn.destroy();
    server.close();
  };
  return { conn, stop };
}

describe('Dialogue', () => {
  it('gets an answer for each message, with a line end or without', async () => {
    const { conn, stop } = await scripted((said) => (said === 'a\n' ? 'A\r\n' : 'B'));
    const dialogue = new Dialogue(conn, 20_000, never);
    expect((await dialogue.ask(Buffer.from('a'))).toString()).toBe('A');
    expect((await dialogue.ask(Buffer.from('b'))).toString()).toBe('B');
    stop();
  });

  it('says what to try where the server closes instead', async () => {
    const { conn, stop } = await scripted(() => undefined);
    await expect(new Dialogue(conn, 20_000, never).ask(Buffer.from('a'))).rejects.toMatchObject({
      code: 'NO_ANSWER',
      hint: expect.stringContaining('--reconnect'),
    });
    stop();
  });

  it('gives up after its time', async () => {
    const { conn, stop } = await scripted(() => '');
    await expect(new Dialogue(conn, 20, never).ask(Buffer.from('a'))).rejects.toThrow('no answer within 0.02 s');
    stop();
  });

  it("rejects with the signal's reason", async () => {
    const { conn, stop } = await scripted(() => '');
    const controller = new AbortController();
    const failed = new Dialogue(conn, 20_000, controller.signal).ask(Buffer.from('a'));
    controller.abort('stopped');
    await expect(failed).rejects.toBe('stopped');
    stop();
  });

  it('asks in datagrams over UDP', async () => {
    await using server = await oneShot({ datagram: (message) => Buffer.from(`<${message}>`) });
    const conn = await dial(server.endpoints[0]!);
    expect((await new Dialogue(conn, 20_000, never).ask(Buffer.from('a'))).toString()).toBe('<a>');
    conn.destroy();
  });
});

describe('a dialogue with a command server', () => {
  const options = { root: import.meta.dirname, close: false };

  it('runs command after command over one connection, and over UDP', async () => {
    const endpoints = ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'];
    await using server = await serve(command, { endpoints, options });
    for (const endpoint of server.endpoints) {
      const conn = await dial(endpoint);
      const client = new Dialogue(conn, 20_000, never);
      expect(await client.run('os')).toEqual(['posix']);
      expect(await client.run('date')).toHaveLength(1);
      await expect(client.run('ls ..')).rejects.toMatchObject({ code: 'REFUSED', exit: 1 });
      expect(await client.run('os')).toEqual(['posix']);
      conn.destroy();
    }
  });

  it('takes the answer of a server that closes instead of saying a dot', async () => {
    await using server = await serve(command, {
      endpoints: ['tcp://127.0.0.1:0'],
      options: { ...options, close: true },
    });
    const conn = await dial(server.endpoints[0]!);
    expect(await new Dialogue(conn, 20_000, never).run('os')).toEqual(['posix']);
    conn.destroy();
  });

  it('undoes the stuffing of dots', async () => {
    const { conn, stop } = await scripted(() => '..\n...\n.\n');
    expect(await new Dialogue(conn, 20_000, never).run('ls -a')).toEqual(['.', '..']);
    stop();
  });

  it('says so where the server closes without a word', async () => {
    const { conn, stop } = await scripted(() => undefined);
    const failed = new Dialogue(conn, 20_000, never).run('os');
    await expect(failed).rejects.toMatchObject({ code: 'NO_ANSWER' });
    stop();
  });
});
