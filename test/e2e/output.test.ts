import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../commands/index.ts';
import { type Running, runShell, startNettk } from '../support/nettk.ts';

const SIZE = 1_048_576;
/** Long names, so that a listing of 1 MB needs few files. */
const NAME_LENGTH = 250;
/** What `web` exits with where it cannot write, as curl does. */
const CURL_WRITE_ERROR = 23;

let folder: string;
let echo: Running;
let listing: Running;
let web: Server;
/** A shell line for each command, and all it should print. */
const lines = new Map<string, { line: string; whole: Buffer }>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-output-'));
  const bytes = randomBytes(SIZE);
  await writeFile(join(folder, 'bytes'), bytes);
  const names = await fillFolder(join(folder, 'many'));
  echo = await startNettk(['echo-server', '--tcp', '--port', '0']);
  listing = await startNettk(['command-server', '--tcp', '--port', '0', '--root', join(folder, 'many')]);
  web = createServer((_request, response) => response.end(bytes)).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const { port } = web.address() as AddressInfo;
  lines.set('echo', { line: `nettk echo 127.0.0.1:${echo.ports[0]} < bytes`, whole: bytes });
  lines.set('connect', { line: `nettk connect 127.0.0.1:${echo.ports[0]} < bytes`, whole: bytes });
  lines.set('web', { line: `nettk web http://127.0.0.1:${port}/`, whole: bytes });
  lines.set('command', { line: `nettk command 127.0.0.1:${listing.ports[0]} ls`, whole: Buffer.from(names) });
});
afterAll(async () => {
  await Promise.all([echo.stop(), listing.stop()]);
  web.close();
  await rm(folder, { recursive: true });
});

async function fillFolder(path: string): Promise<string> {
  await mkdir(path);
  const count = Math.ceil(SIZE / NAME_LENGTH);
  const names = Array.from({ length: count }, (_, i) => `${i}`.padStart(NAME_LENGTH, '0'));
  await Promise.all(names.map((name) => writeFile(join(path, name), '')));
  return names.map((name) => `${name}\n`).join('');
}

const sh = (name: string, rest: string) => runShell(`${lines.get(name)?.line} ${rest}`, { cwd: folder });

describe('standard output', () => {
  const isThere = (name: string): boolean => commands.some((command) => command.name === name);
  for (const name of ['echo', 'connect', 'web', 'command'].filter(isThere)) {
    it(`of ${name} comes whole to a reader that is late`, async () => {
      const { code, stdout, stderr } = await sh(name, '| (sleep 1; cat)');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.length).toBe(lines.get(name)?.whole.length);
      expect(stdout.equals(lines.get(name)!.whole)).toBe(true);
    });

    it(`of ${name} whose reader leaves after a byte ends it with 141 and no word`, async () => {
      const { stdout, stderr } = await sh(name, `| head -c1 > /dev/null; echo "\${PIPESTATUS[@]}"`);
      expect({ stdout: stdout.toString(), stderr }).toEqual({ stdout: '141 0\n', stderr: '' });
    });

    it(`of ${name} that is full ends it with a line and 1`, async () => {
      const { code, stderr } = await sh(name, '> /dev/full');
      expect(stderr).toBe('nettk: write standard output: no space left on device (ENOSPC)\n');
      expect(code).toBe(name === 'web' ? CURL_WRITE_ERROR : 1);
    });

    it(`of ${name} that is closed leaves no stack trace`, async () => {
      const { code, stderr } = await sh(name, '>&-');
      expect(stderr).not.toMatch(/\n {4}at /);
      expect([0, 1]).toContain(code);
    });
  }
});
