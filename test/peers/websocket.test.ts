import { join, resolve } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { dial } from '../../src/net/dial.ts';
import { needs } from '../support/needs.ts';
import { runNettk, runProgram, startNettk } from '../support/nettk.ts';
import { freePort, type Peer, startPeer } from '../support/peers.ts';
import { readToEnd } from '../support/sockets.ts';

const FIXTURES = resolve(import.meta.dirname, '../fixtures/python');
/** Debian's Python, which has Debian's websockets. */
const PYTHON = '/usr/bin/python3';

async function needsPython(context: TestContext): Promise<void> {
  needs(context, PYTHON);
  const { code } = await runProgram(PYTHON, ['-c', 'import websockets']);
  if (code !== 0 && process.env['CI'] === 'true') throw new Error('needs python3-websockets');
  if (code !== 0) context.skip('needs python3-websockets');
}

/** A server on Python's websockets, and where it is. */
async function startPython(context: TestContext, ...words: string[]): Promise<Peer & { readonly url: string }> {
  await needsPython(context);
  const port = await freePort();
  const args = [join(FIXTURES, 'ws_server.py'), `${port}`, ...words];
  return Object.assign(await startPeer(PYTHON, args, { ready: [`tcp:${port}`] }), { url: `ws://127.0.0.1:${port}/` });
}

async function startWebsocketd(context: TestContext, ...words: string[]): Promise<Peer & { readonly url: string }> {
  needs(context, 'websocketd');
  const port = await freePort();
  const args = [`--port=${port}`, '--address=127.0.0.1', ...words];
  const peer = await startPeer('websocketd', args, { ready: [`tcp:127.0.0.1:${port}`] });
  return Object.assign(peer, { url: `ws://127.0.0.1:${port}/` });
}

/** A client on Python's websockets that says these lines. */
async function askPython(context: TestContext, url: string, stdin: string, ...words: string[]): Promise<string> {
  await needsPython(context);
  const { stdout, stderr } = await runProgram(PYTHON, [join(FIXTURES, 'ws_client.py'), url, ...words], { stdin });
  return stdout.toString() + stderr;
}

describe('connect', () => {
  it('gets its own words back from a server of Python', async (context) => {
    await using server = await startPython(context, 'echo');
    const { code, stdout, stderr } = await runNettk(['connect', server.url], { stdin: 'to and fro\n' });
    expect({ code, stdout: stdout.toString(), stderr }).toEqual({ code: 0, stdout: 'to and fro\n', stderr: '' });
    expect((await server.until((out) => out.includes('closed'))).toString()).toMatch(/^closed 1000 /);
  });

  it('waits for a server of Python that would drop its answer at a Close', async (context) => {
    await using server = await startPython(context, 'upper');
    const { code, stdout } = await runNettk(['connect', server.url], { stdin: 'slow\n' });
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'SLOW\n' });
  });

  it.for([
    ['1000', 0, ''],
    ['1001', 0, ''],
    ['1008', 1, 'nettk: WebSocket: the peer closed: policy violation (1008) go away\n'],
    ['1011', 1, 'nettk: WebSocket: the peer closed: internal error (1011) go away\n'],
    ['4000', 1, 'nettk: WebSocket: the peer closed: private code (4000) go away\n'],
  ] as const)('makes of the Close %s of a server of Python the exit status %i', async ([
    code,
    status,
    text,
  ], context) => {
    await using server = await startPython(context, `close:${code}:go away`);
    const run = await runNettk(['connect', server.url], { stdin: 'last words\n' });
    expect({ ...run, stdout: run.stdout.toString() }).toMatchObject({
      code: status,
      stdout: 'last words\n',
      stderr: expect.stringContaining(text),
    });
  });

  it('talks to a program behind websocketd', async (context) => {
    await using server = await startWebsocketd(context, '--binary=true', 'cat');
    const { code, stdout } = await runNettk(['connect', server.url], { stdin: 'one\ntwo\n' });
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'one\ntwo\n' });
  });

  it('talks lines to a program behind websocketd, which takes a message for a line', async (context) => {
    await using server = await startWebsocketd(context, 'cat');
    const { code, stdout } = await runNettk(['connect', '--ws-lines', server.url], { stdin: 'one\n\ntwo' });
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'one\n\ntwo\n' });
  });

  it('prints all that came from websocketd, which ends without a Close, and says so', async (context) => {
    await using server = await startWebsocketd(context, '--binary=true', 'head', '-1');
    const { code, stdout, stderr } = await runNettk(['connect', server.url], { stdin: 'one\ntwo\n' });
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 1, stdout: 'one\n' });
    expect(stderr).toContain('without a Close frame (1006)');
  });

  it.for(['deflate', 'plain'])('carries a megabyte to a server of Python and back, %s', async (mode, context) => {
    await using server = await startPython(context, 'echo', mode);
    const conn = await dial(server.url, { ws: { deflate: mode === 'deflate' } });
    const data = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * i) % 251));
    const all = readToEnd(conn);
    conn.end(data);
    expect((await all).equals(data)).toBe(true);
  });
});

describe('our servers', () => {
  it.for(['plain', 'deflate'])('answer a client of Python, message by message, %s', async (mode, context) => {
    await using server = await startNettk(['echo-server', '--ws', '--ws-deflate', '--port', '0']);
    expect(server.endpoints[0]).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    const said = await askPython(context, server.endpoints[0] as string, 'one\ntwo\nthree\n', mode);
    expect(said).toMatch(/^one\ntwo\nthree\nclosed 1000 /);
  });

  it('answer message by message a client that sends no line ends, with --ws-lines', async (context) => {
    await using server = await startNettk(['command-server', '--ws', '--ws-lines', '--port', '0']);
    const said = await askPython(context, server.endpoints[0] as string, 'os\nos\n');
    expect(said).toMatch(/^posix\n\.\nclosed 1000 /);
  });

  it('close with 1000 when they have said everything', async (context) => {
    await using server = await startNettk(['daytime-server', '--ws', '--port', '0']);
    expect(await askPython(context, server.endpoints[0] as string, '\n')).toMatch(/\d{4}\r\n\nclosed 1000 /);
  });

  it('take the Close of a client of Python, with any code', async (context) => {
    await using server = await startNettk(['echo-server', '--ws', '--port', '0', '-v']);
    const said = await askPython(context, server.endpoints[0] as string, 'x\n', 'close', '4001', 'had enough');
    expect(said).toMatch(/^x\nclosed 4001 /);
    await server.stop();
    expect(server.stderr()).toContain('the peer closed: private code (4001) had enough');
  });

  it('answer a client of Python over TLS', async (context) => {
    await needsPython(context);
    await using server = await startNettk(['echo-server', '--ws', '--tls', '--port', '0']);
    const script = [
      'import asyncio, ssl, sys, websockets',
      'async def main():',
      '    context = ssl._create_unverified_context()',
      '    async with websockets.connect(sys.argv[1], ssl=context) as ws:',
      '        await ws.send("hi")',
      '        print(await ws.recv())',
      'asyncio.run(main())',
    ].join('\n');
    const { stdout } = await runProgram(PYTHON, ['-c', script, server.endpoints[0] as string]);
    expect(stdout.toString()).toBe("b'hi'\n");
  });
});

describe('two nettks', () => {
  it('have a true half-close: a program that waits for the end of its input can answer', async () => {
    await using server = await startNettk(['listen', '-k', '-c', 'sleep 0.1; sort', 'ws://127.0.0.1:0']);
    const { code, stdout } = await runNettk(['connect', server.endpoints[0] as string], { stdin: 'b\na\n' });
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'a\nb\n' });
  });
});
