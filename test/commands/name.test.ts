import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../commands/index.ts';
import { runCli } from '../../src/cli/run.ts';
import type { Server } from '../../src/net/serve.ts';
import { startNameServer } from '../services/name/support.ts';
import { type FakeIo, fakeIo } from '../support/fake-io.ts';
import { until } from '../support/sockets.ts';

let server: Server;
let secret: Server;

beforeAll(async () => {
  server = (await startNameServer()).server;
  secret = (await startNameServer({ token: 'open-sesame' })).server;
});
afterAll(async () => {
  await server.close();
  await secret.close();
});

/** Runs a line; the server is named by the environment. */
async function run(words: readonly string[], at: Server = server) {
  const io = fakeIo({ env: { NETTK_NAME_SERVER: `127.0.0.1:${at.endpoints[0]!.port}` } });
  const exit = await runCli(['name', ...words], commands, io);
  return { exit, out: io.out().toString(), err: io.err() };
}

/** Begins a line that goes on. */
function begin(words: readonly string[]): { io: FakeIo; exit: Promise<number> } {
  const io = fakeIo({ env: { NETTK_NAME_SERVER: `127.0.0.1:${server.endpoints[0]!.port}` } });
  return { io, exit: runCli(['name', ...words], commands, io) };
}

describe('nettk name', () => {
  it('registers with everything that a registration can have', async () => {
    const options = ['--id', 'w1', '--description', 'The "web"', '--tag', 'a', '--tag', 'b c', '--meta', 'v=1=2'];
    const more = ['--weight', '3', '--priority', '2', '--ttl', '1m', '--protocol', 'udp', '--check', 'none'];
    const { exit, out } = await run(['register', 'full', '10.0.0.1:80', ...options, ...more]);
    expect([exit, out]).toEqual([0, 'full/w1 up\n']);
    const shown = JSON.parse((await run(['show', 'full/w1', '--json'])).out);
    expect(shown).toMatchObject({
      name: 'full',
      id: 'w1',
      host: '10.0.0.1',
      port: 80,
      status: 'up',
      description: 'The "web"',
      ttl: 5,
      tags: ['a', 'b c'],
      meta: { v: '1=2' },
      protocol: 'udp',
      weight: 3,
      priority: 2,
      lease: 60,
      owner: '127.0.0.1',
    });
  });

  it('looks a host name up before it registers it, and takes the protocol of a scheme', async () => {
    await run(['register', 'local', 'udp://localhost:9', '--check', 'none']);
    expect(JSON.parse((await run(['lookup', 'local', '--json'])).out)).toMatchObject({
      host: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      protocol: 'udp',
    });
    const { exit, err } = await run(['register', 'lost', 'nowhere.invalid:9']);
    expect([exit, err]).toEqual([1, expect.stringContaining('nettk: look up nowhere.invalid: host name not found')]);
  });

  it('takes a port for the address that the server sees', async () => {
    expect((await run(['register', 'here', '81', '--check', 'none'])).out).toBe('here/127.0.0.1:81 up\n');
  });

  it('passes on what checks are to do', async () => {
    const check = ['--check', 'http path=/ok interval=10s', '--check', 'udp send=00 expect=x'];
    await run(['register', 'checked', '82', ...check]);
    const { out } = await run(['show', 'checked', '--json']);
    expect(JSON.parse(out).checks).toEqual([expect.stringMatching(/^http /), expect.stringMatching(/^udp /)]);
  });

  it('renews, takes itself out, comes back and goes', async () => {
    await run(['register', 'r', '83', '--check', 'none', '--ttl', '1m']);
    expect((await run(['renew', 'r', 'down', 'for', 'lunch'])).out).toBe('r/127.0.0.1:83 down\n');
    expect(await run(['lookup', 'r'])).toMatchObject({ exit: 1, err: 'nettk: r: it is down; try lookup r all\n' });
    expect((await run(['lookup', 'r', '--all'])).out).toBe('127.0.0.1:83\n');
    expect((await run(['renew', 'r'])).out).toBe('r/127.0.0.1:83 up\n');
    expect((await run(['drop', 'r'])).out).toBe('r/127.0.0.1:83 dropped\n');
    expect(await run(['lookup', 'r'])).toMatchObject({ exit: 1, err: 'nettk: r: not registered\n', out: '' });
  });

  it('lists, and says what is asked for most', async () => {
    await run(['register', 'zebra', '84', '--check', 'none', '--description', 'Stripes']);
    await run(['lookup', 'zebra']);
    expect((await run(['list', 'zeb'])).out).toBe('SERVICE  SERVED  DESCRIPTION\nzebra    1 of 1  Stripes\n');
    expect(JSON.parse((await run(['list', 'zeb', '--json'])).out)).toMatchObject({ name: 'zebra', instances: 1 });
    expect((await run(['top', '-n', '50'])).out).toMatch(/^zebra +1 +0 +\S+Z$/m);
  });

  it('watches until it is interrupted', async () => {
    await run(['register', 'w', '85', '--check', 'none']);
    const { io, exit } = begin(['watch', 'w', '--json']);
    await until(() => io.out().includes('\n'));
    await run(['drop', 'w']);
    await until(() => io.out().toString().split('\n').length > 2);
    const events = io
      .out()
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['up', 'dropped']);
    expect(events[1]).toMatchObject({ name: 'w', host: '127.0.0.1', port: 85, index: expect.any(Number) });
    io.interrupt();
    expect(await exit).toBe(130);
  });

  it('reads the log, and follows it', async () => {
    await run(['register', 'l', '86', '--check', 'none']);
    const { out } = await run(['log', '--service', 'l', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      event: 'register',
      name: 'l',
      id: '127.0.0.1:86',
      face: 'line',
      answer: 'ok',
    });
    const { io, exit } = begin(['log', '--follow', '--service', 'l']);
    await until(() => io.out().includes('\n'));
    await run(['drop', 'l']);
    await until(() => io.out().includes('drop l/127.0.0.1:86 by 127.0.0.1:'));
    io.interrupt();
    expect(await exit).toBe(130);
  });

  it('shows a token', async () => {
    expect(await run(['register', 't', '87', '--check', 'none'], secret)).toMatchObject({
      exit: 1,
      err: 'nettk: register: needs the token; try token SECRET first\n',
    });
    const given = ['register', 't', '87', '--check', 'none', '--token'];
    expect(await run([...given, 'open-sesame'], secret)).toMatchObject({ exit: 0 });
    expect(await run([...given, 'guess'], secret)).toMatchObject({
      exit: 1,
      err: expect.stringContaining('not a token'),
    });
  });

  it.each([
    [['lookup'], 'NAME: missing'],
    [['register', 'x'], 'TARGET: missing'],
    [['register', 'x', '1', '2'], '"2": one argument too many'],
    [['lookup', 'x', 'y'], '"y": one argument too many'],
    [['lookup', 'x', '--ttl', '5s'], 'option --ttl: is not for lookup'],
    [['list', '--follow'], 'option --follow: is not for list'],
    [['register', 'x', 'unix:/x'], 'has no address that others could use'],
    [['register', 'x', '1', '--meta', 'v'], 'option --meta "v": is not KEY=VALUE'],
    [['lookup', 'x\nlist'], 'more than one line'],
    [['register', 'x', '1', '--description', 'a\nb'], 'more than one line'],
    [['remember', 'x'], 'ACTION: "remember" is none of register,'],
  ])('refuses %j before it asks anybody', async (words, reason) => {
    const { exit, err } = await run(words);
    expect([exit, err]).toEqual([2, expect.stringContaining(reason)]);
  });

  it('says that nobody is there', async () => {
    const { exit, err } = await run(['list', '--server', '127.0.0.1:1']);
    expect([exit, err]).toEqual([1, 'nettk: connect tcp://127.0.0.1:1: connection refused (ECONNREFUSED)\n']);
  });
});
