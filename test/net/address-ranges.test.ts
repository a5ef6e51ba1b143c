import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddressRange, AddressRanges, packAddress, unmapAddress } from '../../src/net/address-ranges.ts';
import { inetNtop } from '../../src/net/inet.ts';

const range = (first: string, last: string = first): AddressRange => ({
  first: packAddress(first),
  last: packAddress(last),
});
const octets = fc.uint8Array({ minLength: 4, maxLength: 4 });
const words = fc.uint8Array({ minLength: 16, maxLength: 16 });
const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

describe('packAddress', () => {
  it('has one character for each byte', () => {
    expect(packAddress('127.0.0.1')).toBe('\x7f\0\0\x01');
    expect(packAddress('::1')).toBe(`${'\0'.repeat(15)}\x01`);
  });

  it('drops a zone', () => {
    expect(packAddress('fe80::1%eth0')).toBe(packAddress('fe80::1'));
  });

  it('keeps the order of addresses', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(octets, words).chain((bytes) => fc.tuple(bytes, bytes)),
        ([one, other]) => {
          const family = one.length === 4 ? 4 : 6;
          const isBelow = packAddress(inetNtop(family, one)) < packAddress(inetNtop(family, other));
          expect(isBelow).toBe(number(one) < number(other));
        },
      ),
    );
  });

  it.each(['', '127.1', '010.0.0.1', '0x7f.1', '::g', 'localhost', '1.2.3.4.5'])('refuses %j', (text) => {
    expect(() => packAddress(text)).toThrow(/not an IPv6 address/);
  });
});

describe('unmapAddress', () => {
  it('makes a v4-mapped address the IPv4 one, however it is written', () => {
    for (const text of ['::ffff:127.0.0.1', '::FFFF:7f00:1', '0:0:0:0:0:ffff:7f00:0001']) {
      expect(unmapAddress(packAddress(text))).toBe(packAddress('127.0.0.1'));
    }
  });

  it.each(['127.0.0.1', '::1', '::127.0.0.1', 'fe80::ffff:127.0.0.1', '64:ff9b::127.0.0.1'])('leaves %s', (text) => {
    expect(unmapAddress(packAddress(text))).toBe(packAddress(text));
  });
});

describe('AddressRanges', () => {
  it('has what lies in one of its ranges, both ends included', () => {
    const ranges = AddressRanges.of([range('10.0.0.5', '10.0.0.9'), range('192.0.2.1')]);
    const has = (text: string): boolean => ranges.has(packAddress(text));
    expect(['10.0.0.4', '10.0.0.5', '10.0.0.7', '10.0.0.9', '10.0.0.10'].map(has)).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(['192.0.2.0', '192.0.2.1', '192.0.2.2'].map(has)).toEqual([false, true, false]);
  });

  it('keeps the families apart', () => {
    const ranges = AddressRanges.of([range('::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')]);
    expect(ranges.has(packAddress('10.0.0.1'))).toBe(false);
    expect(ranges.has(packAddress('::1'))).toBe(true);
  });

  it('has nothing when it is empty', () => {
    expect(AddressRanges.of([]).has(packAddress('10.0.0.1'))).toBe(false);
  });

  it('answers as looking through all ranges does', () => {
    // Few different addresses, so that ranges touch, overlap and hold each other.
    const near = fc.integer({ min: 0, max: 300 });
    const show = (value: number): string => `10.0.${value >> 8}.${value & 255}`;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(near, near), { maxLength: 20 }),
        fc.array(near, { maxLength: 20 }),
        (pairs, asked) => {
          const sorted = pairs.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
          const ranges = AddressRanges.of(sorted.map(([low, high]) => range(show(low), show(high))));
          for (const value of asked) {
            const isIn = sorted.some(([low, high]) => low <= value && value <= high);
            expect(ranges.has(packAddress(show(value)))).toBe(isIn);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('joins what overlaps', () => {
    expect(AddressRanges.of([range('10.0.0.1', '10.0.0.9'), range('10.0.0.2', '10.0.0.3')]).size).toBe(1);
  });
});
