import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { interfaceAddress, isBroadcast, isMulticast, parseMulticastGroup } from '../../src/net/multicast.ts';

describe('isMulticast', () => {
  it.each(['224.0.0.1', '239.255.255.255', 'ff02::1', 'FF05::2'])('says yes of %s', (address) => {
    expect(isMulticast(address)).toBe(true);
  });

  it.each([
    '223.255.255.255',
    '240.0.0.0',
    '127.0.0.1',
    'fe80::1',
    '::ffff:224.0.0.1',
    '2.240.1.1',
  ])('says no of %s', (address) => {
    expect(isMulticast(address)).toBe(false);
  });
});

describe('parseMulticastGroup', () => {
  it.each([
    ['239.1.2.3', { group: '239.1.2.3' }],
    ['239.1.2.3%eth0', { group: '239.1.2.3', interface: 'eth0' }],
    ['239.1.2.3%10.0.0.1', { group: '239.1.2.3', interface: '10.0.0.1' }],
    ['ff02::1%eth0', { group: 'ff02::1', interface: 'eth0' }],
    ['192.0.2.1@232.1.2.3', { group: '232.1.2.3', source: '192.0.2.1' }],
    ['2001:db8::1@ff3e::1%lo', { group: 'ff3e::1', source: '2001:db8::1', interface: 'lo' }],
  ])('reads %s', (text, group) => {
    expect(parseMulticastGroup(text)).toEqual({ source: undefined, interface: undefined, ...group });
  });

  it.each([
    ['10.0.0.1', 'not a multicast address'],
    ['group.example', 'not a multicast address'],
    ['239.1.2', 'not a multicast address'],
    ['', 'not a multicast address'],
    ['239.1.2.3%', 'the interface is missing'],
    ['@239.1.2.3', 'the source is no IPv4 address of a host'],
    ['::1@239.1.2.3', 'the source is no IPv4 address of a host'],
    ['239.1.1.1@239.1.2.3', 'the source is no IPv4 address of a host'],
    ['fe80::1%eth0@ff3e::1', 'the source is no IPv6 address of a host'],
  ])('refuses %j: %s', (text, reason) => {
    expect(() => parseMulticastGroup(text)).toThrow(
      expect.objectContaining({ code: 'BAD_ENDPOINT', message: expect.stringContaining(reason) }),
    );
  });
});

describe('interfaceAddress', () => {
  it('finds the loopback by name and by address', () => {
    expect(interfaceAddress('lo', 4)).toBe('127.0.0.1');
    expect(interfaceAddress('127.0.0.1', 4)).toBe('127.0.0.1');
    expect(interfaceAddress('lo', 6)).toBe('::%lo');
    expect(interfaceAddress('127.0.0.1', 6)).toBe('::%lo');
  });

  it('names the interfaces there are where there is none of that name', () => {
    expect(() => interfaceAddress('nope', 4)).toThrow(
      expect.objectContaining({
        message: 'interface "nope": not up',
        hint: Object.keys(networkInterfaces()).join(', '),
      }),
    );
  });
});

describe('isBroadcast', () => {
  it('knows that of every network, and no host', () => {
    expect(isBroadcast('255.255.255.255')).toBe(true);
    expect(['127.0.0.1', '127.255.255.255', '::1', '10.1.2.3'].map(isBroadcast)).toEqual([false, false, false, false]);
  });

  it("knows those of this machine's networks", () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { netmask, address, internal } of own.filter((one) => one.family === 'IPv4')) {
      if (netmask !== '255.255.255.0' || internal) continue;
      expect(isBroadcast(address.replace(/\d+$/, '255'))).toBe(true);
      expect(isBroadcast(address)).toBe(false);
    }
  });
});
