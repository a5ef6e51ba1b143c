import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkOutput, openOutput } from '../../src/host/part-file.ts';

const ROUNDS = process.env['NETTK_LONG'] ? 10_000 : 200;

describe('openOutput', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nettk-part-'));
    file = join(directory, 'file');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('writes FILE.part, private, and gives it its name and mode at the end', async () => {
    const output = await openOutput(file);
    await output.write(Buffer.from('one'));
    expect(await readdir(directory)).toEqual(['file.part']);
    expect((await stat(`${file}.part`)).mode & 0o777).toBe(0o600);
    await output.write(Buffer.from(' two'));
    await output.commit();
    expect(await readdir(directory)).toEqual(['file']);
    expect(await readFile(file, 'utf8')).toBe('one two');
    expect((await stat(file)).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it('keeps the old file until the new one is whole, and its mode after that', async () => {
    await writeFile(file, 'old');
    await chmod(file, 0o640);
    const output = await openOutput(file);
    await output.write(Buffer.from('new'));
    expect(await readFile(file, 'utf8')).toBe('old');
    await output.commit();
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  it('removes FILE.part when it gives up, and may be told so twice', async () => {
    const output = await openOutput(file);
    await output.write(Buffer.from('half'));
    await output.discard();
    await output.discard();
    expect(await readdir(directory)).toEqual([]);
  });

  it('leaves a committed file alone when it is told to give up afterwards', async () => {
    const output = await openOutput(file);
    await output.commit();
    await output.discard();
    expect(await readdir(directory)).toEqual(['file']);
  });

  it('replaces what an earlier run left behind', async () => {
    await writeFile(`${file}.part`, 'left behind, and longer than the new one');
    const output = await openOutput(file);
    await output.write(Buffer.from('new'));
    await output.commit();
    expect(await readFile(file, 'utf8')).toBe('new');
    expect(await readdir(directory)).toEqual(['file']);
  });

  it.each(['dangling', 'existing'])('refuses a FILE.part that is a symbolic link to an %s file', async (kind) => {
    const victim = join(directory, 'victim');
    if (kind === 'existing') await writeFile(victim, 'precious');
    await symlink(victim, `${file}.part`);
    await expect(openOutput(file)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readlink(`${file}.part`)).toBe(victim);
    expect(await readdir(directory)).not.toContain('file');
    if (kind === 'existing') expect(await readFile(victim, 'utf8')).toBe('precious');
    else expect(await readdir(directory)).not.toContain('victim');
  });

  it('refuses a FILE.part that has a second name', async () => {
    await writeFile(join(directory, 'victim'), 'precious');
    execFileSync('ln', [join(directory, 'victim'), `${file}.part`]);
    await expect(openOutput(file)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(join(directory, 'victim'), 'utf8')).toBe('precious');
  });

  it('never writes through a link that an attacker swaps in while it works', async () => {
    const victim = join(directory, 'victim');
    await writeFile(victim, 'precious');
    for (let round = 0; round < ROUNDS; round++) {
      const attack = rm(`${file}.part`, { force: true }).then(() => symlink(victim, `${file}.part`));
      await Promise.allSettled([attack, openOutput(file).then(writeAndCommit)]);
      await rm(`${file}.part`, { force: true });
      expect(await readFile(victim, 'utf8')).toBe('precious');
    }
  });

  it('does not give its name to a FILE.part that somebody put in the place of its own', async () => {
    const output = await openOutput(file);
    await output.write(Buffer.from('good'));
    await rm(`${file}.part`);
    await writeFile(`${file}.part`, 'evil');
    await expect(output.commit()).rejects.toMatchObject({ code: 'BUSY' });
    expect(await readdir(directory)).toEqual(['file.part']);
    expect(await readFile(`${file}.part`, 'utf8')).toBe('evil');
  });

  it('replaces a link called FILE, and not what it leads to', async () => {
    const target = join(directory, 'target');
    await writeFile(target, 'precious');
    await symlink(target, file);
    await writeAndCommit(await openOutput(file));
    expect((await lstat(file)).isFile()).toBe(true);
    expect(await readFile(target, 'utf8')).toBe('precious');
  });

  it('with keepExisting refuses a file that is there, or comes meanwhile', async () => {
    const output = await openOutput(file, { keepExisting: true });
    await output.write(Buffer.from('new'));
    await writeFile(file, 'came meanwhile');
    await expect(output.commit()).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(openOutput(file, { keepExisting: true })).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(file, 'utf8')).toBe('came meanwhile');
    expect(await readdir(directory)).toEqual(['file']);
  });

  it('with keepExisting writes a new file', async () => {
    await writeAndCommit(await openOutput(file, { keepExisting: true }));
    expect(await readdir(directory)).toEqual(['file']);
  });

  it('writes through a FIFO', async () => {
    execFileSync('mkfifo', [file]);
    const [bytes] = await Promise.all([readFile(file, 'utf8'), openOutput(file).then(writeAndCommit)]);
    expect(bytes).toBe('written');
    expect(await readdir(directory)).toEqual(['file']);
  });

  it('writes through /dev/null', async () => {
    await writeAndCommit(await openOutput('/dev/null'));
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it('names the full disk', async () => {
    const output = await openOutput('/dev/full');
    await expect(output.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'ENOSPC', action: 'write /dev/full' });
    await output.discard();
  });

  it('refuses a directory, and a place that does not exist, before any work', async () => {
    await mkdir(file);
    await expect(checkOutput(file)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(checkOutput(join(directory, 'nowhere', 'file'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(checkOutput(join(directory, 'file', 'new'))).resolves.toBeUndefined();
  });
});

async function writeAndCommit(output: Awaited<ReturnType<typeof openOutput>>): Promise<void> {
  try {
    await output.write(Buffer.from('written'));
    await output.commit();
  } catch (error) {
    await output.discard();
    throw error;
  }
}
