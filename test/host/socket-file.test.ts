import { once } from 'node:events';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSocketFile, removeSocketFile } from '../../src/host/socket-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-socket-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('isSocketFile', () => {
  it('knows a socket from a file, a folder, a link to a socket and nothing', async () => {
    const socket = join(folder, 's');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    writeFileSync(file, '');
    symlinkSync(socket, link);
    expect([socket, file, folder, link, join(folder, 'none')].map(isSocketFile)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    server.close();
  });
});

describe('removeSocketFile', () => {
  it('removes a file, and is content where it has gone already', () => {
    const path = join(folder, 'stale');
    writeFileSync(path, '');
    removeSocketFile(path);
    expect(existsSync(path)).toBe(false);
    removeSocketFile(path);
  });

  it('says what it could not remove', () => {
    const path = join(folder, 'dir');
    mkdirSync(path);
    expect(() => removeSocketFile(path)).toThrow(`remove ${path}`);
  });
});
