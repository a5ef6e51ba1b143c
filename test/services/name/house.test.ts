import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/net/endpoint.ts';
import { NameHouse } from '../../../src/services/name/house.ts';
import { name } from '../../../src/services/name.ts';
import { serverContext } from '../../support/server-context.ts';
import { optionsOf } from '../../support/service-stages.ts';

const LOCAL: Endpoint = { scheme: 'tcp', host: '127.0.0.1', port: 40_000, path: '' };
const OTHER: Endpoint = { ...LOCAL, host: '192.0.2.1' };
const UNIX: Endpoint = { scheme: 'unix', host: '', port: 0, path: '/tmp/s' };

async function rolesWith(given: Readonly<Record<string, unknown>>) {
  const stop = new AbortController();
  const house = await NameHouse.open((await optionsOf(name as never, given)) as never, serverContext(stop));
  const role = (peer: Endpoint, secret?: string): string => house.callerOf(peer, 'line', secret).role;
  const roles = [
    role(LOCAL),
    role(UNIX),
    role(OTHER),
    role(LOCAL, 't'),
    role(OTHER, 't'),
    role(OTHER, 'a'),
    role(OTHER, ''),
  ];
  const tokens = ['t', 'a', ''].map((secret) => house.isToken(secret));
  stop.abort();
  await house.close();
  return { roles, tokens };
}

describe('who may do what', () => {
  it('is everything on this machine, and what is their own for others, where there are no tokens', async () => {
    expect(await rolesWith({})).toEqual({
      roles: ['admin', 'admin', 'registrant', 'admin', 'registrant', 'registrant', 'registrant'],
      tokens: [false, false, false],
    });
  });

  it('is to look, without the token', async () => {
    expect(await rolesWith({ token: 't' })).toEqual({
      roles: ['reader', 'reader', 'reader', 'admin', 'registrant', 'reader', 'reader'],
      tokens: [true, false, false],
    });
  });

  it('is everything for nobody but those with the admin token', async () => {
    expect(await rolesWith({ token: 't', adminToken: 'a' })).toEqual({
      roles: ['reader', 'reader', 'reader', 'registrant', 'registrant', 'admin', 'reader'],
      tokens: [true, true, false],
    });
    expect((await rolesWith({ adminToken: 'a' })).roles).toEqual([
      ...['registrant', 'registrant', 'registrant', 'registrant', 'registrant', 'admin', 'registrant'],
    ]);
  });

  it('of a client of a Unix socket is what this machine may do', async () => {
    const stop = new AbortController();
    const house = await NameHouse.open((await optionsOf(name as never)) as never, serverContext(stop));
    expect(house.callerOf(UNIX, 'dns')).toEqual({ address: '127.0.0.1', port: 0, face: 'dns', role: 'admin' });
    stop.abort();
    await house.close();
  });
});
