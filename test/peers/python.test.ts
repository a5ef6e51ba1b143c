import { join, resolve } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { needs } from '../support/needs.ts';
import { NETTK, runNettk, runProgram, startNettk } from '../support/nettk.ts';
import { type Bound, freePort, type Peer, startPeer } from '../support/peers.ts';

const FIXTURES = resolve(import.meta.dirname, '../fixtures/python');
/** Debian's Python, which has Debian's Twisted. */
const PYTHON = '/usr/bin/python3';
const CTIME = String.raw`\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\]`;

const script = (name: string, port: number): string[] => [join(FIXTURES, `${name}.py`), `${port}`];

async function startPython(name: string, port: number): Promise<Peer> {
  const ready: Bound = name.includes('datagram') ? `udp:${port}` : `tcp:${port}`;
  return await startPeer(PYTHON, script(name, port), { ready: [ready] });
}

async function needsTwisted(context: TestContext, name: string): Promise<void> {
  needs(context, PYTHON);
  if (!name.startsWith('twisted')) return;
  const { code } = await runProgram(PYTHON, ['-c', 'import twisted']);
  if (code !== 0 && process.env['CI'] === 'true') throw new Error('needs python3-twisted');
  if (code !== 0) context.skip('needs python3-twisted');
}

/** Lines stamped, in order, each ended as given. */
const stamped = (lines: readonly string[], ending = '\n'): RegExp =>
  new RegExp(`^${lines.map((line) => `${CTIME} ${line}${ending}`).join('')}$`);

describe('our client', () => {
  it.for([
    // They stamp each recv, so one message a time: --json asks message by message.
    ['plain_server', ['--json']],
    ['datagram_server', ['--udp', '--json']],
    ['handler_server', ['--reconnect', '--json']],
    ['twisted_server', ['--json']],
    ['twisted_datagram_server', ['--udp', '--json']],
  ] as const)('gets an answer to each message from %s with %j', async ([name, args], context) => {
    await needsTwisted(context, name);
    const port = await freePort();
    await using _server = await startPython(name, port);
    const stdin = 'hello\ntwo words\nlast';
    const { code, stdout, stderr } = await runNettk(['timestamp', ...args, `127.0.0.1:${port}`], { stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const answers = stdout.toString().trimEnd().split('\n');
    expect(answers.map((line) => JSON.parse(line).answer)).toEqual(
      ['hello', 'two words', 'last'].map((line) => expect.stringMatching(stamped([line], ''))),
    );
  });

  it.for([
    ['plain_server', 'hello', ''],
    ['plain_server', 'hello\n', '\n'],
    ['twisted_server', 'hello', ''],
    ['twisted_server', 'hello\r\n', '\r\n'],
    ['handler_server', 'hello\n', '\n'],
  ] as const)('is a filter through %s for %j', async ([name, said, ending], context) => {
    await needsTwisted(context, name);
    const port = await freePort();
    await using _server = await startPython(name, port);
    await using client = await startPeer(NETTK, ['timestamp', '127.0.0.1', `${port}`]);
    client.child.stdin?.write(said);
    // Twisted may drop an answer that it has not sent yet when it sees our half-close: so the input ends after it.
    await client.until((stdout) => stamped(['hello'], ending).test(stdout.toString()));
    expect(await client.finish()).toBe(0);
    expect(client.stdout().toString()).toMatch(stamped(['hello'], ending));
    expect(client.stderr()).toBe('');
  });

  it.for([
    ['plain_server', 'hello'],
    ['handler_server', 'hello'],
    ['handler_server', 'hello\n'],
  ] as const)('gets the answer of %s to %j though its input has ended', async ([name, stdin], context) => {
    await needsTwisted(context, name);
    const port = await freePort();
    await using _server = await startPython(name, port);
    const { code, stdout, stderr } = await runNettk(['timestamp', '127.0.0.1', `${port}`], { stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.toString().trimEnd()).toMatch(stamped(['hello'], ''));
  });

  it('says that a request handler wants a connection for each message', async (context) => {
    await needsTwisted(context, 'handler_server');
    const port = await freePort();
    await using _server = await startPython('handler_server', port);
    const stdin = 'one\ntwo\n';
    const { code, stderr } = await runNettk(['timestamp', '--json', `127.0.0.1:${port}`], { stdin });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^nettk: [^\n]+--reconnect[^\n]*\n$/);
  });
});

describe('our server', () => {
  it.for([
    ['plain_client', []],
    ['plain_client', ['--serial']],
    ['datagram_client', []],
    ['handler_client', []],
    ['handler_client', ['--once']],
    ['twisted_client', []],
  ] as const)('answers each message of %s with %j', async ([name, args], context) => {
    await needsTwisted(context, name);
    await using server = await startNettk(['timestamp-server', '--port', '0', ...args], { ready: 2 });
    // These clients end at an empty line.
    const stdin = 'hello\ntwo words\nlast\n\n';
    const { code, stdout, stderr } = await runProgram(PYTHON, script(name, server.ports[0]!), { stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.toString()).toMatch(stamped(['hello', 'two words', 'last']));
  });
});
