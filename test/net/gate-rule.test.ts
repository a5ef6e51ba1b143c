import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { AddressRanges, packAddress } from '../../src/net/address-ranges.ts';
import { readRules } from '../../src/net/gate-rule.ts';
import { inetNtop } from '../../src/net/inet.ts';

const matches = (rules: string, address: string): boolean =>
  AddressRanges.of(readRules(rules).ranges).has(packAddress(address));

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((bytes) => bytes.join('.'));
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => inetNtop(6, bytes));

describe('readRules', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1', '10.0.0.2'],
    ['10.0.0.77/8', '10.255.0.1', '11.0.0.0'],
    ['10.1.0.0/255.255.0.0', '10.1.255.255', '10.2.0.0'],
    ['0.0.0.0/0', '255.255.255.255', '::1'],
    ['10.0.0.1-10.0.0.20', '10.0.0.20', '10.0.0.21'],
    ['10.0.0.250-10.0.1.3', '10.0.1.0', '10.0.1.4'],
    ['192.168.1.1-50', '192.168.1.50', '192.168.1.51'],
    ['192.168.1-2.*', '192.168.2.255', '192.168.3.0'],
    ['10.*.0.1', '10.99.0.1', '10.99.0.2'],
    ['10.0-9.-.1-', '10.9.200.255', '10.9.200.0'],
    ['*.*.*.*', '1.2.3.4', '::'],
    ['2001:db8::/32', '2001:db8:ffff::1', '2001:db9::'],
    ['2001:db8::1-2001:db8::ff', '2001:db8::80', '2001:db8::100'],
    ['::1', '::1', '::2'],
    ['::ffff:10.0.0.1', '10.0.0.1', '10.0.0.2'],
    ['::ffff:10.0.0.0/104', '10.255.255.255', '11.0.0.0'],
    ['10.0.0.1,10.0.0.3 10.0.0.5', '10.0.0.5', '10.0.0.2'],
    ['10.0.0.1,10.0.0.3 10.0.0.5', '10.0.0.3', '10.0.0.4'],
  ])('takes %s, which has %s and not %s', (rules, inside, outside) => {
    expect([matches(rules, inside), matches(rules, outside)]).toEqual([true, false]);
  });

  it('takes names, a dash or a digit in them too', () => {
    expect(readRules('localhost, my-host.example 1and1.example').names).toEqual([
      'localhost',
      'my-host.example',
      '1and1.example',
    ]);
  });

  it('makes an Internet name of one in another script', () => {
    expect(readRules('münchen.example').names).toEqual(['xn--mnchen-3ya.example']);
  });

  it('takes nothing for no rules', () => {
    expect(readRules(' , ,\t')).toEqual({ ranges: [], names: [] });
  });

  it.each([
    ['010.0.0.1', 'no leading zeros'],
    ['0x7f.1', 'not an IPv4 address'],
    ['127.1', 'not an IPv4 address'],
    ['2130706433', 'not an IPv4 address'],
    ['10.0.0.256', 'not an IPv4 address'],
    ['10.0.0.1-256', '"1-256" is no range'],
    ['10.0.0.01-5', '"01-5" is no range'],
    ['10.0.0.5-1', '"5-1" is no range'],
    ['10.0.0.1-2-3', '"1-2-3" is no range'],
    ['10.0.0.20-10.0.0.1', 'its first address is above its last'],
    ['10.0.0.1-::1', 'its ends are of two families'],
    ['10.0.0.0/33', 'the prefix is a number from 0 to 32'],
    ['10.0.0.0/08', 'the prefix is a number from 0 to 32'],
    ['::/129', 'the prefix is a number from 0 to 128'],
    ['example.com/24', 'not an address literal'],
    ['fe80::1%eth0', 'a rule has no zone'],
    ['10.0.0.1:80', 'not an IPv6 address'],
    ['[::1]', 'not an IPv6 address'],
    ['a..b', 'not a host name'],
    ['1-254.1-254.1-254.1', 'more than 65536 ranges'],
    ['１２７.0.0.1', 'not an IPv4 address'],
  ])('refuses %s: %s', (rule, reason) => {
    expect(() => readRules(`10.0.0.1,${rule}`)).toThrow(
      expect.objectContaining({ code: 'BAD_ENDPOINT', exit: 2, message: expect.stringContaining(reason) }),
    );
    expect(() => readRules(rule)).toThrow(`rule ${JSON.stringify(rule)}: `);
  });

  it('agrees with ipaddr.js on IPv4 networks', () => {
    fc.assert(
      fc.property(ipv4, fc.integer({ min: 0, max: 32 }), ipv4, (network, prefix, address) => {
        const wanted = ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parse(network), prefix);
        expect(matches(`${network}/${prefix}`, address)).toBe(wanted);
      }),
    );
  });

  it('agrees with ipaddr.js on IPv6 networks, near their ends too', () => {
    const flips = fc.integer({ min: 0, max: 127 });
    fc.assert(
      fc.property(ipv6, fc.integer({ min: 1, max: 128 }), flips, (network, prefix, flip) => {
        const bytes = ipaddr.IPv6.parse(network).toByteArray();
        bytes[flip >> 3] = (bytes[flip >> 3] as number) ^ (0x80 >> (flip & 7));
        const address = inetNtop(6, Uint8Array.from(bytes));
        const wanted = ipaddr.IPv6.parse(address).match(ipaddr.IPv6.parse(network), prefix);
        expect(matches(`${network}/${prefix}`, address)).toBe(wanted);
      }),
    );
  });

  it('takes of octet ranges exactly the addresses whose octets are all in range', () => {
    const side = fc.tuple(octet, octet).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    const narrow = fc.tuple(octet, fc.integer({ min: 0, max: 5 })).map(([a, b]) => [a, Math.min(255, a + b)] as const);
    fc.assert(
      fc.property(
        fc.tuple(narrow, narrow, narrow, side),
        ipv4,
        fc.array(fc.boolean(), { maxLength: 4 }),
        (parts, far, near) => {
          const rule = parts.map(([low, high]) => `${low}-${high}`).join('.');
          const address = far
            .split('.')
            .map((text, i) => (near[i] ? (parts[i] as readonly [number, number])[0] : Number(text)));
          const wanted = address.every((value, i) => {
            const [low, high] = parts[i] as readonly [number, number];
            return low <= value && value <= high;
          });
          expect(matches(rule, address.join('.'))).toBe(wanted);
        },
      ),
    );
  });

  it('takes anything or says why not, and never fails otherwise', () => {
    const piece = fc.constantFrom(
      '1',
      '255',
      '256',
      '0',
      '-',
      '*',
      '.',
      ':',
      '::',
      '/',
      '%',
      'a',
      'ffff',
      '::ffff:1.2.3.4',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          readRules(pieces.join(''));
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_ENDPOINT' });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
