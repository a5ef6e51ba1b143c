import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStamp } from '../../src/host/file-stamp.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-stamp-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('fileStamp', () => {
  it('stays while a file does, and changes with its content', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'one');
    const before = await fileStamp(path);
    expect(await fileStamp(path)).toBe(before);
    await writeFile(path, 'longer');
    expect(await fileStamp(path)).not.toBe(before);
  });

  it('changes when another file takes the name, or a link another file', async () => {
    const [one, other, link] = [join(folder, 'one'), join(folder, 'other'), join(folder, 'link')];
    await writeFile(one, 'same');
    await writeFile(other, 'same');
    await symlink(one, link);
    const before = await fileStamp(link);
    expect(before).toBe(await fileStamp(one));
    await rename(other, one);
    expect(await fileStamp(link)).not.toBe(before);
  });

  it('says that a file is gone, or none', async () => {
    await expect(fileStamp(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fileStamp(folder)).rejects.toMatchObject({ code: 'EINVAL' });
  });
});
