import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyAddress, classifyRange, embeddedIpv4 } from '../../src/net/address-class.ts';
import { failureOf } from '../support/errors.ts';
import { needs } from '../support/needs.ts';
import { askPython } from '../support/python.ts';

describe('classifyAddress', () => {
  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'this-network'],
    ['10.255.255.255', 'private'],
    ['11.0.0.0', 'global'],
    ['100.63.255.255', 'global'],
    ['100.64.0.0', 'cgnat'],
    ['100.127.255.255', 'cgnat'],
    ['100.128.0.0', 'global'],
    ['127.255.255.255', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'global'],
    ['192.0.2.1', 'documentation'],
    ['198.19.0.1', 'benchmarking'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.255', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::2', 'v4-compatible'],
    ['::ffff:10.0.0.1', 'v4-mapped'],
    ['64:ff9b::808:808', 'nat64'],
    ['100::1', 'discard'],
    ['2001::1', 'teredo'],
    ['2001:db8::1', 'documentation'],
    ['3fff:fff::1', 'documentation'],
    ['2002:c000:204::', '6to4'],
    ['2606:4700::1', 'global'],
    ['fc00::1', 'ula'],
    ['fdff::1', 'ula'],
    ['fe80::1%lo', 'link-local'],
    ['febf::1', 'link-local'],
    ['ff02::1', 'multicast'],
    ['4000::1', 'reserved'],
  ])('calls %s %s', (address, name) => {
    expect(classifyAddress(address).name).toBe(name);
  });

  it.each(['127.1', '010.0.0.1', 'localhost', '', '1.2.3.4/8'])('refuses %j', (text) => {
    expect(failureOf(() => classifyAddress(text)).code).toBe('BAD_ENDPOINT');
  });

  it('agrees with Python on loopback, multicast, link-local and unspecified addresses', (context) => {
    needs(context, 'python3');
    const addresses = [...fc.sample(fc.ipV4(), 300), ...fc.sample(fc.ipV6(), 300), '127.0.0.1', '::1', 'ff02::1'];
    const sound = addresses.filter((address) => !address.includes('.') || !address.includes(':'));
    const theirs = askPython(
      'ipaddress',
      "(lambda a: [n for n, is_one in [('loopback', a.is_loopback), ('multicast', a.is_multicast), " +
        "('link-local', a.is_link_local), ('unspecified', a.is_unspecified)] if is_one])(ipaddress.ip_address(x))",
      sound,
    );
    const names = ['loopback', 'multicast', 'link-local', 'unspecified'];
    expect(sound.map((one) => names.filter((name) => classifyAddress(one).name === name))).toEqual(theirs);
  });
});

describe('classifyRange', () => {
  it('names the class only where all addresses are of it', () => {
    expect(classifyRange('10.0.0.0', '10.255.255.255')?.name).toBe('private');
    expect(classifyRange('11.0.0.0', '11.255.255.255')?.name).toBe('global');
    expect(classifyRange('0.0.0.0', '255.255.255.255')).toBeUndefined();
    expect(classifyRange('100.0.0.0', '100.255.255.255')).toBeUndefined();
    expect(classifyRange('2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff')?.name).toBe('documentation');
  });
});

describe('embeddedIpv4', () => {
  it.each([
    ['::ffff:192.0.2.4', '192.0.2.4'],
    ['64:ff9b::c000:204', '192.0.2.4'],
    ['2002:c000:204::1', '192.0.2.4'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', '192.0.2.45'],
  ])('reads %s as carrying %s', (address, v4) => {
    expect(embeddedIpv4(address)).toBe(v4);
  });

  it('finds none in other addresses', () => {
    expect(['192.0.2.4', '::1', '2001:db8::1', 'fe80::1%lo'].map(embeddedIpv4)).toEqual(Array(4).fill(undefined));
  });
});
