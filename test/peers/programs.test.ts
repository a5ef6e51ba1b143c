/** Programs behind listen and connect, with the other netcats at the far end: no byte lost, everybody ends. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { needs } from '../support/needs.ts';
import { NETTK, runProgram, startNettk } from '../support/nettk.ts';
import { until } from '../support/sockets.ts';

/** More than all socket buffers and pipes on the way hold. */
const BULK = Buffer.from(Array.from({ length: 5_000_000 }, (_, i) => (i * 7919) % 253));
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
/** Waits for the end of its input before it answers, and reads all of it. */
const DIGEST = 'sha256sum';

/** How each netcat connects, half-closing at the end of its input. */
const CLIENTS: readonly { program: string; tcp(port: number): string[]; unix(path: string): string[] }[] = [
  { program: NETTK, tcp: (port) => ['connect', `127.0.0.1:${port}`], unix: (path) => ['connect', `unix:${path}`] },
  { program: 'nc', tcp: (port) => ['-N', '127.0.0.1', String(port)], unix: (path) => ['-NU', path] },
  { program: 'ncat', tcp: (port) => ['127.0.0.1', String(port)], unix: (path) => ['-U', path] },
  {
    program: 'socat',
    tcp: (port) => ['-t', '30', '-', `TCP:127.0.0.1:${port}`],
    unix: (path) => ['-t', '30', '-', `UNIX:${path}`],
  },
];

const nameOf = (program: string): string => (program === NETTK ? 'nettk' : program);
const socketPath = (): string => join(mkdtempSync(join(tmpdir(), 'nettk-')), 's');

describe.each(['tcp', 'unix'] as const)('over %s, a program behind listen', (scheme) => {
  describe.each(CLIENTS.map((client) => ({ ...client, name: nameOf(client.program) })))('for $name', (client) => {
    async function ask(command: string, input: Buffer): Promise<[Buffer, number | null]> {
      const path = socketPath();
      const running = await startNettk(['listen', scheme === 'tcp' ? '127.0.0.1:0' : `unix:${path}`, '-c', command]);
      onTestFinished(() => running[Symbol.asyncDispose]());
      const over = once(running.child, 'close');
      const args = scheme === 'tcp' ? client.tcp(running.ports[0] as number) : client.unix(path);
      const { stdout } = await runProgram(client.program, args, { stdin: input });
      const [code] = (await over) as [number | null];
      return [stdout, code];
    }

    test('gets all of the input, and its answer after the end arrives', async (context) => {
      needs(context, client.program);
      const [answer, code] = await ask(DIGEST, BULK);
      expect([answer.toString(), code]).toEqual([`${sha256(BULK)}  -\n`, 0]);
    });

    test('echoes all of it meanwhile', async (context) => {
      needs(context, client.program);
      const [answer, code] = await ask('cat', BULK);
      expect([answer.length, sha256(answer), code]).toEqual([BULK.length, sha256(BULK), 0]);
    });

    test('says everything though it reads nothing', async (context) => {
      needs(context, client.program);
      const [answer, code] = await ask('exec <&-; head -c 5000000 /dev/zero', Buffer.from('unread'));
      expect([answer.length, code]).toEqual([5_000_000, 0]);
    });
  });
});

describe('a program behind connect', () => {
  test.for([
    { program: 'nc', args: (path: string) => ['-lNU', path] },
    { program: 'ncat', args: (path: string) => ['-lU', path] },
    { program: 'socat', args: (path: string) => ['-t', '30', '-', `UNIX-LISTEN:${path}`] },
  ])('digests what $program sends, and answers', async ({ program, args }, context) => {
    needs(context, program);
    const path = socketPath();
    const input = join(mkdtempSync(join(tmpdir(), 'nettk-')), 'input');
    writeFileSync(input, BULK);
    const server = spawn('sh', ['-c', `exec "$0" "$@" < ${input}`, program, ...args(path)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void server.kill('SIGKILL'));
    let heard = '';
    server.stdout.on('data', (chunk) => (heard += chunk));
    const over = once(server, 'close');
    await until(() => existsSync(path));
    expect(await runProgram(NETTK, ['connect', `unix:${path}`, '-c', DIGEST])).toMatchObject({ code: 0, stderr: '' });
    await over;
    expect(heard).toBe(`${sha256(BULK)}  -\n`);
  });
});
