import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNettk } from '../support/nettk.ts';

const REPETITIONS = process.env['NETTK_LONG'] === '1' ? 100 : 5;
/** What a client sends that nobody reads; no line ends in it. */
const UNREAD = Buffer.alloc(2_000_000, 'x');
const CTIME = String.raw`\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}`;
/** Names as long as names can be, for a long answer. */
const NAMES = Array.from({ length: 8_000 }, (_, i) => `${i}`.padStart(250, '0'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-unread-'));
  await mkdir(join(folder, 'many'));
  await Promise.all(NAMES.map((name) => writeFile(join(folder, 'many', name), '')));
});
afterAll(() => rm(folder, { recursive: true }));

/** Says something, sends what nobody reads, and resolves with all that came before the end; rejects at a reset. */
function flood(port: number, say: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const heard: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    socket.on('error', reject).on('data', (chunk: Buffer) => heard.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(heard).toString('latin1')));
    socket.write(say);
    socket.write(UNREAD);
  });
}

describe(`a reply followed by close comes whole ${REPETITIONS} times though the client sent more than was read`, () => {
  it.each<[string, string[], string, RegExp | string]>([
    ['daytime', [], '', new RegExp(`^${CTIME}\r?\n$`)],
    ['time', [], '', /^.{4}$/s],
    ['qotd', [], '', /^[ -~\r\n]+\r?\n$/],
    ['timestamp', ['--once'], 'hello\n', new RegExp(`^\\[${CTIME}\\] hello\n$`)],
    // Its own word about a line that never ends.
    ['sleep', [], '', /^error [ -~]+\n$/],
    ['command', ['--close'], 'date\n', new RegExp(`^${CTIME}\r?\n(\\.\r?\n)?$`)],
    ['command', ['--close', '--root', 'many'], 'ls\n', NAMES.map((name) => `${name}\n`).join('')],
  ])('from %s-server %j', async (name, args, say, whole) => {
    await using server = await startNettk([`${name}-server`, '--tcp', '--port', '0', ...args], { cwd: folder });
    const replies = await Promise.all(Array.from({ length: REPETITIONS }, () => flood(server.ports[0]!, say)));
    for (const reply of replies) {
      if (typeof whole === 'string') expect(reply.replace(/\.\r?\n$/, '') === whole).toBe(true);
      else expect(reply).toMatch(whole);
    }
  });

  it('from echo-server, all of it', async () => {
    await using server = await startNettk(['echo-server', '--tcp', '--port', '0']);
    const said = randomBytes(100).toString('hex');
    const replies = await Promise.all(
      Array.from({ length: REPETITIONS }, () => {
        return new Promise<string>((resolve, reject) => {
          const heard: Buffer[] = [];
          const socket = connect({ port: server.ports[0]!, host: '127.0.0.1', allowHalfOpen: true });
          socket.on('error', reject).on('data', (chunk: Buffer) => heard.push(chunk));
          socket.on('close', () => resolve(Buffer.concat(heard).toString()));
          socket.end(said + UNREAD);
        });
      }),
    );
    for (const reply of replies) expect(reply === said + UNREAD).toBe(true);
  });
});
