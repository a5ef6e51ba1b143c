import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileOutput } from '../../src/host/file-output.ts';
import { needs } from '../support/needs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-output-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('a regular file as output', () => {
  it('has every byte by the time that a write returns', async () => {
    const path = join(folder, 'data');
    const file = openSync(path, 'w');
    const output = fileOutput(file)!;
    const data = randomBytes(1_000_000);
    output.write('begin ');
    output.write(data);
    expect(output.writableLength).toBe(0);
    expect((await readFile(path)).equals(Buffer.concat([Buffer.from('begin '), data]))).toBe(true);
    output.end();
    await once(output, 'close');
    closeSync(file);
  });

  it('says so where the disk takes only a part', async (context) => {
    needs(context, 'root', 'mount');
    const disk = join(folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    const path = join(disk, 'data');
    const file = openSync(path, 'w');
    const output = fileOutput(file)!;
    output.write(randomBytes(100_000));
    const [error] = (await once(output, 'error')) as [Error];
    expect(error).toMatchObject({ code: 'ENOSPC' });
    expect((await stat(path)).size).toBe(65_536);
    closeSync(file);
    execFileSync('umount', [disk]);
  });

  it('is not what a device or a closed descriptor is', () => {
    const device = openSync('/dev/null', 'w');
    expect(fileOutput(device)).toBeUndefined();
    closeSync(device);
    expect(fileOutput(device)).toBeUndefined();
  });
});
