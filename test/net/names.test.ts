import { describe, expect, it } from 'vitest';
import {
  getAddrInfo,
  getFqdn,
  getHostByAddr,
  getHostByName,
  getHostByNameEx,
  getNameInfo,
  reverseName,
} from '../../src/net/names.ts';
import { rejectionOf } from '../support/errors.ts';
import { needs } from '../support/needs.ts';
import { askPython } from '../support/python.ts';

describe('getAddrInfo', () => {
  it('lists addresses, types and protocols in the order of getaddrinfo(3)', async (context) => {
    needs(context, 'python3');
    const inputs = [
      ['localhost', 80],
      ['127.0.0.1', 'daytime'],
      ['127.0.0.1', 'qotd'],
      ['::1', 'http'],
    ] as const;
    const streams = '[[a[4][0], a[4][1], a[2]] for a in socket.getaddrinfo(*x) if a[1] != socket.SOCK_RAW]';
    const theirs = askPython('socket', streams, inputs);
    const ours = await Promise.all(inputs.map(([host, service]) => getAddrInfo(host, service)));
    expect(ours.map((all) => all.map((one) => [one.address, one.port, one.protocol]))).toEqual(theirs);
  });

  it('narrows by family and type', async () => {
    expect(await getAddrInfo('127.0.0.1', 'time', { type: 'datagram' })).toEqual([
      { family: 4, type: 'datagram', protocol: 17, address: '127.0.0.1', port: 37 },
    ]);
    expect(await rejectionOf(getAddrInfo('127.0.0.1', 80, { family: 6 }))).toMatchObject({
      code: 'ENOTFOUND',
      exit: 1,
    });
  });

  it('gives the addresses to bind or to reach this machine without a host', async () => {
    const bind = await getAddrInfo(undefined, 80, { passive: true, type: 'stream' });
    expect(bind.map((one) => one.address)).toEqual(['0.0.0.0', '::']);
    const reach = await getAddrInfo(undefined, undefined, { type: 'stream' });
    expect(reach.map((one) => [one.address, one.port])).toEqual([
      ['127.0.0.1', 0],
      ['::1', 0],
    ]);
  });

  it('refuses unknown services, services of the other transport and loose addresses', async () => {
    expect((await rejectionOf(getAddrInfo('localhost', 'nosuch'))).code).toBe('UNKNOWN_SERVICE');
    expect((await rejectionOf(getAddrInfo('localhost', 'qotd', { type: 'datagram' }))).message).toContain(
      'exists for tcp',
    );
    expect((await rejectionOf(getAddrInfo('127.1', 80))).code).toBe('BAD_ENDPOINT');
  });
});

describe('getHostByName and its relatives', () => {
  it('answer for localhost as the C library does', async (context) => {
    needs(context, 'python3');
    const [byName, byAddress, fqdn] = askPython('socket', 'eval(x)', [
      "socket.gethostbyname('localhost')",
      "socket.gethostbyaddr('127.0.0.1')[0]",
      "socket.getfqdn('localhost')",
    ]);
    expect(await getHostByName('localhost')).toBe(byName);
    expect((await getHostByAddr('127.0.0.1')).hostname).toBe(byAddress);
    expect(await getFqdn('localhost')).toBe(fqdn);
    expect((await getHostByNameEx('localhost')).addresses).toContain(byName);
  });

  it('give a literal back', async () => {
    expect(await getHostByNameEx('192.0.2.7')).toEqual({
      hostname: '192.0.2.7',
      aliases: [],
      addresses: ['192.0.2.7'],
    });
  });

  it('fail where there is no IPv4 address', async () => {
    expect(await rejectionOf(getHostByName('::1'))).toMatchObject({ code: 'ENOTFOUND', exit: 1 });
  });
});

describe('getNameInfo', () => {
  it('names host and service of each transport', async () => {
    expect(await getNameInfo('127.0.0.1', 13)).toEqual({ host: await reverseName('127.0.0.1'), service: 'daytime' });
    const syslog = await getNameInfo('127.0.0.1', 514, { datagram: true, numericHost: true });
    expect(syslog).toEqual({ host: '127.0.0.1', service: 'syslog' });
  });

  it('gives numbers where asked to and where there is no name', async () => {
    const numeric = { numericHost: true, numericService: true };
    expect(await getNameInfo('::1', 80, numeric)).toEqual({ host: '::1', service: '80' });
    expect((await getNameInfo('127.0.0.1', 4, { numericHost: true })).service).toBe('4');
  });

  it('takes literals only', async () => {
    expect((await rejectionOf(getNameInfo('localhost', 80))).code).toBe('BAD_ENDPOINT');
  });
});
