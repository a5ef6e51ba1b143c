/** What every store of the name server does, whatever it writes to. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openNameDatabase } from '../../src/host/name-database.ts';
import type { StoredInstance } from '../../src/registry/instance.ts';
import type { LogRecord } from '../../src/registry/log.ts';
import { MemoryStore } from '../../src/registry/memory-store.ts';
import { readRegistration } from '../../src/registry/registration.ts';
import type { Store, StoreChange } from '../../src/registry/store.ts';

interface StoreKind {
  readonly name: string;
  /** What it keeps is there for the next that opens it. */
  readonly survives: boolean;
  open(folder: string): Promise<Store>;
}

const KINDS: readonly StoreKind[] = [
  { name: 'memory', survives: false, open: async () => new MemoryStore() },
  { name: 'a database', survives: true, open: (folder) => openNameDatabase(join(folder, 'names.db')) },
];

const stored = (name: string, id: string, more: Partial<StoredInstance> = {}): StoredInstance => ({
  registration: readRegistration({ name, id, port: 7, description: `the ${id} "quoted" ☃` }, '10.0.0.1'),
  owner: '10.0.0.1',
  status: 'new',
  registeredAt: 1,
  changedAt: 2,
  ...more,
});

const record = (number: number, more: Partial<LogRecord> = {}): LogRecord => ({
  number,
  time: 1_000 + number,
  kind: 'lookup',
  name: 'echo',
  id: '',
  client: '10.0.0.1',
  port: 40_000,
  face: 'line',
  answer: 'a"b\\c\u2028☃',
  isCached: number % 2 === 0,
  count: 1,
  ...more,
});

const put = (instance: StoredInstance): StoreChange => ({ kind: 'put', instance });
const note = (one: LogRecord): StoreChange => ({ kind: 'record', record: one });

describe.each(KINDS)('a store: $name', ({ survives, open }) => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nettk-store-'));
    store = await open(folder);
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  /** What is kept, in the order of names and ids; read by the next that opens it, where it survives. */
  async function contents() {
    if (survives) {
      await store.close();
      store = await open(folder);
    }
    const { instances, ...numbers } = await store.load();
    const key = ({ registration }: StoredInstance) => `${registration.name}/${registration.id}`;
    return { instances: [...instances].sort((a, b) => (key(a) < key(b) ? -1 : 1)), ...numbers };
  }

  it('is empty at first', async () => {
    expect(await contents()).toEqual({ instances: [], reserved: 0, lastRecord: 0 });
    expect(await store.records({ limit: 10 })).toEqual([]);
  });

  it('gives back what it was given', async () => {
    await store.commit([put(stored('a', '1')), put(stored('b', '1', { status: 'down', changedAt: 9 }))]);
    await store.commit([{ kind: 'reserve', index: 2 ** 52 }, note(record(7))]);
    expect(await contents()).toEqual({
      instances: [stored('a', '1'), stored('b', '1', { status: 'down', changedAt: 9 })],
      reserved: 2 ** 52,
      lastRecord: 7,
    });
    expect(await store.records({ limit: 10 })).toEqual([record(7)]);
  });

  it('does changes in their order', async () => {
    await store.commit([
      put(stored('a', '1')),
      put(stored('a', '1', { owner: '10.0.0.2' })),
      put(stored('a', '2')),
      { kind: 'drop', name: 'a', id: '2' },
      { kind: 'status', name: 'a', id: '1', status: 'up', changedAt: 5 },
      { kind: 'status', name: 'a', id: 'gone', status: 'up', changedAt: 5 },
      { kind: 'drop', name: 'nobody', id: '2' },
      { kind: 'drop', name: 'b', id: '1' },
      put(stored('b', '1')),
    ]);
    expect((await contents()).instances).toEqual([
      stored('a', '1', { owner: '10.0.0.2', status: 'up', changedAt: 5 }),
      stored('b', '1'),
    ]);
  });

  it('keeps what a plain map would keep', async () => {
    const key = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2', 'a/b'));
    const change = fc.oneof(
      key.map(([name, id]) => put(stored(name, id))),
      key.map(([name, id]): StoreChange => ({ kind: 'drop', name, id })),
      fc
        .tuple(key, fc.constantFrom('up', 'down'))
        .map(([[name, id], status]): StoreChange => ({ kind: 'status', name, id, status, changedAt: 3 })),
    );
    const model = new Map<string, StoredInstance>();
    const apply = (one: StoreChange): void => {
      if (one.kind === 'put')
        model.set(`${one.instance.registration.name} ${one.instance.registration.id}`, one.instance);
      else if (one.kind === 'drop') model.delete(`${one.name} ${one.id}`);
      else if (one.kind === 'status') {
        const present = model.get(`${one.name} ${one.id}`);
        if (present) model.set(`${one.name} ${one.id}`, { ...present, status: one.status, changedAt: one.changedAt });
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 20 }), async (changes) => {
        await store.commit(changes);
        for (const one of changes) apply(one);
        const kept = (await contents()).instances;
        expect(kept).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one));
      }),
      { numRuns: 30 },
    );
  });

  it('answers questions about the log, the newest first', async () => {
    const all = Array.from({ length: 20 }, (_, i) =>
      record(i + 1, { name: i % 2 ? 'web' : 'echo', client: i % 5 ? '10.0.0.1' : '::1' }),
    );
    await store.commit(all.map(note));
    const numbers = async (query: Parameters<Store['records']>[0]) =>
      (await store.records(query)).map(({ number }) => number);
    expect(await numbers({ limit: 3 })).toEqual([20, 19, 18]);
    expect(await numbers({ limit: 3, before: 18 })).toEqual([17, 16, 15]);
    expect(await numbers({ limit: 3, name: 'web' })).toEqual([20, 18, 16]);
    expect(await numbers({ limit: 9, client: '::1' })).toEqual([16, 11, 6, 1]);
    expect(await numbers({ limit: 9, client: '::1', name: 'web', before: 16 })).toEqual([6]);
    expect(await numbers({ limit: 9, name: "' OR 1=1 --" })).toEqual([]);
  });

  it('finds the few among many', async () => {
    const all = Array.from({ length: 25_000 }, (_, i) => record(i + 1, { name: i % 9_000 === 7 ? 'rare' : 'echo' }));
    await store.commit(all.map(note));
    const numbers = (await store.records({ limit: 10, name: 'rare' })).map(({ number }) => number);
    expect(numbers).toEqual([18_008, 9_008, 8]);
    expect(await store.records({ limit: 2, name: 'rare', before: 9_009 })).toHaveLength(2);
    expect(await store.records({ limit: 2, name: 'nobody' })).toEqual([]);
  });

  it('forgets the oldest records beyond the number, and those beyond the age', async () => {
    await store.commit(Array.from({ length: 100 }, (_, i) => note(record(i + 1))));
    await store.trim({ records: 100, ageMs: 1e9 }, 2_000);
    expect(await store.records({ limit: 1_000 })).toHaveLength(100);
    await store.trim({ records: 40, ageMs: 1e9 }, 2_000);
    expect((await store.records({ limit: 1_000 })).map(({ number }) => number).at(-1)).toBe(61);
    await store.trim({ records: 40, ageMs: 500 }, 1_580);
    expect((await store.records({ limit: 1_000 })).map(({ number }) => number).at(-1)).toBe(80);
    await store.trim({ records: 40, ageMs: 0 }, 9_000);
    expect(await store.records({ limit: 1_000 })).toEqual([]);
  });

  it('takes what a registry can say at its longest', async () => {
    const registration = readRegistration(
      { name: 'a', port: 1, tags: Array(15).fill('x'.repeat(500)), ttlMs: 1_000 },
      '2001:db8::1',
    );
    const big = { ...stored('a', '1'), registration, owner: '2001:db8::1' };
    await store.commit(
      Array.from({ length: 100 }, (_, i) => put({ ...big, registration: { ...registration, id: `${i}` } })),
    );
    expect((await contents()).instances).toHaveLength(100);
  });
});
