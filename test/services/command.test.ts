import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ENTRIES } from '../../src/host/directory.ts';
import { type Server, serve } from '../../src/net/serve.ts';
import { command } from '../../src/services/command.ts';
import { askOverUdp, connectTo, openDatagramClient, readToEnd } from '../support/sockets.ts';

let folder: string;
let server: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-command-'));
  await mkdir(join(folder, 'two words'));
  await mkdir(join(folder, 'dots'));
  for (const name of ['plain', 'back\\slash', 'line\nforged', 'esc\x1b[31m', 'rtl\u202e', '-la']) {
    await writeFile(join(folder, 'two words', name), 'abc');
  }
  for (const name of ['...', '..a', '.b']) await writeFile(join(folder, 'dots', name), '');
  server = await serve(command, {
    endpoints: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'],
    options: { root: folder, close: false },
  });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Everything said to some lines. */
async function say(text: string): Promise<string> {
  const client = await connectTo(server.endpoints[0]!);
  client.end(text);
  return (await readToEnd(client)).toString();
}

describe('command', () => {
  it('answers date in local time, in UTC and as RFC 3339', async () => {
    expect(await say('date\n')).toMatch(/^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n\.\n$/);
    expect(await say('date -u\n')).toMatch(/ \d{4}\n\.\n$/);
    expect(await say('date --iso\n')).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z\n\.\n$/);
  });

  it('answers os with one word, and more when asked', async () => {
    expect(await say('os\n')).toBe('posix\n.\n');
    expect(await say('os -a\n')).toMatch(/^posix \S+ \S+ \S+\n\.\n$/);
  });

  it('answers line after line on one connection, whatever blanks and line ends', async () => {
    expect(await say('os\r\n\n  \n\tos  \nos')).toBe('posix\n.\n'.repeat(3));
  });

  it('lists a folder whose name has a blank, names made safe', async () => {
    const answer = await say('ls two words\n');
    expect(answer.split('\n').slice(0, -2).sort()).toEqual(
      ['-la', 'back\\\\slash', 'esc\\x1b[31m', 'line\\x0aforged', 'plain', 'rtl\\u202e'].sort(),
    );
  });

  it('stuffs names that begin with a dot, so that none can end the answer', async () => {
    expect(await say('ls -a dots\n')).toBe('....\n...a\n..b\n.\n');
  });

  it('tells facts with -l and --json', async () => {
    expect(await say('ls -l two words\n')).toMatch(/^file {17}3 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ -la$/m);
    const [first = ''] = (await say('ls --json two words\n')).split('\n');
    expect(JSON.parse(first)).toMatchObject({ kind: 'file', size: 3 });
  });

  it('says that a listing is cut, with --json too', async () => {
    const many = join(folder, 'many');
    await mkdir(many);
    execFileSync('sh', ['-c', `seq ${MAX_ENTRIES + 1} | xargs touch`], { cwd: many });
    const plain = (await say('ls many\n')).split('\n');
    const json = (await say('ls --json many\n')).split('\n');
    expect(plain.slice(-3)).toEqual(['.... more', '.', '']);
    expect(json.slice(-3)).toEqual(['{"more":true}', '.', '']);
    expect([plain.length, json.length]).toEqual([MAX_ENTRIES + 3, MAX_ENTRIES + 3]);
  });

  it.each([
    '..',
    '/etc',
    '../..',
    'nowhere',
    'two words/plain',
    '$(id)',
    ';id',
    '`id`',
    '\0',
  ])('says no more than "no such folder" to ls %j', async (path) => {
    expect(await say(`ls ${path}\n`)).toBe('error: no such folder\n.\n');
  });

  it.each([
    ['rm -rf /', 'error: unknown command rm; try help'],
    ['ls -z', 'error: ls has no option -z; try help'],
    ['date -la', 'error: date has no option -la; try help'],
    ['constructor', 'error: unknown command constructor; try help'],
    ['__proto__', 'error: unknown command __proto__; try help'],
    ['\x1b[31m', 'error: unknown command \\x1b[31m; try help'],
  ])('answers %j with an error', async (line, answer) => {
    expect(await say(`${line}\n`)).toBe(`${answer}\n.\n`);
  });

  it('goes on after an error', async () => {
    expect(await say('what\nos\n')).toBe('error: unknown command what; try help\n.\nposix\n.\n');
  });

  it('says that a line is too long, and closes', async () => {
    const client = await connectTo(server.endpoints[0]!);
    client.write(`os\n${'x'.repeat(10_000)}`);
    expect((await readToEnd(client)).toString()).toBe('posix\n.\nerror: a command has at most 8192 bytes\n.\n');
    client.end();
  });

  it('answers in a datagram without a dot, or says that the answer is too long for one', async () => {
    const client = await openDatagramClient();
    expect((await askOverUdp(client, server.endpoints[1]!, 'os\n')).toString()).toBe('posix\n');
    expect((await askOverUdp(client, server.endpoints[1]!, 'help')).toString()).toBe(
      'error: answer too long for UDP, ask over TCP\n',
    );
    client.close();
  });

  it('closes after one answer without a dot where it is told to', async () => {
    await using once = await serve(command, {
      endpoints: ['tcp://127.0.0.1:0'],
      options: { root: folder, close: true },
    });
    const client = await connectTo(once.endpoints[0]!);
    client.write('os\nos\n');
    expect((await readToEnd(client)).toString()).toBe('posix\n');
    client.end();
  });

  it('does not start where its root is missing', async () => {
    const options = { root: join(folder, 'none'), close: false };
    await expect(serve(command, { endpoints: ['tcp://127.0.0.1:0'], options })).rejects.toMatchObject({ exit: 2 });
  });
});
