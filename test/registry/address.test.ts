import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, formatTarget } from '../../src/registry/address.ts';

describe('canonicalAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:7f00:1', '127.0.0.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ])('makes of %s %s', (text, address) => {
    expect(canonicalAddress(text)).toBe(address);
  });

  it.each([
    ['010.0.0.1'],
    ['127.1'],
    ['2130706433'],
    ['0x7f.0.0.1'],
    ['256.0.0.1'],
    ['１27.0.0.1'],
    ['localhost'],
    [''],
    [' 127.0.0.1'],
    ['127.0.0.1\n'],
    ['fe80::1%eth0'],
    ['::1]/?a:b'],
    ['1::2::3'],
    ['0.0.0.0'],
    ['::'],
    ['224.0.0.1'],
    ['ff02::1'],
    ['255.255.255.255'],
  ])('takes %j for no address of a host', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });

  it('gives each address one spelling', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = canonicalAddress(text);
        if (address === undefined) return;
        expect(isIP(address)).not.toBe(0);
        expect(canonicalAddress(address)).toBe(address);
        expect(canonicalAddress(text.toUpperCase())).toBe(address);
      }),
    );
  });

  it('takes nothing that is no literal to the system', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcf:.%[]/ x') }), (text) => {
        if (canonicalAddress(text) !== undefined) expect(isIP(text)).not.toBe(0);
      }),
    );
  });
});

describe('formatTarget', () => {
  it('puts IPv6 in brackets', () => {
    expect([formatTarget('10.0.0.1', 7), formatTarget('::1', 7)]).toEqual(['10.0.0.1:7', '[::1]:7']);
  });
});
