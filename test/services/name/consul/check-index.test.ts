import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../../src/registry/log.ts';
import { CheckIndex } from '../../../../src/services/name/consul/check-index.ts';
import { CHECK_ID_KEY } from '../../../../src/services/name/consul/input.ts';
import { NameHouse } from '../../../../src/services/name/house.ts';
import { name } from '../../../../src/services/name.ts';
import { serverContext } from '../../../support/server-context.ts';
import { optionsOf } from '../../../support/service-stages.ts';

const ADMIN: Caller = { address: '127.0.0.1', port: 40_000, face: 'consul', role: 'admin' };

let house: NameHouse;
const stop = new AbortController();
beforeEach(async () => {
  house = await NameHouse.open((await optionsOf(name as never)) as never, serverContext(stop));
});
afterEach(() => house.close());

async function register(id: string, check?: string): Promise<void> {
  const meta = check === undefined ? [] : [[CHECK_ID_KEY, check] as const];
  await house.registry.register({ name: 'web', id, port: 80, checks: [], ttlMs: 60_000, meta }, ADMIN);
}

describe('CheckIndex', () => {
  it('knows whose a check is, from before and as it changes', async () => {
    await register('before', 'mine');
    await register('plain');
    const index = new CheckIndex(house.registry);
    expect(index.find('mine')?.registration.id).toBe('before');
    expect(index.find('plain')).toBeUndefined();
    await register('later', 'yours');
    expect(index.find('yours')?.registration.id).toBe('later');
    await register('plain', 'late');
    expect(index.find('late')?.registration.id).toBe('plain');
    await house.registry.drop('web', 'before', ADMIN);
    expect(index.find('mine')).toBeUndefined();
  });

  it('keeps the newest of two with one id when the older one goes', async () => {
    await register('one', 'mine');
    await register('two', 'mine');
    expect(house.checkIndex.find('mine')?.registration.id).toBe('two');
    await house.registry.drop('web', 'one', ADMIN);
    expect(house.checkIndex.find('mine')?.registration.id).toBe('two');
  });
});
