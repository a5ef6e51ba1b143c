/** relay on the built binary: every kind of side, half-close, resets, failures, retries, events, drain. */

import { createHash, randomBytes } from 'node:crypto';
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { type Running, runNettk, runShell, startNettk } from '../support/nettk.ts';
import { closed, connectTo, readBytes, readToEnd } from '../support/sockets.ts';

const folder = mkdtempSync(join(tmpdir(), 'nettk-relay-'));
afterAll(() => rmSync(folder, { recursive: true }));
let names = 0;
function path(name: string): string {
  names += 1;
  return join(folder, `${names}-${name}`);
}

async function relay(...args: string[]): Promise<Running> {
  const running = await startNettk(['relay', ...args]);
  onTestFinished(() => running[Symbol.asyncDispose]());
  return running;
}

const LISTEN = 'tcp-listen://127.0.0.1:0';
const client = (running: Running): Promise<Socket> => connectTo(parseEndpoint(running.endpoints[0] as string));

/** How a client is turned away; where the machine is busy, the reset comes before it knows that it was connected. */
async function turnedAway(running: Running): Promise<unknown> {
  try {
    return await closed((await client(running)).resume());
  } catch (error) {
    return error;
  }
}

/** A server of the test's own; the sockets it accepts are handed over. */
async function server(
  onSocket: (socket: Socket) => void,
  where: { port?: number; path?: string } = {},
): Promise<Server> {
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  listener.listen(where.path ? { path: where.path } : { port: where.port ?? 0, host: '127.0.0.1' });
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  return listener;
}
const target = (listener: Server): string => `tcp://127.0.0.1:${(listener.address() as { port: number }).port}`;
const echo = (socket: Socket): void => void socket.pipe(socket);
const events = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

/** Waits until what a relay said satisfies. */
async function until(running: Running, holds: () => boolean): Promise<void> {
  while (!holds()) {
    const news = [running.child.stdout, running.child.stderr].map((stream) =>
      once(stream as NodeJS.EventEmitter, 'data'),
    );
    await Promise.race(news);
  }
}

describe('a listening relay', () => {
  test('gives every client a side of its own and passes half-closes through both ways', async () => {
    const said: string[] = [];
    const listener = await server((socket) => {
      readToEnd(socket).then((all) => {
        said.push(all.toString());
        socket.end(`got ${all}`);
      });
    });
    const running = await relay(LISTEN, target(listener));
    const clients = await Promise.all([1, 2, 3].map(() => client(running)));
    for (const [i, one] of clients.entries()) one.end(`question ${i}`);
    const answers = await Promise.all(clients.map(async (one) => (await readToEnd(one)).toString()));
    expect(answers).toEqual(['got question 0', 'got question 1', 'got question 2']);
    expect(said.toSorted()).toEqual(['question 0', 'question 1', 'question 2']);
  });

  test('carries megabytes both ways without changing a byte', async () => {
    const data = randomBytes(8_000_000);
    const running = await relay(LISTEN, target(await server(echo)));
    const one = await client(running);
    one.end(data);
    const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    expect(hash(await readToEnd(one))).toBe(hash(data));
  });

  test('passes an end that comes from the right first, and what the client says after it', async () => {
    const after = Promise.withResolvers<string>();
    const listener = await server((socket) => {
      readToEnd(socket).then((all) => after.resolve(all.toString()));
      socket.end('first');
    });
    const one = await client(await relay(LISTEN, target(listener)));
    expect((await readToEnd(one)).toString()).toBe('first');
    one.end('said after the end');
    expect(await after.promise).toBe('said after the end');
  });

  test.each(['client', 'server'])('makes a reset of the %s a reset at the other end', async (who) => {
    const accepted = Promise.withResolvers<Socket>();
    const running = await relay(LISTEN, target(await server(accepted.resolve)), '-v');
    const near = await client(running);
    near.write('x');
    const far = await accepted.promise;
    await readBytes(far, 1);
    const [breaker, other] = who === 'client' ? [near, far] : [far, near];
    const seen = closed(other.resume());
    breaker.resetAndDestroy();
    expect(await seen).toMatchObject({ code: 'ECONNRESET' });
    await until(running, () => running.stderr().includes('disconnected'));
    expect(running.stderr()).toMatch(/disconnected .* 1 bytes there, 0 back, .* s: talk to .*connection reset by peer/);
  });

  test('resets a client whose right side cannot be had, says why, and goes on', async () => {
    const running = await relay(LISTEN, 'tcp://127.0.0.1:1');
    expect(await turnedAway(running)).toMatchObject({ code: 'ECONNRESET' });
    await until(running, () => running.stderr().includes('refused'));
    expect(running.stderr()).toMatch(
      /^nettk: relay: refused tcp:\/\/127.0.0.1:\d+: connect tcp:\/\/127.0.0.1:1: connection refused \(ECONNREFUSED\)$/m,
    );
    expect(await turnedAway(running)).toMatchObject({ code: 'ECONNRESET' });
    expect((await running.stop('SIGINT')).code).toBe(0);
  });

  test('waits with --retry for a right side that is not there yet', async () => {
    const spare = await server(echo);
    const { port } = spare.address() as { port: number };
    spare.close();
    await once(spare, 'close');
    const running = await relay(LISTEN, `tcp://127.0.0.1:${port}`, '--retry', '-v');
    const one = await client(running);
    one.end('patience');
    await until(running, () => running.stderr().includes('trying again'));
    await server(echo, { port });
    expect((await readToEnd(one)).toString()).toBe('patience');
  });

  test('tells with --json what went each way, for how long, and why it ended', async () => {
    const { child, stdout } = await jsonRelay(LISTEN, target(await server(echo)));
    const [listening] = events(stdout());
    const one = await connectTo(parseEndpoint(String(listening?.['endpoint'])));
    const peer = `tcp://127.0.0.1:${one.localPort}`;
    one.end('12345');
    await readToEnd(one);
    while (!stdout().includes('disconnected')) await once(child.stdout, 'data');
    const [, connected, disconnected] = events(stdout());
    const facts = { service: 'relay', endpoint: listening?.['endpoint'], peer, time: expect.any(String) };
    expect(connected).toEqual({ event: 'connected', ...facts, target: expect.stringMatching(/^tcp:/) });
    expect(disconnected).toEqual({
      event: 'disconnected',
      ...facts,
      target: expect.stringMatching(/^tcp:/),
      reason: '',
      leftToRight: 5,
      rightToLeft: 5,
      ms: expect.any(Number),
    });
  });

  test('drains at the first signal: no new client, the old ones finish', async () => {
    const running = await relay(LISTEN, target(await server(echo)));
    const one = await client(running);
    one.write('before ');
    await readBytes(one, 7);
    const over = running.stop('SIGTERM');
    while (
      await client(running).then(
        (socket) => socket.destroy(),
        () => undefined,
      )
    );
    one.end('after');
    expect((await readToEnd(one.resume())).toString()).toBe('after');
    expect((await over).code).toBe(0);
  });

  test('sends those away at a drain who still wait for the other side', async () => {
    const running = await startNettk(['relay', LISTEN, LISTEN, '-v'], { ready: 2 });
    onTestFinished(() => running[Symbol.asyncDispose]());
    const waits = await connectTo(parseEndpoint(running.endpoints[1] as string));
    await until(running, () => running.stderr().includes('connected'));
    const seen = closed(waits.resume());
    const { code, stderr } = await running.stop();
    expect([code, stderr]).toEqual([0, expect.stringContaining('draining')]);
    expect(await seen).toMatchObject({ code: 'ECONNRESET' });
  });

  test('cuts with a reset what has not finished within the grace, and exits with 1', async () => {
    const running = await relay(LISTEN, target(await server(echo)), '--grace', '100ms');
    const one = await client(running);
    one.write('x');
    await readBytes(one, 1);
    const seen = closed(one.resume());
    const { code, stderr } = await running.stop('SIGTERM');
    expect([code, stderr]).toEqual([1, expect.stringContaining('1 connection cut after 0.1 s of grace')]);
    expect(await seen).toMatchObject({ code: 'ECONNRESET' });
  });

  test('refuses clients past -m', async () => {
    const running = await relay(LISTEN, target(await server(echo)), '-m', '1');
    const one = await client(running);
    one.write('x');
    await readBytes(one, 1);
    const two = await client(running);
    expect((await readToEnd(two)).length).toBe(0);
    await until(running, () => running.stderr().includes('refused'));
    expect(running.stderr()).toMatch(/relay: refused .*: too many connections/);
    one.destroy();
  });

  test('has a gate: who is denied gets a reset, and no right side is opened', async () => {
    const running = await relay(LISTEN, target(await server(echo)), '--deny', '127.0.0.1', '-v');
    expect(await turnedAway(running)).toMatchObject({ code: 'ECONNRESET' });
    await until(running, () => running.stderr().includes('refused'));
    expect(running.stderr()).not.toContain('connected');
  });

  test('breaks off what is idle', async () => {
    const running = await relay(LISTEN, target(await server(echo)), '--idle-timeout', '200ms', '-v');
    const one = await client(running);
    one.write('x');
    await readBytes(one, 1);
    await readToEnd(one.resume());
    await until(running, () => running.stderr().includes('disconnected'));
    expect(running.stderr()).toContain('relay: idle: no data for 0.2 s');
  });

  test('joins the clients of two listening sides in turn', async () => {
    const running = await startNettk(['relay', LISTEN, LISTEN], { ready: 2 });
    onTestFinished(() => running[Symbol.asyncDispose]());
    const [right, left] = await Promise.all(running.endpoints.map((one) => connectTo(parseEndpoint(one))));
    left!.end('from the left');
    expect((await readToEnd(right!)).toString()).toBe('from the left');
    right!.end('from the right');
    expect((await readToEnd(left!)).toString()).toBe('from the right');
  });

  test('says a preamble to the right side of every client', async () => {
    const heard: string[] = [];
    const listener = await server((socket) => {
      readToEnd(socket).then((all) => {
        heard.push(all.toString());
        socket.end();
      });
    });
    const file = path('preamble');
    writeFileSync(file, 'HELLO ');
    const running = await relay(LISTEN, target(listener), '--preamble', `@${file}`);
    for (const word of ['one', 'two']) {
      const one = await client(running);
      one.end(word);
      await readToEnd(one);
    }
    expect(heard).toEqual(['HELLO one', 'HELLO two']);
  });
});

describe('sides', () => {
  test('a program for every client knows its client, and its end is the end', async () => {
    const running = await relay(LISTEN, 'shell:echo $NETTK_REMOTE_PORT; cat');
    const one = await client(running);
    const { localPort } = one;
    one.end('bytes');
    expect((await readToEnd(one)).toString()).toBe(`${localPort}\nbytes`);
  });

  test('a program that fails gives its status, and is told', async () => {
    const done = await runNettk(['relay', 'shell:echo out; exit 3', '-', '-v']);
    expect([done.code, done.stdout.toString()]).toEqual([3, 'out\n']);
    expect(done.stderr).toContain('4 bytes there, 0 back');
    expect(done.stderr).toContain('the program ended with status 3');
  });

  test('a program is not started where there is nobody to talk to', async () => {
    const file = path('started');
    const done = await runNettk(['relay', `shell:echo x >${file}`, 'tcp://127.0.0.1:1']);
    expect([done.code, existsSync(file)]).toEqual([1, false]);
  });

  test('a signal ends a relay that only dials as a signal does', async () => {
    const { child, stderr } = await plain('-', target(await server(echo)), '-v');
    while (!stderr().includes('connected')) await once(child.stderr, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([null, 'SIGINT']);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the program of a relay too', async (signal) => {
    const { child, stderr } = await plain('shell:echo $$ >&2; exec sleep 60', '-', '-v');
    const pid = (): number => Number(/^(\d+)$/m.exec(stderr())?.[1]);
    while (!(pid() && stderr().includes('connected'))) await once(child.stderr, 'data');
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([null, signal]);
    expect(existsSync(`/proc/${pid()}`)).toBe(false);
  });

  test('a program is hung up on before a relay leaves whose other side broke', async () => {
    const where = target(await server((socket) => socket.once('data', () => socket.resetAndDestroy())));
    const done = await runNettk(['relay', 'shell:echo $$ >&2; echo x; exec sleep 60', where]);
    expect([done.code, existsSync(`/proc/${done.stderr.split('\n')[0]}`)]).toEqual([1, false]);
  });

  test('a file on the left is read to every client', async () => {
    const file = path('page');
    writeFileSync(file, randomBytes(300_000));
    const running = await relay(`file:${file}`, LISTEN);
    for (let i = 0; i < 2; i += 1) {
      const one = await client(running);
      one.end('dropped');
      expect((await readToEnd(one)).equals(readFileSync(file))).toBe(true);
    }
  });

  test('a file on the right is emptied at the start, and then gets what all clients say', async () => {
    const file = path('sink');
    writeFileSync(file, 'old');
    const running = await relay(LISTEN, `file:${file}`);
    expect(readFileSync(file, 'utf8')).toBe('');
    for (const word of ['one ', 'two ']) {
      const one = await client(running);
      one.end(word);
      await readToEnd(one);
    }
    expect(readFileSync(file, 'utf8')).toBe('one two ');
  });

  test('a file is copied to a file, and not to itself', async () => {
    const [from, to] = [path('from'), path('to')];
    const content = randomBytes(700_000);
    writeFileSync(from, content);
    const copied = await runNettk(['relay', `file:${from}`, `file:${to}`]);
    expect([copied.code, copied.stderr, readFileSync(to).equals(content)]).toEqual([0, '', true]);
    symlinkSync(from, `${to}-link`);
    const refused = await runNettk(['relay', `file:${from}`, `file:${to}-link`]);
    expect([refused.code, readFileSync(from).equals(content)]).toEqual([2, true]);
    expect(refused.stderr).toContain('are the same file');
  });

  test('--append keeps what the file held', async () => {
    const file = path('kept');
    writeFileSync(file, 'old ');
    const done = await runNettk(['relay', 'exec:echo new', `file:${file}`, '--append']);
    expect([done.code, done.stderr, readFileSync(file, 'utf8')]).toEqual([0, '', 'old new\n']);
  });

  test('a full disk ends a relay with its name', async () => {
    const done = await runNettk(['relay', 'exec:echo new', 'file:/dev/full']);
    expect([done.code, done.stderr]).toEqual([1, 'nettk: write /dev/full: no space left on device (ENOSPC)\n']);
  });

  test('standard input and output take one client, and their end ends the relay', async () => {
    const running = await relay(LISTEN, '-');
    const one = await client(running);
    one.end('to standard output');
    running.child.stdin?.end('from standard input');
    expect((await readToEnd(one)).toString()).toBe('from standard input');
    const [code] = await once(running.child, 'close');
    expect([code, running.stdout()]).toEqual([0, 'to standard output']);
  });

  test('the end of the peer ends a relay whose standard input is open', async () => {
    const listener = await server((socket) => socket.end('bye'));
    const { child, stdout } = await plain('-', target(listener));
    const [code] = await once(child, 'close');
    expect([code, stdout()]).toEqual([0, 'bye']);
  });

  test('Unix sockets listen and are dialled', async () => {
    const [inner, outer] = [path('inner'), path('outer')];
    await server(echo, { path: inner });
    const running = await relay(`unix-listen:${outer}`, `unix:${inner}`);
    const one = await client(running);
    one.end('through two files');
    expect((await readToEnd(one)).toString()).toBe('through two files');
  });

  test('a closed standard output ends quietly with 141', async () => {
    const listener = await server((socket) => {
      socket.on('close', () => {});
      const more = setInterval(() => socket.write('x'.repeat(1_000)), 1);
      socket.on('close', () => clearInterval(more));
    });
    const done = await runShell(
      `nettk relay - ${target(listener)} </dev/zero | head -c 10 >/dev/null; echo $PIPESTATUS`,
    );
    expect([done.stdout.toString(), done.stderr]).toEqual(['141\n', '']);
  });

  test.each([
    [['-', '-'], 'both sides are standard input and output'],
    [['-', 'exec:cat', '--retry'], 'no side is dialled'],
    [['tcp-listen://127.0.0.1:9000', 'tcp://127.0.0.1:9000'], 'it would connect to itself'],
    [['tcp-listen://0.0.0.0:9000', 'tcp://localhost:9000'], 'it would connect to itself'],
    [['exec:no-such-program', '-'], 'no such file or directory'],
    [['file:/no/such/file', '-'], 'read /no/such/file: no such file or directory'],
    [['-', 'tcp://127.0.0.1:1', '--append'], 'there is no log file'],
    [['-', 'gopher://127.0.0.1:1'], 'unknown scheme'],
  ])('%j is refused with 2', async (args, words) => {
    const done = await runNettk(['relay', ...args]);
    expect([done.code, done.stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});

describe('--retry', () => {
  test('dials the right side again when it fails or ends, with the preamble, and loses no later input', async () => {
    const heard: string[] = [];
    const sockets: Socket[] = [];
    const listener = await server((socket) => {
      sockets.push(socket);
      heard.push('');
      const place = heard.length - 1;
      socket.on('data', (data) => (heard[place] = `${heard[place]}${data}`)).on('end', () => socket.end());
    });
    const { child, stderr } = await plain('-', target(listener), '--retry', '--preamble', 'HI ', '-v');
    const hears = async (place: number, text: string): Promise<void> => {
      while (heard[place] !== text) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    child.stdin.write('one ');
    await hears(0, 'HI one ');
    sockets[0]?.resetAndDestroy();
    await hears(1, 'HI ');
    child.stdin.write('two ');
    await hears(1, 'HI two ');
    sockets[1]?.end();
    await hears(2, 'HI ');
    child.stdin.end('three');
    const [code] = await once(child, 'close');
    expect([code, heard]).toEqual([0, ['HI one ', 'HI two ', 'HI three']]);
    expect(stderr()).toMatch(/connection reset by peer.*; trying again in 0\.\d+ s/);
    expect(stderr()).toMatch(/it ended first.*; trying again in 0\.\d+ s/);
  });

  test('N gives up after N more times, with the last failure', async () => {
    const done = await runNettk(['relay', 'exec:cat', 'tcp://127.0.0.1:1', '--retry', '2', '-v']);
    expect(done.code).toBe(1);
    expect(done.stderr.match(/trying again/g)).toHaveLength(2);
    expect(done.stderr).toMatch(/^nettk: connect tcp:\/\/127.0.0.1:1: connection refused \(ECONNREFUSED\)$/m);
  });

  test('sends a file again from its start', async () => {
    const file = path('again');
    writeFileSync(file, 'the whole file');
    let tries = 0;
    const whole = Promise.withResolvers<string>();
    const listener = await server((socket) => {
      tries += 1;
      if (tries < 3) socket.once('data', () => socket.resetAndDestroy());
      else
        readToEnd(socket).then((all) => {
          whole.resolve(all.toString());
          socket.end();
        });
    });
    const done = await runNettk(['relay', `file:${file}`, target(listener), '--retry', '5']);
    expect([done.code, await whole.promise]).toEqual([0, 'the whole file']);
  });
});

describe('over UDP', () => {
  async function datagramServer(answer: (message: Buffer, reply: (bytes: Buffer) => void) => void): Promise<string> {
    const socket = createSocket('udp4');
    socket.on('message', (message, from) => answer(message, (bytes) => socket.send(bytes, from.port, from.address)));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    onTestFinished(() => void socket.close());
    return `udp://127.0.0.1:${socket.address().port}`;
  }
  async function asker(running: Running): Promise<{ ask(text: string): Promise<string>; socket: DatagramSocket }> {
    const socket = createSocket('udp4');
    socket.connect(running.ports[0] as number, '127.0.0.1');
    await once(socket, 'connect');
    onTestFinished(() => void socket.close());
    const ask = async (text: string): Promise<string> => {
      const answer = once(socket, 'message');
      socket.send(text);
      return String((await answer)[0]);
    };
    return { ask, socket };
  }

  test('every sender has a session of its own, and datagrams stay apart, empty ones too', async () => {
    const sizes: number[] = [];
    const address = await datagramServer((message, reply) => {
      sizes.push(message.length);
      reply(Buffer.from(`${message.length}`));
    });
    const running = await relay('udp-listen://127.0.0.1:0', address);
    const [one, two] = await Promise.all([asker(running), asker(running)]);
    expect(await Promise.all([one.ask('a'), two.ask('bb')])).toEqual(['1', '2']);
    expect(await one.ask('')).toBe('0');
    expect(await two.ask('x'.repeat(1_400))).toBe('1400');
    expect(sizes.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 1_400]);
  });

  test('a drain ends with a second of silence, and cuts nobody', async () => {
    const address = await datagramServer((message, reply) => reply(message));
    const running = await relay('udp-listen://127.0.0.1:0', address);
    const { ask } = await asker(running);
    expect(await ask('one')).toBe('one');
    expect((await running.stop()).code).toBe(0);
  });

  test('a session ends when it is idle, and the next datagram begins another', async () => {
    const address = await datagramServer((message, reply) => reply(message));
    const running = await relay('udp-listen://127.0.0.1:0', address, '--idle-timeout', '150ms', '-v');
    const { ask } = await asker(running);
    expect(await ask('one')).toBe('one');
    await until(running, () => running.stderr().includes('disconnected'));
    expect(await ask('two')).toBe('two');
  });

  test('a byte stream becomes datagrams, and ends after a second of silence', async () => {
    let bytes = 0;
    const address = await datagramServer((message, reply) => {
      bytes += message.length;
      reply(Buffer.from('.'));
    });
    const done = await runNettk(['relay', '-', address], { stdin: 'x'.repeat(40_000) });
    expect([done.code, bytes]).toEqual([0, 40_000]);
    expect(done.stdout.toString()).toMatch(/^\.+$/);
  });

  test('a closed port is told per session', async () => {
    const running = await relay('udp-listen://127.0.0.1:0', 'udp://127.0.0.1:1', '-v');
    const { socket } = await asker(running);
    socket.send('x');
    await until(running, () => running.stderr().includes('disconnected'));
    expect(running.stderr()).toContain('connection refused (ECONNREFUSED)');
  });
});

describe('a circle of relays', () => {
  test('ends at the connection cap of the one that has it, and both go on', async () => {
    const { port } = (await server(echo).then((one) => {
      const address = one.address() as { port: number };
      one.close();
      return address;
    })) as { port: number };
    const back = await relay(LISTEN, `tcp://127.0.0.1:${port}`);
    const front = await relay(`tcp-listen://127.0.0.1:${port}`, back.endpoints[0] as string, '-m', '20');
    const one = connect(port, '127.0.0.1');
    one.write('round and round');
    await closed(one.resume());
    await until(front, () => front.stderr().includes('too many connections'));
    expect((await Promise.all([front.stop(), back.stop()])).map(({ code }) => code)).toEqual([0, 0]);
  });
});

/** A relay without waiting for a text ready line. */
async function plain(...args: string[]) {
  const { spawn } = await import('node:child_process');
  const { NETTK } = await import('../support/nettk.ts');
  const child = spawn(NETTK, ['relay', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  return { child, stdout: () => out, stderr: () => err };
}

/** A relay whose ready line is an event. */
async function jsonRelay(...args: string[]) {
  const running = await plain(...args, '--json');
  while (!running.stdout().includes('\n')) await once(running.child.stdout, 'data');
  return running;
}
