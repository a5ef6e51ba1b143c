import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TalkValues, talk } from '../../src/cli/talk.ts';
import { formatEndpoint } from '../../src/net/endpoint.ts';
import { type Server, serve } from '../../src/net/serve.ts';
import { defineService } from '../../src/services/service.ts';
import { readLines } from '../../src/stream/lines.ts';
import { type FakeIoOptions, fakeIo } from '../support/fake-io.ts';
import { until } from '../support/sockets.ts';

const DEFAULTS = {
  host: undefined,
  port: undefined,
  udp: false,
  tcp: false,
  via: undefined,
  timeout: 20_000,
  rawOutput: false,
  json: false,
  verbose: 0,
  quiet: false,
  color: 'auto',
} as const satisfies TalkValues;

/** Says each line back in brackets; an `evil` line, with an escape; a `bye` line is the last. */
const parrot = defineService({
  name: 'parrot',
  summary: 'Says lines back',
  port: 0,
  async session(conn) {
    for await (const line of readLines(conn)) {
      conn.write(line === 'evil' ? '\x1b[31m\n' : `<${line}>\n`);
      if (line === 'bye') return;
    }
  },
  datagram: (message) => Buffer.from(`{${message}}`),
});

let server: Server;
let connections: number;
beforeEach(async () => {
  server = await serve(parrot, { endpoints: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'] });
  connections = 0;
  server.on('connected', () => {
    connections += 1;
  });
});
afterEach(async () => {
  await server.close();
});

/** Talks, and gives what was written. */
async function say(io: FakeIoOptions, args: Partial<TalkValues> = {}) {
  const world = fakeIo(io);
  const host = formatEndpoint(server.endpoints[args.udp ? 1 : 0]!);
  await talk({ ...DEFAULTS, host, ...args }, world, { name: 'parrot', port: 1 });
  return { out: world.out().toString(), err: world.err() };
}

describe('in a pipe', () => {
  it('is a filter over one connection, without prompts', async () => {
    expect(await say({ stdin: 'a\nb\n' })).toEqual({ out: '<a>\n<b>\n', err: '' });
    expect(connections).toBe(1);
  });

  it('sends every byte as it is, the last line without its end too', async () => {
    expect((await say({ stdin: '\n \r\nlast' })).out).toBe('<>\n< >\n<last>\n');
  });

  it('ends when the server does, its input open or not', async () => {
    const stdin = new PassThrough();
    stdin.write('bye\n');
    expect((await say({ stdin })).out).toBe('<bye>\n');
  });

  it('escapes what it prints where standard output is a terminal, unless told not to', async () => {
    expect((await say({ stdin: 'evil\n' })).out).toBe('\x1b[31m\n');
    expect((await say({ stdin: 'evil\n', stdoutIsTty: true })).out).toBe('\\x1b[31m\n');
    expect((await say({ stdin: 'evil\n', stdoutIsTty: true }, { rawOutput: true })).out).toBe('\x1b[31m\n');
  });

  it('sends a datagram for each line over UDP', async () => {
    expect((await say({ stdin: 'a\n\nb' }, { udp: true })).out).toBe('{a}\n{}\n{b}\n');
    expect(connections).toBe(0);
  });

  it('prints one JSON object for each answer with --json', async () => {
    expect((await say({ stdin: 'a\nb\n' }, { json: true })).out).toBe('{"answer":"<a>"}\n{"answer":"<b>"}\n');
  });

  it('says that it is standard input that has too long a line, or cannot be read', async () => {
    const long = say({ stdin: 'x'.repeat(70_000) }, { json: true });
    await expect(long).rejects.toThrow('read standard input: a line is longer than 65536 bytes');
    await expect(long).rejects.toMatchObject({ code: 'TOO_LONG', exit: 2 });
    const broken = new Readable({
      read() {
        this.destroy(Object.assign(new Error('no'), { code: 'EISDIR' }));
      },
    }).on('error', () => {});
    await expect(say({ stdin: broken }, { json: true })).rejects.toThrow(
      'read standard input: is a directory (EISDIR)',
    );
  });

  it('opens a connection for each message with --reconnect', async () => {
    expect((await say({ stdin: 'bye\nbye\nbye\n' }, { reconnect: true })).out).toBe('<bye>\n'.repeat(3));
    expect(connections).toBe(3);
  });
});

describe('at a terminal', () => {
  const TTY = { stdinIsTty: true, stdoutIsTty: true };

  it('prompts for each message and ends on an empty line', async () => {
    expect(await say({ ...TTY, stdin: 'a\nb\n\nnever sent\n' })).toEqual({ out: '<a>\n<b>\n', err: '> > > ' });
  });

  it('ends on ^D, and leaves the shell a line of its own', async () => {
    expect(await say({ ...TTY, stdin: 'a\n' })).toEqual({ out: '<a>\n', err: '> > \n' });
  });

  it('ends on ^C', async () => {
    const world = fakeIo({ ...TTY, stdin: new PassThrough() });
    const host = formatEndpoint(server.endpoints[0]!);
    const talked = talk({ ...DEFAULTS, host }, world, { name: 'parrot', port: 1 });
    await until(() => world.err() === '> ');
    world.interrupt();
    await talked.catch((error: unknown) => expect(error).toBe(world.signal.reason));
    await until(() => server.connections === 0);
  });

  it('escapes what a server says', async () => {
    expect((await say({ ...TTY, stdin: 'evil\n\n' })).out).toBe('\\x1b[31m\n');
  });

  it('says what to try where the server has closed', async () => {
    await expect(say({ ...TTY, stdin: 'bye\nmore\n' })).rejects.toMatchObject({ code: 'NO_ANSWER' });
  });
});

describe('usage', () => {
  it('refuses --reconnect over UDP', async () => {
    await expect(say({ stdin: '' }, { udp: true, reconnect: true })).rejects.toMatchObject({ code: 'USAGE', exit: 2 });
  });

  it('names the endpoint where nobody listens', async () => {
    const host = formatEndpoint(server.endpoints[0]!);
    await server.close();
    await expect(say({ stdin: 'a\n' }, { host })).rejects.toThrow(`connect ${host}: connection refused`);
  });
});
