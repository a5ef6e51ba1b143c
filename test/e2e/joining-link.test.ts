/** Servers that join a name server on another machine, and what becomes of them when the link breaks. */

import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, type TestContext } from 'vitest';
import { needs } from '../support/needs.ts';
import { type Netns, twoMachines } from '../support/netns.ts';
import { type Running, runNettk, startNettk } from '../support/nettk.ts';

const NEAR = '10.9.7.1';
const FAR = '10.9.7.2';
const QUICK = ['--interval', '100ms', '--timeout', '500ms'];

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

async function lookup(names: Running, service: string): Promise<string> {
  const words = ['name', 'lookup', service, '--server', `${NEAR}:${names.ports[0]}`];
  return (await runNettk(words, { via: far.via })).stdout.toString();
}

const startNames = (): Promise<Running> => start(near, 'name-server', '--host', '0.0.0.0', '--port', '0', ...QUICK);

it('registers the address that others see, and says where they cannot reach it', async (context) => {
  await connectTwo(context);
  const names = await startNames();
  const server = `${NEAR}:${names.ports[0]}`;
  const open = await start(far, 'echo-server', '--host', '0.0.0.0', '--port', '0', '--register', server);
  await says(open, `echo registered with tcp://${server} as ${FAR}:${open.ports[0]}\n`);
  const hidden = await start(far, 'time-server', '--port', '0', '--register', server);
  await says(hidden, 'nettk: time: it listens on loopback only, where others cannot reach it; --host 0.0.0.0 helps\n');
  expect(await lookup(names, 'echo')).toBe(`${FAR}:${open.ports[0]}\n`);
  while ((await lookup(names, 'time')) !== '') await delay(20);
  expect(open.stderr()).not.toContain('loopback');
});

it("registers another's address only where nobody is to look there", async (context) => {
  await connectTwo(context);
  const names = await startNames();
  const words = [
    'echo-server',
    '--port',
    '0',
    '--register',
    `${NEAR}:${names.ports[0]}`,
    '--advertise',
    '192.0.2.7:80',
  ];
  const refused = await start(far, ...words);
  await says(
    refused,
    `echo not registered: register: 192.0.2.7 is not the registrant's own address, which is ${FAR}: it is not checked; ` +
      'try --register-check none, or --allow-net on the server; this goes on being tried\n',
  );
  const taken = await start(far, ...words, '--register-check', 'none');
  await says(taken, 'as 192.0.2.7:80\n');
  expect(await lookup(names, 'echo')).toBe('192.0.2.7:80\n');
});

it('is registered again after a link that broke without a word, and gone in between', async (context) => {
  await connectTwo(context);
  const names = await startNames();
  const server = `${NEAR}:${names.ports[0]}`;
  const options = ['--register', server, '--register-ttl', '1s', '--register-check', 'none'];
  const echo = await start(far, 'echo-server', '--host', '0.0.0.0', '--port', '0', ...options);
  await says(echo, 'echo registered with');
  const link = (state: string): void => void execFileSync('ip', ['-n', far.name, 'link', 'set', 'link0', state]);
  link('down');
  await says(echo, 'echo no longer registered: ');
  const inside = ['name', 'lookup', 'echo', '--server', server];
  while ((await runNettk(inside, { via: near.via })).code === 0) await delay(20);
  link('up');
  await says(echo, 'echo registered again with');
  expect(await lookup(names, 'echo')).toBe(`${FAR}:${echo.ports[0]}\n`);
  expect((await echo.stop()).code).toBe(0);
});
