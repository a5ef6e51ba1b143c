import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htonl, htons, inetAton, inetNtoa, inetNtop, inetPton, ntohl, ntohs } from '../../src/net/inet.ts';
import { failureOf } from '../support/errors.ts';
import { needs } from '../support/needs.ts';
import { askPython, orError } from '../support/python.ts';

/** Samples are enough: each costs Python a call, and the odd forms are listed by hand. */
const SAMPLES = 500;

const WRITTEN = [
  ...['1.2.3.4', '255.255.255.255', '0.0.0.0', '1.2.3', '01.2.3.4', '1.2.3.256', '1.2.3.4 ', '1.2.3.4.5', ''],
  ...['::', '::1', '1::', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', '::1.2.3.4', '1:2:3:4:5:6:1.2.3.4', '2001:DB8::A'],
  ...['1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '1::8::', '12345::', ':::', '1:2:3', 'fe80::1%lo', '::ffff:1.2.3.04'],
];
const LOOSE = [
  ...['127.1', '1.2.3', '0x7f.1', '010.0.0.1', '017700000001', '0x7f000001', '2130706433', '1.65536', '1.16777216'],
  ...['1.2.65535', '1.2.65536', '256.1', '1.2.3.4', '1.2.3.256', '1.2.3.4.5', '08.1', '0x', '0', '4294967295'],
  ...['4294967296', '127.1 trailing', '127.1\ttab', '127.1x', '', ' 127.1', '1..2', '.1', '1.', '0xFFFFFFFF', '-1'],
];

describe('inetPton and inetNtop', () => {
  it('pack and print every form as the C library does', (context) => {
    needs(context, 'python3');
    for (const family of [4, 6] as const) {
      const name = family === 4 ? 'AF_INET' : 'AF_INET6';
      const theirs = askPython('socket', `socket.inet_pton(socket.${name}, x).hex()`, WRITTEN);
      expect(WRITTEN.map((text) => orError(() => inetPton(family, text).toString('hex')))).toEqual(theirs);
    }
  });

  it('print random addresses, zeros in any place, as the C library does', (context) => {
    needs(context, 'python3');
    const word = fc.oneof({ weight: 3, arbitrary: fc.constant('0000') }, fc.constantFrom('ffff', '0001', 'a0b0'));
    const hexes = fc.sample(fc.array(word, { minLength: 8, maxLength: 8 }), SAMPLES).map((words) => words.join(''));
    const theirs = askPython('socket', 'socket.inet_ntop(socket.AF_INET6, bytes.fromhex(x))', hexes);
    expect(hexes.map((hex) => inetNtop(6, Buffer.from(hex, 'hex')))).toEqual(theirs);
  });

  it('undo each other', () => {
    const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
    const v6 = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(fc.property(v4, (packed) => inetPton(4, inetNtop(4, packed)).equals(packed)));
    fc.assert(fc.property(v6, (packed) => inetPton(6, inetNtop(6, packed)).equals(packed)));
  });

  it('refuse the other family and the wrong number of bytes', () => {
    expect(failureOf(() => inetPton(4, '::1')).code).toBe('BAD_ENDPOINT');
    expect(failureOf(() => inetPton(6, '1.2.3.4')).code).toBe('BAD_ENDPOINT');
    expect(failureOf(() => inetNtop(6, Buffer.alloc(4))).message).toContain('16');
    expect(failureOf(() => inetNtoa(Buffer.alloc(5))).message).toContain('4');
  });
});

describe('inetAton', () => {
  it('reads the loose forms as the C library does', (context) => {
    needs(context, 'python3');
    const theirs = askPython('socket', 'socket.inet_ntoa(socket.inet_aton(x))', LOOSE);
    expect(LOOSE.map((text) => orError(() => inetNtoa(inetAton(text))))).toEqual(theirs);
  });

  it('reads a leading zero as octal, the reason it is never used on input', () => {
    expect(inetNtoa(inetAton('010.0.0.1'))).toBe('8.0.0.1');
  });
});

describe('htons, ntohs, htonl and ntohl', () => {
  it('turn numbers as the C library does', (context) => {
    needs(context, 'python3');
    const short = [0, 1, 13, 255, 256, 0x1234, 65535];
    const long = [...short, 65536, 0x12345678, 2 ** 31, 2 ** 32 - 1];
    expect(short.map(htons)).toEqual(askPython('socket', 'socket.htons(x)', short));
    expect(short.map(ntohs)).toEqual(askPython('socket', 'socket.ntohs(x)', short));
    expect(long.map(htonl)).toEqual(askPython('socket', 'socket.htonl(x)', long));
    expect(long.map(ntohl)).toEqual(askPython('socket', 'socket.ntohl(x)', long));
  });

  it('undo each other', () => {
    fc.assert(fc.property(fc.nat(65535), (number) => ntohs(htons(number)) === number));
    fc.assert(fc.property(fc.nat(0xffff_ffff), (number) => ntohl(htonl(number)) === number));
  });

  it.each([-1, 65536, 1.5, Number.NaN])('refuse %d as 16 bits', (number) => {
    expect(failureOf(() => htons(number)).code).toBe('USAGE');
  });
});
