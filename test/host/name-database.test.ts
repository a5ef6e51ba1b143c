import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { openNameDatabase } from '../../src/host/name-database.ts';
import { readRegistration } from '../../src/registry/registration.ts';
import type { Store, StoreChange } from '../../src/registry/store.ts';
import { openHouse } from '../registry/fixture.ts';

/** How many bits are turned over; `npm run test:long` does the full count. */
const FLIPS = process.env['NETTK_LONG'] ? 10_000 : 150;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-db-'));
  path = join(folder, 'names.db');
});
afterEach(() => rm(folder, { recursive: true }));

const put = (id: string): StoreChange => ({
  kind: 'put',
  instance: {
    registration: readRegistration({ name: 'echo', id, port: 7 }, '10.0.0.1'),
    owner: '10.0.0.1',
    status: 'up',
    registeredAt: 1,
    changedAt: 1,
  },
});

async function makeDatabase(count = 50): Promise<void> {
  const store = await openNameDatabase(path);
  await store.commit(Array.from({ length: count }, (_, i) => put(`id${i}`)));
  await store.close();
}

/** Opens a registry over the file; what it throws has to be ours. */
async function outcome(): Promise<string> {
  let store: Store | undefined;
  try {
    store = await openNameDatabase(path);
    const { registry } = await openHouse({ store });
    return `${registry.size} instances`;
  } catch (error) {
    if (!(error instanceof NettkError)) throw error;
    return error.message;
  } finally {
    await store?.close();
  }
}

describe('openNameDatabase', () => {
  it('makes a file that only its owner may read, in WAL mode and synchronous', async () => {
    const store = await openNameDatabase(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await store.commit([put('1')]);
    expect((await stat(`${path}-wal`)).size).toBeGreaterThan(0);
    expect((await stat(`${path}-wal`)).mode & 0o777).toBe(0o600);
    await store.close();
    const look = new DatabaseSync(path);
    expect(look.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 });
    look.close();
  });

  it('keeps what was committed though nobody closed it', async () => {
    const script = `
      const { openNameDatabase } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/host/name-database.ts'))});
      const store = await openNameDatabase(${JSON.stringify(path)});
      await store.commit([${JSON.stringify(put('1'))}]);
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    expect(signal).toBe('SIGKILL');
    expect(await outcome()).toBe('1 instances');
  });

  it('is one process at a time', async () => {
    const store = await openNameDatabase(path);
    const script = `
      const { openNameDatabase } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/host/name-database.ts'))});
      await openNameDatabase(${JSON.stringify(path)}).catch((error) => console.log(error.message));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(stdout).toBe(`open ${path}: another process uses it\n`);
    await store.commit([put('1')]);
    await store.close();
  });

  it.each([
    ['no database', 'hello, I am a text\n'.repeat(100)],
    ['a piece of one', 'SQLite format 3\0'],
  ])('refuses %s, and leaves it alone', async (_what, text) => {
    await writeFile(path, text);
    expect(await outcome()).toContain(`${path}: `);
    expect(await readFile(path, 'latin1')).toBe(text);
  });

  it('refuses a database of something else, and of a later version', async () => {
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE a (b)');
    other.close();
    const before = await readFile(path);
    expect(await outcome()).toBe(`open ${path}: it is a database of something else; nothing was changed`);
    expect(await readFile(path)).toEqual(before);
    await rm(path);
    await makeDatabase();
    const later = new DatabaseSync(path);
    later.exec('PRAGMA user_version = 99');
    later.close();
    expect(await outcome()).toBe(`open ${path}: a later version of nettk made it; nothing was changed`);
  });

  it('takes on what the first version kept', async () => {
    const first = new DatabaseSync(path);
    first.exec(`CREATE TABLE numbers (what TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE instances (
        name TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, status TEXT NOT NULL,
        registered INTEGER NOT NULL, changed INTEGER NOT NULL, registration TEXT NOT NULL,
        PRIMARY KEY (name, id)) STRICT;
      CREATE TABLE log (
        number INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL,
        client TEXT NOT NULL, port INTEGER NOT NULL, face TEXT NOT NULL, answer TEXT NOT NULL, cached INTEGER NOT NULL,
        count INTEGER NOT NULL) STRICT;
      PRAGMA application_id = 0x6e74746b; PRAGMA user_version = 1`);
    const add = first.prepare('INSERT INTO instances VALUES (?, ?, ?, ?, ?, ?, ?)');
    for (const id of ['2', '1', '3']) {
      const registration = readRegistration({ name: 'echo', id, port: 7 }, '10.0.0.1');
      add.run('echo', id, '10.0.0.1', 'up', 1, 2, JSON.stringify(registration));
    }
    first.close();
    const store = await openNameDatabase(path);
    const { instances } = await store.load();
    expect(instances.map(({ registration: { id } }) => id)).toEqual(['2', '1', '3']);
    await store.commit([{ kind: 'drop', name: 'echo', id: '1' }, put('4')]);
    await store.close();
    expect(await outcome()).toBe('3 instances');
  });

  it('refuses one that has an instance twice', async () => {
    await makeDatabase(2);
    const twice = new DatabaseSync(path);
    twice.exec(`UPDATE instances SET id = 'id0', registration = replace(registration, '"id1"', '"id0"')`);
    twice.close();
    expect(await outcome()).toBe(`read ${path}: the database is damaged; nothing was changed`);
  });

  it('writes no more for names all over the place than for those in order', async () => {
    const store = await openNameDatabase(path);
    await store.load();
    const written = async (id: (i: number) => string): Promise<number> => {
      const before = (await stat(`${path}-wal`)).size;
      await store.commit(Array.from({ length: 60 }, (_, i) => put(id(i))));
      return (await stat(`${path}-wal`)).size - before;
    };
    await store.commit(Array.from({ length: 2_000 }, (_, i) => put(`${(i * 7_919) % 100_003}`)));
    const orderly = await written((i) => `z-${100 + i}`);
    expect(await written((i) => `${(i * 104_729) % 99_991}-${i}`)).toBeLessThanOrEqual(orderly + 2 * 4_120);
    await store.close();
  });

  it('words what the system says', async () => {
    path = join(folder, 'none/names.db');
    expect(await outcome()).toBe(`open ${path}: no such file or directory (ENOENT)`);
    path = folder;
    expect(await outcome()).toBe(`open ${path}: is a directory (EISDIR)`);
  });

  it.skipIf(process.getuid?.() === 0)('words a missing permission', async () => {
    await makeDatabase();
    await chmod(path, 0o400);
    expect(await outcome()).toBe(`open ${path}: permission denied (EACCES)`);
  });

  it('either opens or refuses a file cut anywhere', async () => {
    await makeDatabase();
    const whole = join(folder, 'whole');
    await copyFile(path, whole);
    const { size } = await stat(whole);
    for (let length = 0; length < size; length += 997) {
      await copyFile(whole, path);
      await truncate(path, length);
      const said = await outcome();
      if (length > 0) expect(said).toMatch(/damaged|no database|something else|50 instances/);
      if (!said.endsWith('instances')) expect((await stat(path)).size).toBe(length);
    }
  });

  it(`either opens or refuses a file with a bit turned over, ${FLIPS} times`, async () => {
    await makeDatabase();
    const whole = await readFile(path);
    for (let i = 0; i < FLIPS; i += 1) {
      const flipped = Buffer.from(whole);
      const at = Math.floor(Math.random() * flipped.length);
      flipped[at] = (flipped[at] as number) ^ (1 << Math.floor(Math.random() * 8));
      await rm(`${path}-wal`, { force: true });
      await writeFile(path, flipped);
      const said = await outcome();
      expect(said, `bit of byte ${at}`).toMatch(/^\d+ instances$|: /);
      if (!said.endsWith('instances')) expect(await readFile(path), said).toEqual(flipped);
    }
  });
});
