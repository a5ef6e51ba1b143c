import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { ConfinedDirectory, MAX_ENTRIES } from '../../src/host/directory.ts';

let folder: string;
let root: ConfinedDirectory;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-directory-'));
  // The root is `a`; `ab` beside it would pass a test for the prefix.
  for (const name of ['a', 'a/sub', 'a/sub/deep', 'a/with blank', 'ab', 'outside']) await mkdir(join(folder, name));
  for (const name of ['a/b.txt', 'a/a.txt', 'a/.hidden', 'a/sub/inner', 'ab/secret', 'outside/secret']) {
    await writeFile(join(folder, name), 'twelve bytes');
  }
  await symlink('../outside', join(folder, 'a/out'));
  await symlink(join(folder, 'ab'), join(folder, 'a/beside'));
  await symlink('sub', join(folder, 'a/in'));
  await symlink('loop', join(folder, 'a/loop'));
  await symlink('nowhere', join(folder, 'a/broken'));
  execFileSync('mkfifo', [join(folder, 'a/fifo')]);
  root = await ConfinedDirectory.open(join(folder, 'a'));
});
afterAll(() => rm(folder, { recursive: true }));

const names = async (path: string, all = false): Promise<string[]> =>
  (await root.list(path, all)).entries.map(({ name }) => name);

/** What is said of a folder that nobody shall see. */
async function refusal(path: string): Promise<NettkError> {
  const error = await root.list(path).then(
    () => expect.unreachable(`${JSON.stringify(path)} was listed`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NettkError);
  return error as NettkError;
}

describe('list', () => {
  it('reads no more of a folder than its limit, also where nothing of it is listed', async () => {
    await mkdir(join(folder, 'dots'));
    for (const name of ['.1', '.2', '.3', '.4']) await writeFile(join(folder, 'dots', name), '');
    const lists = async (maxRead: number) => (await ConfinedDirectory.open(join(folder, 'dots'), maxRead)).list('');
    expect(await lists(3)).toEqual({ entries: [], truncated: true });
    expect(await lists(4)).toEqual({ entries: [], truncated: false });
  });

  it('names what is in the root in byte order, dotfiles only when asked', async () => {
    const visible = ['a.txt', 'b.txt', 'beside', 'broken', 'fifo', 'in', 'loop', 'out', 'sub', 'with blank'];
    expect(await names('')).toEqual(visible);
    expect(await names('.', true)).toEqual(['.hidden', ...visible]);
  });

  it('says what each name is without following or opening it', async () => {
    const kinds = Object.fromEntries((await root.list('')).entries.map(({ name, kind }) => [name, kind]));
    expect(kinds).toMatchObject({ 'a.txt': 'file', sub: 'directory', out: 'link', fifo: 'other', loop: 'link' });
  });

  it.each([
    ['sub', ['deep', 'inner']],
    ['sub/', ['deep', 'inner']],
    ['./sub/../sub', ['deep', 'inner']],
    ['/sub', ['deep', 'inner']],
    ['//sub//deep', []],
    ['in', ['deep', 'inner']],
    ['with blank', []],
    ['../a/sub', ['deep', 'inner']],
  ])('takes %j for a folder below the root', async (path, found) => {
    expect(await names(path)).toEqual(found);
  });

  it.each([
    '..',
    '../',
    '../..',
    '../ab',
    '../outside',
    'sub/../../ab',
    'sub/../../../../../../etc',
    '/../etc',
    '/etc',
    '/proc/self/root',
    'out',
    'out/.',
    'beside',
    'loop',
    'broken',
    'nowhere',
    'a.txt',
    'fifo',
    '%2e%2e',
    '..\\outside',
    'C:\\',
    '\\\\host\\share',
    'sub\0',
    '\0',
    'x'.repeat(300),
    'x/'.repeat(3_000),
    '../'.repeat(2_000),
    '~',
    '$HOME',
    '*',
  ])('refuses %j', async (path) => {
    expect(await refusal(path)).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('says the same of what is outside and what does not exist, and never where the root is', async () => {
    const reasonOf = ({ message, action }: NettkError): string => message.slice(action.length);
    const [outside, missing] = [await refusal('../outside'), await refusal('../no-such')];
    expect(reasonOf(outside)).toBe(reasonOf(missing));
    for (const path of ['../outside', 'out', 'a.txt', 'x'.repeat(300)]) {
      expect((await refusal(path)).message).not.toContain(folder);
    }
  });

  it(`stops after ${MAX_ENTRIES} entries and says that there are more`, async () => {
    const big = join(folder, 'a/big');
    await mkdir(big);
    execFileSync('sh', ['-c', `seq ${MAX_ENTRIES} | sed 's/^/f/' | xargs touch`], { cwd: big });
    expect(await root.list('big')).toMatchObject({ truncated: false });
    await writeFile(join(big, 'one-more'), '');
    const { entries, truncated } = await root.list('big');
    expect({ count: entries.length, truncated }).toEqual({ count: MAX_ENTRIES, truncated: true });
    await rm(big, { recursive: true });
  });
});

describe('facts', () => {
  it('tells sizes and times, and leaves out what has gone meanwhile', async () => {
    await writeFile(join(folder, 'a/sub/gone'), '');
    const listing = await root.list('sub');
    await rm(join(folder, 'a/sub/gone'));
    const facts = await root.facts('sub', listing);
    expect(facts.map(({ name, kind, size }) => [name, kind, size])).toEqual([
      ['deep', 'directory', 0],
      ['inner', 'file', 12],
    ]);
    expect(facts[1]?.modified.getFullYear()).toBeGreaterThan(2_000);
  });
});

describe('open', () => {
  it('refuses what is not there or no folder, naming it', async () => {
    await expect(ConfinedDirectory.open(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT', exit: 2 });
    await expect(ConfinedDirectory.open(join(folder, 'a/a.txt'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('takes a link as root, and the folder it leads to is the border', async () => {
    const linked = await ConfinedDirectory.open(join(folder, 'a/in'));
    expect((await linked.list('')).entries.map(({ name }) => name)).toEqual(['deep', 'inner']);
    await expect(linked.list('..')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('takes the whole file system as root', async () => {
    const whole = await ConfinedDirectory.open('/');
    expect((await whole.list('..')).entries.map(({ name }) => name)).toContain('etc');
  });
});
