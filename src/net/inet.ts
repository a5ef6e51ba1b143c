/** Addresses and numbers in network byte order: inet_pton(3), inet_ntop(3), inet_aton(3) and byteorder(3). */

import { isIPv4, isIPv6 } from 'node:net';
import { endianness } from 'node:os';
import { NettkError } from '../errors.ts';

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const MAX_UINT16 = 0xffff;
const MAX_UINT32 = 0xffff_ffff;
const IS_LITTLE_ENDIAN = endianness() === 'LE';

/**
 * Packs an address literal into its 4 or 16 bytes; strict, as inet_pton(3): no short or octal forms, no zone.
 *
 * @throws NettkError `BAD_ENDPOINT` where it is no literal of the family
 * @example inetPton(6, '::1') // 16 bytes, the last one 1
 */
export function inetPton(family: 4 | 6, text: string): Buffer {
  if (family === 4 && isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (family === 6 && isIPv6(text) && !text.includes('%')) return packIpv6(text);
  throw refuse(text, `not an IPv${family} address`);
}

function packIpv6(text: string): Buffer {
  const [head = '', tail] = withoutDots(text).split('::');
  const before = wordsOf(head);
  const after = wordsOf(tail ?? '');
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  const packed = Buffer.alloc(IPV6_BYTES);
  for (const [i, word] of [...before, ...zeros, ...after].entries()) packed.writeUInt16BE(word, i * 2);
  return packed;
}

/** Writes an IPv4 address at the end of an IPv6 one as two words. */
function withoutDots(text: string): string {
  const start = text.lastIndexOf(':') + 1;
  if (!text.includes('.')) return text;
  const packed = inetPton(4, text.slice(start));
  return `${text.slice(0, start)}${packed.readUInt16BE(0).toString(16)}:${packed.readUInt16BE(2).toString(16)}`;
}

const wordsOf = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));

/**
 * Prints packed bytes as an address literal as glibc's inet_ntop(3) does: IPv6 shortened (RFC 5952), v4-mapped and
 * v4-compatible addresses with dots.
 *
 * @throws NettkError `BAD_ENDPOINT` unless there are 4 bytes for family 4, 16 for family 6
 */
export function inetNtop(family: 4 | 6, packed: Uint8Array): string {
  const length = family === 4 ? IPV4_BYTES : IPV6_BYTES;
  if (packed.length !== length) {
    throw refuse(`${packed.length} bytes`, `an IPv${family} address has ${length}`);
  }
  return family === 4 ? packed.join('.') : printIpv6(Buffer.from(packed));
}

function printIpv6(packed: Buffer): string {
  const words = Array.from({ length: 8 }, (_, i) => packed.readUInt16BE(i * 2));
  const zeros = longestZeros(words);
  const embedsIpv4 = zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && words[5] === MAX_UINT16));
  const texts = words.map((word) => word.toString(16));
  if (embedsIpv4) texts.splice(6, 2, packed.subarray(12).join('.'));
  if (zeros.length < 2) return texts.join(':');
  return `${texts.slice(0, zeros.start).join(':')}::${texts.slice(zeros.start + zeros.length).join(':')}`;
}

/** The first of the longest runs of zero words. */
function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 };
  let start = 0;
  for (const [i, word] of words.entries()) {
    if (word !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  }
  return best;
}

/**
 * Packs an IPv4 address in any of C's loose forms: one to four parts, each decimal, octal (`0…`) or hexadecimal
 * (`0x…`), the last one filling the bytes left; blanks and what follows them are ignored. nettk itself never reads
 * input with it: `010.0.0.1` is 8.0.0.1 here.
 *
 * @throws NettkError `BAD_ENDPOINT` where C would refuse it too
 * @example inetNtoa(inetAton('127.1')) // '127.0.0.1'
 */
export function inetAton(text: string): Buffer {
  const parts = (text.split(/[ \t\n\v\f\r]/, 1)[0] ?? '').split('.').map(readLoosely);
  const last = parts.pop() ?? Number.NaN;
  const isSound = parts.length < IPV4_BYTES && parts.every((part) => part <= 255);
  // NaN compares false, so a part that is no number is refused here as well.
  if (!isSound || !(last < 256 ** (IPV4_BYTES - parts.length))) throw refuse(text, 'not an IPv4 address in any form');
  const packed = Buffer.alloc(IPV4_BYTES);
  packed.writeUInt32BE(last);
  packed.set(parts);
  return packed;
}

function readLoosely(part: string): number {
  if (/^0x[\da-f]+$/i.test(part)) return Number(part);
  if (/^0[0-7]*$/.test(part)) return Number.parseInt(part, 8);
  return /^[1-9]\d*$/.test(part) ? Number(part) : Number.NaN;
}

/**
 * Prints four packed bytes as a dotted IPv4 address.
 *
 * @throws NettkError `BAD_ENDPOINT` unless there are four
 */
export function inetNtoa(packed: Uint8Array): string {
  return inetNtop(4, packed);
}

/** A 16-bit number from this machine's byte order to the network's. @throws NettkError `USAGE` outside 0–65535 */
export function htons(number: number): number {
  return swap(number, MAX_UINT16, 2);
}

/** A 16-bit number from the network's byte order to this machine's. @throws NettkError `USAGE` outside 0–65535 */
export function ntohs(number: number): number {
  return swap(number, MAX_UINT16, 2);
}

/** A 32-bit number from this machine's byte order to the network's. @throws NettkError `USAGE` outside 0–2^32-1 */
export function htonl(number: number): number {
  return swap(number, MAX_UINT32, 4);
}

/** A 32-bit number from the network's byte order to this machine's. @throws NettkError `USAGE` outside 0–2^32-1 */
export function ntohl(number: number): number {
  return swap(number, MAX_UINT32, 4);
}

function swap(number: number, max: number, bytes: number): number {
  if (!Number.isInteger(number) || number < 0 || number > max) {
    throw new NettkError({ code: 'USAGE', action: `number ${number}`, reason: `not a whole number from 0 to ${max}` });
  }
  if (!IS_LITTLE_ENDIAN) return number;
  const packed = Buffer.alloc(bytes);
  packed.writeUIntBE(number, 0, bytes);
  return packed.readUIntLE(0, bytes);
}

function refuse(text: string, reason: string): NettkError {
  return new NettkError({ code: 'BAD_ENDPOINT', action: `address ${JSON.stringify(text)}`, reason });
}
