import { describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { type Behind, Journal, type Operation } from '../../src/registry/journal.ts';
import { MemoryStore } from '../../src/registry/memory-store.ts';
import type { StoreChange } from '../../src/registry/store.ts';

const NOTHING_BEHIND: Behind = { isWaiting: false, take: () => [], written: () => {}, putBack: () => {} };
const drop = (id: string): StoreChange => ({ kind: 'drop', name: 'a', id });
const write = (id: string, done: string[] = []): Operation<string> => ({
  plan: () => [drop(id)],
  apply: () => {
    done.push(id);
    return id;
  },
});

function openJournal(behind: Behind = NOTHING_BEHIND) {
  const deferred: (() => void)[] = [];
  const store = new MemoryStore();
  const commits: string[][] = [];
  let gate = Promise.resolve();
  store.commit = (changes) => {
    commits.push(changes.map((change) => ('id' in change ? change.id : change.kind)));
    return gate;
  };
  const journal = new Journal(store, behind, (run) => deferred.push(run));
  const run = async (): Promise<void> => {
    for (const one of deferred.splice(0)) one();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  const hold = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return () => {
      gate = Promise.resolve();
      resolve();
    };
  };
  return { journal, commits, run, hold, store };
}

describe('Journal', () => {
  it('answers only when all that came before is written', async () => {
    const { journal, commits, run, hold } = openJournal();
    const done: string[] = [];
    const release = hold();
    void journal.submit(write('1', done));
    void journal.submit(write('2', done));
    await run();
    void journal.submit(write('3', done));
    await run();
    expect([commits, done]).toEqual([[['1', '2']], []]);
    release();
    await run();
    await run();
    expect([commits, done]).toEqual([
      [['1', '2'], ['3']],
      ['1', '2', '3'],
    ]);
  });

  it('commits nothing where nothing changes', async () => {
    const { journal, commits, run } = openJournal();
    const same = journal.submit({ plan: () => [], apply: () => 'same' });
    await run();
    expect(await same).toBe('same');
    expect(commits).toEqual([]);
  });

  it('refuses one and does the others', async () => {
    const { journal, commits, run } = openJournal();
    const refused = journal.submit({
      plan: () => {
        throw new NettkError({ code: 'REFUSED', action: 'x' });
      },
      apply: () => {},
    });
    refused.catch(() => {});
    const done = journal.submit(write('2'));
    await run();
    await expect(refused).rejects.toMatchObject({ code: 'REFUSED' });
    expect(await done).toBe('2');
    expect(commits).toEqual([['2']]);
  });

  it('puts back what nobody waits for where it cannot be written, and writes it before the next', async () => {
    let waiting: readonly StoreChange[] = [drop('behind')];
    const behind: Behind = {
      get isWaiting() {
        return waiting.length > 0;
      },
      take: () => {
        const taken = waiting;
        waiting = [];
        return taken;
      },
      written: () => {},
      putBack: (changes) => {
        waiting = changes;
      },
    };
    const { journal, commits, run, store } = openJournal(behind);
    const { commit } = store;
    store.commit = () => Promise.reject(new NettkError({ code: 'ENOSPC', action: 'save' }));
    const failed = journal.submit(write('1'));
    failed.catch(() => {});
    await run();
    await expect(failed).rejects.toMatchObject({ code: 'ENOSPC' });
    store.commit = commit;
    await Promise.all([journal.submit(write('2')), run()]);
    expect(commits).toEqual([['behind', '2']]);
  });

  it('settles all that waits', async () => {
    const { journal, commits } = openJournal();
    const all = Array.from({ length: 3_000 }, (_, i) => journal.submit(write(String(i))));
    await journal.settle();
    await Promise.all(all);
    expect(commits.map(({ length }) => length)).toEqual([...Array(23).fill(128), 56]);
  });
});
