/** A name server that announces itself, and those who find it: two machines on one link, made of network namespaces. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { needs } from '../support/needs.ts';
import { type Netns, twoMachines } from '../support/netns.ts';
import { type Running, runNettk, startNettk } from '../support/nettk.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/node/bin/node');
const NEAR = '10.9.8.1';
const FAR = '10.9.8.2';

let near: Netns;
let far: Netns;
let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

async function connectTwo(context: TestContext): Promise<void> {
  needs(context, 'root', 'ip');
  const machines = await twoMachines(NEAR, FAR);
  near = stack.use(machines.near);
  far = stack.use(machines.far);
}

async function start(where: Netns, ...words: string[]): Promise<Running> {
  const server = await startNettk(words, { via: where.via });
  stack.use(server);
  return server;
}

async function says(server: Running, words: string): Promise<void> {
  while (!server.stderr().includes(words)) await delay(10);
}

/** Runs a script with Node on a machine, until the test ends. */
function spawnIn({ via }: Netns, script: string) {
  const [program = '', ...words] = [...via, NODE, '-e', script];
  const child = spawn(program, words, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  stack.defer(() => void child.kill('SIGKILL'));
  return child;
}

const list = (where: Netns, ...more: string[]) => runNettk(['name', 'list', ...more], { via: where.via });

/** Asks until it is found: a busy machine may answer late, or an answer be lost. */
async function found(where: Netns, words: string, ...more: string[]) {
  for (;;) {
    const { code, stderr } = await list(where, ...more);
    if (stderr.includes(words)) return { code, stderr };
  }
}

describe('a name server with --announce', () => {
  it('is found from another machine, joined from there, and checks who joined', async (context) => {
    await connectTwo(context);
    const names = await start(
      near,
      'name-server',
      '--host',
      '0.0.0.0',
      '--port',
      '0',
      '--announce',
      '--interval',
      '100ms',
    );
    await says(names, `announced to the local network at 127.0.0.1, ${NEAR}\n`);
    const where = `tcp://${NEAR}:${names.ports[0]}`;
    const asked = await found(far, where, '--server', 'mdns');
    expect(asked.stderr).toMatch(
      new RegExp(`^nettk: the name server is ${where} \\([a-z\\d-]+\\), by multicast DNS\n$`),
    );
    expect(asked.code).toBe(0);
    const echo = await start(far, 'echo-server', '--host', '0.0.0.0', '--port', '0', '--register', 'mdns');
    await says(echo, `echo registered with ${where} as ${FAR}:${echo.ports[0]}\n`);
    while (!(await runNettk(['name', 'show', 'echo'], { via: far.via })).stdout.includes('tcp up')) await delay(50);
    const via = ['echo', '--via', 'mdns'];
    const said = await runNettk(via, { via: near.via, stdin: 'hi\n' });
    expect([said.code, said.stdout.toString()]).toEqual([0, 'hi\n']);
  });

  it('is found where no name server was named and none is on this machine, and that is said', async (context) => {
    await connectTwo(context);
    const names = await start(near, 'name-server', '--host', NEAR, '--port', '0', '--announce');
    await says(names, `announced to the local network at ${NEAR}\n`);
    const words = `the name server is tcp://${NEAR}:${names.ports[0]} (`;
    expect(await found(far, words)).toMatchObject({ code: 0 });
  });

  it('that listens on this machine only is not told to others', async (context) => {
    await connectTwo(context);
    const names = await start(near, 'name-server', '--port', '0', '--announce');
    await says(names, 'announced to the local network at 127.0.0.1\n');
    const inside = await found(near, `tcp://127.0.0.1:${names.ports[0]} (`, '--server', 'mdns');
    const outside = await list(far, '--server', 'mdns');
    expect([outside.code, outside.stderr]).toEqual([
      1,
      'nettk: find a name server by multicast DNS: nobody answered in 1 s; try name-server --announce\n',
    ]);
    expect(inside.code).toBe(0);
  });

  it('says which other ones there are, and is spoken to over TLS where it says so', async (context) => {
    await connectTwo(context);
    const first = await start(near, 'name-server', '--host', NEAR, '--port', '0', '--announce', '--tls');
    const second = await start(far, 'name-server', '--host', FAR, '--port', '0', '--announce');
    await Promise.all([first, second].map((one) => says(one, 'announced to')));
    const pin = /--pin (\S+)/.exec(first.stderr())?.[1] ?? '';
    const others = `), and not tls://${FAR}:${second.ports[0]}, by multicast DNS\n`;
    const asked = await found(far, others, '--server', 'mdns', '--pin', pin);
    expect(asked.stderr).toContain(`the name server is tls://${NEAR}:${first.ports[0]} (`);
    expect(asked.code).toBe(0);
  });

  it('says goodbye when it ends, and nobody finds it any more', async (context) => {
    await connectTwo(context);
    const names = await start(near, 'name-server', '--host', NEAR, '--port', '0', '--announce');
    await says(names, 'announced to');
    const script = `
      const mdns = require('multicast-dns')({ interface: '${FAR}', bind: '0.0.0.0' });
      mdns.on('ready', () => mdns.query('_nettk-name._tcp.local', 'PTR'));
      mdns.on('response', ({ answers }) => {
        const one = answers.find(({ name, type }) => type === 'PTR' && name === '_nettk-name._tcp.local');
        if (!one) return;
        console.log(one.ttl);
        if (one.ttl === 0) process.exit();
      });`;
    const listener = spawnIn(far, script);
    let heard = '';
    listener.stdout.on('data', (chunk) => (heard += chunk));
    while (!heard.includes('\n')) await delay(10);
    const isOver = once(listener, 'close');
    expect((await names.stop()).code).toBe(0);
    await isOver;
    const ttls = heard.trim().split('\n');
    expect([ttls[0], ttls.at(-1)]).toEqual(['120', '0']);
    expect((await list(far, '--server', 'mdns')).code).toBe(1);
  });

  it('is found among those who send junk', async (context) => {
    await connectTwo(context);
    const script = `
      const socket = require('node:dgram').createSocket({ type: 'udp4', reuseAddr: true });
      socket.bind(5353, '0.0.0.0', () => {
        socket.addMembership('224.0.0.251', '${NEAR}');
        socket.setMulticastInterface('${NEAR}');
        console.log('listening');
      });
      socket.on('message', (message) => {
        for (const junk of [Buffer.alloc(0), Buffer.alloc(9000, 255), Buffer.from(message).fill(0xc0, 12), message])
          socket.send(junk, 5353, '224.0.0.251');
      });`;
    await once(spawnIn(near, script).stdout, 'data');
    const names = await start(near, 'name-server', '--host', NEAR, '--port', '0', '--announce');
    await says(names, 'announced to');
    expect(await found(far, `tcp://${NEAR}:${names.ports[0]} (`, '--server', 'mdns')).toMatchObject({ code: 0 });
    expect((await names.stop()).code).toBe(0);
  });
});

describe('a token', () => {
  it.each([
    [['name', 'list', '--server', 'mdns', '--token', 'x'], 'option --server: '],
    [['echo-server', '--register', 'mdns', '--register-token', 'x'], 'option --register: '],
  ])('is not told to whoever answers: nettk %s', async (words, action) => {
    const { code, stderr } = await runNettk(words);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${action}a token would be told to whoever answers`)]);
  });
});
