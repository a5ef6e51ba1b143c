/** The rules of a gate as people write them: addresses, networks, ranges as in ncat and nmap, host names. */

import { isIP } from 'node:net';
import { NettkError } from '../errors.ts';
import { type AddressRange, type PackedAddress, packAddress, unmapAddress } from './address-ranges.ts';
import { splitNetwork } from './cidr.ts';
import { parseHost } from './endpoint.ts';

/** The most ranges that one rule of octet ranges may come to. */
const MAX_RANGES = 65_536;
const HINT = 'an address, 10.0.0.0/8, 10.0.0.1-10.0.0.20, 10.0.0.1-20 or a host name';

/** What rules come to: addresses, and names that are still to be looked up. */
export interface GateRules {
  readonly ranges: readonly AddressRange[];
  readonly names: readonly string[];
}

/**
 * Reads rules separated by commas or blanks. Each is an address, a network (`10.0.0.0/8`, `10.0.0.0/255.0.0.0`,
 * `2001:db8::/32`), the addresses from one to another (`10.0.0.1-10.0.0.20`), nmap's ranges of octets
 * (`192.168.1-2.1-50`, `10.*.0.1`) or a host name. Loose forms of addresses are refused: `010.0.0.1` is 8.0.0.1 to some
 * and 10.0.0.1 to others. Rules for v4-mapped addresses are rules for the IPv4 ones.
 *
 * @throws NettkError `BAD_ENDPOINT` naming the rule
 */
export function readRules(text: string): GateRules {
  const ranges: AddressRange[] = [];
  const names: string[] = [];
  for (const rule of text.split(/[\s,]+/)) {
    if (rule === '') continue;
    const read = readRule(rule);
    if (typeof read === 'string') names.push(read);
    else for (const range of read) ranges.push(range);
  }
  return { ranges, names };
}

/** One rule: its ranges, or the name to look up. */
function readRule(rule: string): readonly AddressRange[] | string {
  if (rule.includes('%')) throw refuse(rule, 'a rule has no zone');
  try {
    if (rule.includes('/')) return [networkRange(rule)];
    if (isIP(rule) !== 0) return [rangeOf(packAddress(rule), packAddress(rule))];
    const [first = '', last = '', more] = rule.split('-');
    if (isIP(first) !== 0 && isIP(last) !== 0 && more === undefined) return [rangeFrom(rule, first, last)];
    if (/^(?=.*[*-])[\d*-]+(\.[\d*-]+){3}$/.test(rule)) return octetRanges(rule);
    return parseHost(rule);
  } catch (error) {
    if (!(error instanceof NettkError) || error.action.startsWith('rule ')) throw error;
    throw refuse(rule, error.message.slice(`${error.action}: `.length));
  }
}

function rangeOf(first: PackedAddress, last: PackedAddress): AddressRange {
  const plain = { first: unmapAddress(first), last: unmapAddress(last) };
  return plain.first.length === plain.last.length ? plain : { first, last };
}

function rangeFrom(rule: string, first: string, last: string): AddressRange {
  if (isIP(first) !== isIP(last)) throw refuse(rule, 'its ends are of two families');
  if (packAddress(first) > packAddress(last)) throw refuse(rule, 'its first address is above its last');
  return rangeOf(packAddress(first), packAddress(last));
}

function networkRange(rule: string): AddressRange {
  const { address, prefix } = splitNetwork(rule);
  const first = Buffer.from(packAddress(address), 'latin1');
  const last = Buffer.from(first);
  for (const [i, byte] of first.entries()) {
    const hostBits = 0xff >> Math.min(8, Math.max(0, prefix - i * 8));
    first[i] = byte & ~hostBits;
    last[i] = byte | hostBits;
  }
  return rangeOf(first.toString('latin1'), last.toString('latin1'));
}

/** The product of the octets' ranges; those at the end that are whole (`*`, 0-255) belong to one range of addresses. */
function octetRanges(rule: string): AddressRange[] {
  const octets = rule.split('.').map((octet) => readOctet(rule, octet));
  let fixed = octets.length;
  while (fixed > 0 && octets[fixed - 1]?.first === 0 && octets[fixed - 1]?.last === 255) fixed -= 1;
  // The last octet that is not whole still makes one run of addresses for each choice of those before it.
  const many = octets.slice(0, Math.max(0, fixed - 1));
  const count = many.reduce((product, { first, last }) => product * (last - first + 1), 1);
  if (count > MAX_RANGES) throw refuse(rule, `it comes to more than ${MAX_RANGES} ranges`, 'networks instead');
  let starts = [''];
  for (const { first, last } of many) {
    const bytes = Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i));
    starts = starts.flatMap((start) => bytes.map((byte) => start + byte));
  }
  const rest = octets.slice(many.length);
  const low = String.fromCharCode(...rest.map(({ first }) => first));
  const high = String.fromCharCode(...rest.map(({ last }) => last));
  return starts.map((start) => ({ first: start + low, last: start + high }));
}

/** `7`, `1-50`, `1-`, `-50`, `-` or `*`, as nmap has them. */
function readOctet(rule: string, octet: string): { first: number; last: number } {
  if (octet === '*') return { first: 0, last: 255 };
  const [low = '', high = low, more] = octet.split('-');
  const first = low === '' ? 0 : Number(low);
  const last = high === '' ? 255 : Number(high);
  const isSound = [low, high].every((end) => /^(0|[1-9]\d{0,2})?$/.test(end)) && more === undefined && octet !== '';
  if (isSound && first <= last && last <= 255) return { first, last };
  throw refuse(rule, `${JSON.stringify(octet)} is no range of numbers from 0 to 255 without leading zeros`);
}

function refuse(rule: string, reason: string, hint: string = HINT): NettkError {
  return new NettkError({ code: 'BAD_ENDPOINT', action: `rule ${JSON.stringify(rule)}`, reason, hint });
}
