import { describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { NOBODY } from '../../src/registry/log.ts';
import { MemoryStore } from '../../src/registry/memory-store.ts';
import type { RegistrationInput } from '../../src/registry/registration.ts';
import { caller, openHouse, RULES } from './fixture.ts';

const ECHO: RegistrationInput = { name: 'echo', address: '127.0.0.1', port: 7 };
const QUIET: RegistrationInput = { ...ECHO, checks: [] };
const FAILS = () => 'connection refused';

const statusOf = (house: { registry: { service(name: string): unknown } }): string | undefined => {
  const service = house.registry.service('echo') as { instances: Map<string, { status: string }> } | undefined;
  return [...(service?.instances.values() ?? [])][0]?.status;
};

describe('registering', () => {
  it('is there once it is written, and not before', async () => {
    const house = await openHouse();
    const registering = house.registry.register(ECHO, caller());
    expect(house.registry.service('echo')).toBeUndefined();
    const instance = await registering;
    expect(instance.registration).toMatchObject({ name: 'echo', id: '127.0.0.1:7', protocol: 'tcp', weight: 1 });
    expect(house.registry.service('ECHO')?.served).toEqual([instance]);
    expect((await house.store.load()).instances).toHaveLength(1);
  });

  it('takes the address of the registrant where none is named', async () => {
    const { registry } = await openHouse();
    const instance = await registry.register({ name: 'web', port: 80 }, caller('2001:db8::7'));
    expect(instance.registration.id).toBe('[2001:db8::7]:80');
  });

  it('again with the same key is an update, and with the same facts a renewal that changes nothing', async () => {
    const { registry } = await openHouse();
    const first = await registry.register(QUIET, caller());
    const { index } = registry.changes;
    expect(await registry.register(QUIET, caller())).toBe(first);
    expect(registry.changes.index).toBe(index);
    await registry.register({ ...QUIET, description: 'new' }, caller());
    expect(registry.size).toBe(1);
    expect(registry.changes.index).toBe(index + 1);
    expect(first.registration.description).toBe('new');
  });

  it('keeps what is known of the health unless target, checks or lease changed', async () => {
    const house = await openHouse();
    await house.registry.register(ECHO, caller());
    await house.pass(500);
    expect(statusOf(house)).toBe('up');
    await house.registry.register({ ...ECHO, description: 'new' }, caller());
    expect(statusOf(house)).toBe('up');
    await house.registry.register({ ...ECHO, ttlMs: 10_000 }, caller());
    expect(statusOf(house)).toBe('new');
  });

  it('of what belongs to somebody else is refused, naming the owner', async () => {
    const { registry } = await openHouse();
    await registry.register(QUIET, caller('10.0.0.1'));
    const stranger = registry.register({ ...QUIET, weight: 2 }, caller('10.0.0.2'));
    await expect(stranger).rejects.toThrow('register: echo/127.0.0.1:7 belongs to 10.0.0.1, who registered it');
    await expect(registry.drop('echo', '127.0.0.1:7', caller('10.0.0.2'))).rejects.toMatchObject({ code: 'REFUSED' });
    expect(() => registry.renew('echo', '127.0.0.1:7', caller('10.0.0.2'))).toThrow('belongs to 10.0.0.1');
    const updated = await registry.register({ ...QUIET, weight: 2 }, caller('10.0.0.3', 'admin'));
    expect(updated.owner).toBe('10.0.0.1');
    expect(registry.counters.refused).toBe(2);
  });

  it('by two at once is decided in the order of their requests', async () => {
    const { registry } = await openHouse();
    const results = await Promise.allSettled([
      registry.register(QUIET, caller('10.0.0.1')),
      registry.register({ ...QUIET, weight: 5 }, caller('10.0.0.2')),
      registry.drop('echo', '127.0.0.1:7', caller('10.0.0.1')),
      registry.register({ ...QUIET, weight: 6 }, caller('10.0.0.2')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(registry.service('echo')?.served[0]).toMatchObject({ owner: '10.0.0.2', registration: { weight: 6 } });
  });

  it('needs more than the right to look', async () => {
    const { registry } = await openHouse();
    await expect(registry.register(QUIET, caller('10.0.0.1', 'reader'))).rejects.toThrow('needs the token');
    await registry.register(QUIET, caller());
    await expect(registry.drop('echo', '127.0.0.1:7', caller('127.0.0.1', 'reader'))).rejects.toThrow('token');
    expect(() => registry.renew('echo', undefined, caller('127.0.0.1', 'reader'))).toThrow('needs the token');
  });

  it('cannot make the server connect where the registrant has no business', async () => {
    const { registry } = await openHouse({ mayCheck: (registrant, address) => registrant === address });
    const mine = caller('10.0.0.1');
    await registry.register({ name: 'a', address: '10.0.0.1', port: 1 }, mine);
    await registry.register({ name: 'b', address: '10.0.0.2', port: 1, checks: [] }, mine);
    const borrowed = { name: 'c', port: 1, checks: [{ kind: 'http', address: '10.0.0.2' }] } as const;
    await expect(registry.register(borrowed, mine)).rejects.toThrow("10.0.0.2 is not the registrant's own address");
    await expect(registry.register({ name: 'd', address: '10.0.0.2', port: 1 }, mine)).rejects.toMatchObject({
      code: 'REFUSED',
    });
  });

  it('shares one commit among those that come together', async () => {
    const { registry, store } = await openHouse();
    const sizes: number[] = [];
    const commit = store.commit.bind(store);
    store.commit = (changes) => {
      sizes.push(changes.filter(({ kind }) => kind === 'put').length);
      return commit(changes);
    };
    await Promise.all(
      Array.from({ length: 50 }, (_, port) => registry.register({ ...QUIET, port: port + 1 }, caller())),
    );
    expect(sizes).toEqual([50]);
  });
});

describe('a store that cannot write', () => {
  it('refuses registrations with its reason, and takes them again when it can', async () => {
    const house = await openHouse();
    const { registry, store, notes } = house;
    await registry.register(QUIET, caller());
    const commit = store.commit.bind(store);
    store.commit = () => Promise.reject(new NettkError({ code: 'ENOSPC', action: 'save x.db' }));
    const second = registry.register({ ...QUIET, port: 8 }, caller());
    await expect(second).rejects.toThrow('save x.db: no space left on device (ENOSPC)');
    await expect(registry.drop('echo', '127.0.0.1:7', caller())).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(registry.service('echo')?.served).toHaveLength(1);
    expect(registry.isUnsaved).toBe(true);
    store.commit = commit;
    await registry.register({ ...QUIET, port: 8 }, caller());
    expect(registry.isUnsaved).toBe(false);
    expect(notes).toEqual([
      'registrations cannot be saved, and are refused: save x.db: no space left on device (ENOSPC)',
      'registrations can be saved again',
    ]);
  });

  it('gets statuses and records later', async () => {
    const house = await openHouse();
    await house.registry.register(ECHO, caller());
    const commit = house.store.commit.bind(house.store);
    house.store.commit = () => Promise.reject(new NettkError({ code: 'EIO', action: 'save x.db' }));
    await house.pass(20_000, FAILS);
    expect((await house.store.load()).instances[0]?.status).toBe('new');
    house.store.commit = commit;
    await house.pass(1_500, FAILS);
    expect((await house.store.load()).instances[0]?.status).toBe('down');
    expect((await house.registry.logRecords({ limit: 1 }))[0]).toMatchObject({ kind: 'down', name: 'echo' });
  });

  it('does not lose an instance that registers while it is being dropped', async () => {
    const house = await openHouse();
    await house.registry.register(ECHO, caller());
    const commit = house.store.commit.bind(house.store);
    house.store.commit = () => Promise.reject(new NettkError({ code: 'EIO', action: 'save x.db' }));
    await house.pass(40_000, FAILS);
    expect(statusOf(house)).toBe('down');
    house.store.commit = commit;
    await house.registry.register({ ...ECHO, weight: 3 }, caller());
    await house.pass(1_000);
    expect((await house.store.load()).instances).toHaveLength(1);
    await house.pass(10_000);
    expect(statusOf(house)).toBe('up');
  });
});

describe('health', () => {
  it('goes from new over up, failing and down to dropped, as counted', async () => {
    const house = await openHouse();
    await house.registry.register(ECHO, caller());
    const seen: string[] = [];
    house.registry.changes.subscribe(({ kind, instance }) => seen.push(`${kind} ${instance.failures}`));
    expect(statusOf(house)).toBe('new');
    await house.pass(6_000);
    await house.pass(60_000, FAILS);
    expect(seen).toEqual(['up 0', 'failing 1', 'down 3', 'dropped 6']);
    expect(house.registry.size).toBe(0);
    expect((await house.store.load()).instances).toEqual([]);
  });

  it('serves all but those that are down', async () => {
    const house = await openHouse();
    await house.registry.register(ECHO, caller());
    expect(house.registry.service('echo')?.served).toHaveLength(1);
    await house.pass(6_000, FAILS);
    expect(statusOf(house)).toBe('failing');
    expect(house.registry.service('echo')?.served).toHaveLength(1);
    await house.pass(10_000, FAILS);
    expect(house.registry.service('echo')?.served).toHaveLength(0);
  });

  it('is hidden within fail times the interval, and the timeout', async () => {
    for (const random of [() => 0, () => 0.999_999, Math.random]) {
      const house = await openHouse({ random });
      await house.registry.register(ECHO, caller());
      await house.pass(30_000);
      const begun = house.clock.monotonic;
      while (statusOf(house) !== 'down') await house.pass(500, FAILS);
      expect(house.clock.monotonic - begun).toBeLessThanOrEqual(RULES.fail * RULES.intervalMs + RULES.timeoutMs);
    }
  });

  it('comes back after as many passes as it takes, and is looked at once more where it registers again', async () => {
    const house = await openHouse();
    await house.registry.register(ECHO, caller());
    await house.pass(16_000, FAILS);
    expect(statusOf(house)).toBe('down');
    await house.registry.register(ECHO, caller());
    await house.pass(500);
    expect(statusOf(house)).toBe('down');
    await house.pass(5_000);
    expect(statusOf(house)).toBe('up');
  });

  it('that flaps below the limit stays served, and is told but not written to the log', async () => {
    const house = await openHouse();
    await house.registry.register({ ...ECHO, checks: [{ kind: 'tcp', intervalMs: 1_000 }] }, caller());
    await house.pass(1_500);
    const kinds: string[] = [];
    house.registry.changes.subscribe(({ kind }) => kinds.push(kind));
    for (let round = 0; round < 20; round += 1) {
      let failures = 0;
      // Two failures, and a pass.
      while (failures < 2) await house.pass(500, () => (++failures <= 2 ? 'refused' : undefined));
      while (statusOf(house) === 'failing') await house.pass(500);
      expect(house.registry.service('echo')?.served).toHaveLength(1);
    }
    expect(new Set(kinds)).toEqual(new Set(['failing', 'up']));
    expect((await house.registry.logRecords({ limit: 10 })).map(({ kind }) => kind)).toEqual(['up', 'register']);
  });

  it('that is down stays hidden while it flaps: passes count only in a row', async () => {
    const house = await openHouse();
    await house.registry.register({ ...ECHO, checks: [{ kind: 'tcp', intervalMs: 1_000 }] }, caller());
    await house.pass(4_000, FAILS);
    expect(statusOf(house)).toBe('down');
    let looks = 0;
    await house.pass(30_000, () => (looks++ % 2 === 0 ? undefined : 'refused'));
    expect(looks).toBeGreaterThan(20);
    expect(statusOf(house)).toBe('down');
    expect((await house.registry.logRecords({ limit: 10 })).map(({ kind }) => kind)).toEqual(['down', 'register']);
    await house.pass(3_000);
    expect(statusOf(house)).toBe('up');
    expect((await house.registry.logRecords({ limit: 1 }))[0]?.kind).toBe('up');
  });

  it('by its own word is down until it renews, registers again or is dropped', async () => {
    const house = await openHouse();
    const leaves = (): unknown => house.registry.renew('echo', undefined, caller(), { isWell: false, output: 'bye' });
    await house.registry.register(ECHO, caller());
    await house.pass(6_000);
    leaves();
    await house.pass(20_000);
    expect(statusOf(house)).toBe('down');
    house.registry.renew('echo', undefined, caller());
    expect(statusOf(house)).toBe('up');
    leaves();
    await house.registry.register(ECHO, caller());
    expect(statusOf(house)).toBe('up');
    leaves();
    await house.registry.drop('echo', '127.0.0.1:7', caller());
    await house.registry.register(ECHO, caller());
    expect(statusOf(house)).toBe('new');
  });

  it('is as bad as the worst check', async () => {
    const house = await openHouse();
    await house.registry.register({ ...ECHO, checks: [{ kind: 'tcp' }, { kind: 'http', path: '/health' }] }, caller());
    await house.pass(16_000, (check) => (check.spec.kind === 'http' ? 'status 500' : undefined));
    expect(statusOf(house)).toBe('down');
  });

  it('without check and lease is up, until it says otherwise', async () => {
    const house = await openHouse();
    await house.registry.register(QUIET, caller());
    expect(statusOf(house)).toBe('up');
    house.registry.renew('echo', undefined, caller(), { isWell: false, output: 'maintenance' });
    expect(statusOf(house)).toBe('down');
    await house.pass(100_000);
    expect(statusOf(house)).toBe('down');
    house.registry.renew('echo', undefined, caller());
    expect(statusOf(house)).toBe('up');
  });
});

describe('a lease', () => {
  const LEASED = { ...QUIET, ttlMs: 10_000 };

  it('holds while it is renewed, and hides its instance when it is not', async () => {
    const house = await openHouse();
    await house.registry.register(LEASED, caller());
    for (let i = 0; i < 5; i += 1) {
      await house.pass(9_500);
      house.registry.renew('echo', '127.0.0.1:7', caller());
      expect(statusOf(house)).toBe('up');
    }
    await house.pass(9_500);
    expect(statusOf(house)).toBe('up');
    await house.pass(500);
    expect(statusOf(house)).toBe('down');
    house.registry.renew('echo', '127.0.0.1:7', caller());
    expect(statusOf(house)).toBe('up');
  });

  it('that stays lapsed drops its instance', async () => {
    const house = await openHouse();
    await house.registry.register(LEASED, caller());
    await house.pass(39_500);
    expect(house.registry.size).toBe(1);
    await house.pass(500);
    expect(house.registry.size).toBe(0);
    const kinds = (await house.registry.logRecords({ limit: 10 })).map(({ kind }) => kind);
    expect(kinds).toEqual(['dropped', 'down', 'lapsed', 'register']);
  });

  it('that is renewed costs no commit', async () => {
    const house = await openHouse();
    await house.registry.register(LEASED, caller());
    let commits = 0;
    const commit = house.store.commit.bind(house.store);
    house.store.commit = (changes) => {
      commits += 1;
      return commit(changes);
    };
    for (let i = 0; i < 10; i += 1) {
      house.registry.renew('echo', undefined, caller());
      await house.registry.register(LEASED, caller());
      await house.pass(3_000);
    }
    expect(commits).toBe(0);
  });

  it('is renewed by registering again', async () => {
    const house = await openHouse();
    await house.registry.register(LEASED, caller());
    for (let i = 0; i < 3; i += 1) {
      await house.pass(9_000);
      await house.registry.register(LEASED, caller());
    }
    expect(statusOf(house)).toBe('up');
  });

  it('does not lapse while the server was stopped, whatever the wall clock says', async () => {
    const house = await openHouse();
    await house.registry.register(LEASED, caller());
    await house.pass(5_000);
    house.clock.advance(86_400_000);
    house.registry.tick();
    house.clock.unix -= 2 * 86_400_000;
    house.registry.tick();
    expect(statusOf(house)).not.toBe('down');
    await house.pass(2_500);
    expect(statusOf(house)).not.toBe('down');
    await house.pass(500);
    expect(statusOf(house)).toBe('down');
  });
});

describe('a mass failure', () => {
  async function openMany(count: number, checks?: RegistrationInput['checks']) {
    const house = await openHouse();
    const inputs = Array.from({ length: count }, (_, i) => ({ name: `s${i}`, port: i + 1, ...(checks && { checks }) }));
    await Promise.all(inputs.map((input) => house.registry.register(input, caller())));
    await house.pass(6_000);
    return house;
  }
  const portsUpTo = (count: number) => (check: { instance: { registration: { port: number } } }) =>
    check.instance.registration.port <= count ? 'unreachable' : undefined;

  it('makes instances suspect, which are served, for a minute at most', async () => {
    const house = await openMany(20);
    await house.pass(16_000, portsUpTo(11));
    expect(house.registry.statuses).toMatchObject({ suspect: 11, up: 9, down: 0 });
    expect(house.registry.isSuspicious).toBe(true);
    expect(house.registry.service('s3')?.served).toHaveLength(1);
    await house.pass(43_000, portsUpTo(11));
    expect(house.registry.statuses).toMatchObject({ suspect: 11 });
    await house.pass(18_000, portsUpTo(11));
    expect(house.registry.statuses).toMatchObject({ suspect: 0, down: 11 });
    expect(house.notes).toEqual([
      'most instances fail at once: they are suspect, and still served for at most 60 s',
      'no instance is suspect any more: what fails is down',
    ]);
    await house.pass(30_000, portsUpTo(11));
    expect(house.registry.size).toBe(9);
  });

  it('of half or of few is none', async () => {
    const half = await openMany(20);
    await half.pass(16_000, portsUpTo(10));
    expect(half.registry.statuses).toMatchObject({ down: 10 });
    const few = await openMany(9);
    await few.pass(16_000, portsUpTo(9));
    expect(few.registry.statuses).toMatchObject({ down: 9 });
  });

  it('is over when most are well again, and those that are not go down', async () => {
    const house = await openMany(20);
    await house.pass(16_000, portsUpTo(20));
    expect(house.registry.statuses).toMatchObject({ suspect: 20 });
    await house.pass(11_000, portsUpTo(5));
    expect(house.registry.statuses).toMatchObject({ up: 15, down: 5 });
  });

  it('is seen too where one failure is enough: those that went down in the round are served again', async () => {
    const house = await openMany(20, [{ kind: 'tcp', fail: 1 }]);
    await house.pass(6_000, portsUpTo(15));
    expect(house.registry.statuses).toMatchObject({ suspect: 15, up: 5 });
  });

  it('does not bring back those that were down before', async () => {
    const house = await openMany(30);
    await house.pass(25_000, portsUpTo(5));
    expect(house.registry.statuses).toMatchObject({ down: 5 });
    await house.pass(4_000, portsUpTo(30));
    expect(house.registry.statuses.suspect).toBe(0);
    await house.pass(12_000, portsUpTo(30));
    expect(house.registry.statuses).toMatchObject({ suspect: 25 });
  });

  it('that has run out does not begin again until most were well', async () => {
    const house = await openMany(20);
    await house.pass(90_000, portsUpTo(11));
    const again = Array.from({ length: 20 }, (_, i) => ({ name: `t${i}`, port: i + 100 }));
    await Promise.all(again.map((input) => house.registry.register(input, caller())));
    await house.pass(6_000);
    await house.pass(16_000, () => 'unreachable');
    expect(house.registry.isSuspicious).toBe(true);
    expect(house.notes).toHaveLength(3);
  });
});

describe('a restart', () => {
  it('brings instances back as they were, with new numbers, a whole lease and checks within an interval', async () => {
    const first = await openHouse();
    await first.registry.register({ ...QUIET, name: 'leased', ttlMs: 10_000 }, caller());
    await first.registry.register({ ...ECHO, name: 'dead' }, caller());
    await first.registry.register({ ...ECHO, name: 'live', port: 8 }, caller());
    await first.pass(9_000, (check) => (check.instance.registration.name === 'dead' ? 'no' : undefined));
    first.registry.renew('leased', undefined, caller());
    await first.pass(9_000, (check) => (check.instance.registration.name === 'dead' ? 'no' : undefined));
    const { index } = first.registry.changes;
    const second = await openHouse({ store: first.store });
    const statuses = () => [...second.registry.services()].map(({ served }) => served[0]?.status);
    expect(statuses()).toEqual(['up', undefined, 'up']);
    expect(second.registry.changes.index).toBeGreaterThan(index);
    const checked = new Set<string>();
    await second.pass(5_500, (check) => void checked.add(check.instance.registration.name) as undefined);
    expect([...checked].sort()).toEqual(['dead', 'live']);
    expect(second.registry.service('leased')?.served).toHaveLength(1);
    await second.pass(4_500);
    expect(second.registry.service('leased')?.served).toHaveLength(0);
    expect(second.registry.service('dead')?.served).toHaveLength(1);
  });
});

it('a restart counts anew what was failing', async () => {
  const first = await openHouse();
  await first.registry.register(ECHO, caller());
  await first.pass(6_000);
  await first.pass(5_000, FAILS);
  expect(statusOf(first)).toBe('failing');
  await first.registry.close();
  const second = await openHouse({ store: first.store });
  expect(statusOf(second)).toBe('up');
  let failures = 0;
  while (statusOf(second) !== 'down') await second.pass(500, () => `failure ${++failures}`);
  expect(failures).toBe(RULES.fail);
});

it('a restart in the middle of a mass failure hides nobody', async () => {
  const first = await openHouse();
  const inputs = Array.from({ length: 12 }, (_, i) => ({ name: `s${i}`, port: i + 1 }));
  await Promise.all(inputs.map((input) => first.registry.register(input, caller())));
  await first.pass(6_000);
  await first.pass(16_000, FAILS);
  expect(first.registry.statuses.suspect).toBe(12);
  await first.registry.close();
  const second = await openHouse({ store: first.store });
  expect(second.registry.statuses).toMatchObject({ up: 12, down: 0 });
  await second.pass(16_000, FAILS);
  expect(second.registry.statuses.suspect).toBe(12);
});

describe('finding', () => {
  it('takes the only one of the caller where no id is given', async () => {
    const { registry } = await openHouse();
    await registry.register(QUIET, caller('10.0.0.1'));
    const own = await registry.register({ ...QUIET, port: 8 }, caller('10.0.0.2'));
    expect(registry.find('echo', undefined, caller('10.0.0.2'))).toBe(own);
    expect(() => registry.find('echo', undefined, caller('10.0.0.3'))).toThrow('echo: not registered');
    expect(() => registry.find('echo', undefined, caller('10.0.0.3', 'admin'))).toThrow('2 instances may be meant');
    expect(() => registry.find('nobody', undefined, caller())).toThrow('nobody: not registered');
    expect(() => registry.find('echo', 'x', caller())).toThrow('echo/x: not registered');
  });

  it('by id goes over all services', async () => {
    const { registry } = await openHouse();
    await registry.register({ ...QUIET, id: 'web1' }, caller());
    await registry.register({ ...QUIET, name: 'other', id: 'web1' }, caller());
    expect(registry.withId('web1').map(({ registration }) => registration.name)).toEqual(['echo', 'other']);
    await registry.drop('echo', 'web1', caller());
    expect(registry.withId('web1').map(({ registration }) => registration.name)).toEqual(['other']);
    await registry.drop('other', 'web1', caller());
    expect(registry.withId('web1')).toEqual([]);
    expect([...registry.services()]).toEqual([]);
  });
});

describe('answers and lookups', () => {
  it('are kept until anything about the service changes', async () => {
    const { registry } = await openHouse();
    await registry.register(QUIET, caller());
    const service = registry.service('echo')!;
    let made = 0;
    const ask = () =>
      service.answer('A', ({ served }) => {
        made += 1;
        return `${made} ${served.length}`;
      });
    expect(ask()).toEqual({ value: '1 1', isHit: false });
    expect(ask()).toEqual({ value: '1 1', isHit: true });
    await registry.register({ ...QUIET, port: 8 }, caller());
    expect(ask()).toEqual({ value: '2 2', isHit: false });
    registry.renew('echo', '127.0.0.1:8', caller(), { isWell: false, output: '' });
    expect(ask()).toEqual({ value: '3 1', isHit: false });
    await registry.register({ name: 'other', port: 9, checks: [] }, caller());
    expect(ask().isHit).toBe(true);
  });

  it('are counted, and written once a second with how often', async () => {
    const house = await openHouse();
    await house.registry.register(QUIET, caller());
    const service = house.registry.service('echo');
    const lookup = { name: 'echo', service, answer: '127.0.0.1:7', isHit: true };
    for (let i = 0; i < 1_000; i += 1) house.registry.noteLookup(lookup, caller('10.0.0.9'));
    house.registry.noteLookup({ name: 'nobody', service: undefined, answer: '', isHit: false }, caller('10.0.0.8'));
    expect(house.registry.top(5)).toEqual([service]);
    expect(house.registry.counters).toMatchObject({ lookups: 1_001, hits: 1_000, unknown: 1 });
    expect([...house.registry.counters.clients]).toEqual([
      ['10.0.0.9', 1_000],
      ['10.0.0.8', 1],
    ]);
    const followed: unknown[] = [];
    house.registry.followLog((record) => followed.push(record));
    await house.pass(1_500);
    const [unknown, known] = await house.registry.logRecords({ limit: 2 });
    expect(known).toMatchObject({ kind: 'lookup', name: 'echo', client: '10.0.0.9', count: 1_000, isCached: true });
    expect(unknown).toMatchObject({ kind: 'lookup', name: 'nobody', client: '10.0.0.8', count: 1 });
    expect(followed).toEqual([known, unknown]);
  });

  it('are written by close, and so is what waits', async () => {
    const house = await openHouse();
    house.registry.noteLookup({ name: 'x', service: undefined, answer: '', isHit: false }, caller());
    const registering = house.registry.register(QUIET, caller());
    await house.registry.close();
    await registering;
    expect((await house.store.records({ limit: 9 })).map(({ kind }) => kind)).toEqual(['register', 'lookup']);
  });
});

describe('the log', () => {
  it('forgets the oldest records beyond the number, and those beyond the age', async () => {
    const house = await openHouse({ logLimits: { records: 20, ageMs: 60_000 } });
    for (let port = 1; port <= 50; port += 1) await house.registry.register({ ...QUIET, port }, caller());
    await house.pass(1_500);
    const records = await house.registry.logRecords({ limit: 100 });
    expect(records.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, i) => `127.0.0.1:${50 - i}`));
    await house.pass(50_000);
    await house.registry.register({ ...QUIET, port: 51 }, caller());
    await house.pass(10_000);
    expect((await house.registry.logRecords({ limit: 100 })).map(({ id }) => id)).toEqual(['127.0.0.1:51']);
  });

  it('is 100,000 records at most where it is in memory', async () => {
    const store = new MemoryStore();
    const record = { ...NOBODY, kind: 'lookup', time: 0, name: 'x', id: '', answer: '' } as const;
    await store.commit(
      Array.from({ length: 100_010 }, (_, i) => ({ kind: 'record', record: { ...record, number: i + 1 } })),
    );
    await store.trim({ records: 1_000_000, ageMs: 1_000 }, 0);
    const found = await store.records({ limit: 200_000 });
    expect([found.length, found.at(-1)?.number]).toEqual([100_000, 11]);
  });
});
