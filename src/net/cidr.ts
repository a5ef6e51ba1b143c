/** Networks in CIDR notation and their arithmetic (RFC 4632, RFC 4291). */

import { isIP, isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { NettkError } from '../errors.ts';
import { inetPton } from './inet.ts';

/** A network. */
export interface Network {
  readonly family: 4 | 6;
  /** The address as given, host bits included. */
  readonly address: string;
  /** 0–32, or 0–128 for IPv6. */
  readonly prefix: number;
  readonly network: string;
  /** The last address of an IPv4 network; undefined for IPv6, /31 and /32, which have no broadcast. */
  readonly broadcast: string | undefined;
  /** The first and last address a host can have. */
  readonly first: string;
  readonly last: string;
  /** The network's last address, whatever it is for. */
  readonly end: string;
  /** How many addresses there are, and how many of them hosts can have. */
  readonly count: bigint;
  readonly usable: bigint;
  readonly mask: string;
  /** The mask turned over, as access lists write it. */
  readonly wildcard: string;
}

/**
 * Parses `address/prefix`, or `address/mask` for IPv4, and works the network out. Of an IPv4 network of more than two
 * addresses, the first and last are no host's (RFC 3021 frees those of /31); of an IPv6 one, the first is every
 * router's (RFC 4291, 2.6.1), but for /127 (RFC 6164) and /128.
 *
 * @throws NettkError `BAD_ENDPOINT` with the reason
 * @example parseNetwork('192.0.2.77/26').network // '192.0.2.64'
 */
export function parseNetwork(text: string): Network {
  const { family, address, prefix } = splitNetwork(text);
  return describe(address, family, prefix);
}

/**
 * Splits a network into its address, host bits included, and the length of its prefix.
 *
 * @throws NettkError `BAD_ENDPOINT` with the reason
 */
export function splitNetwork(text: string): Pick<Network, 'family' | 'address' | 'prefix'> {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  if (!isIPv4(address) && !(isIPv6(address) && !address.includes('%'))) {
    throw refuse(text, `${JSON.stringify(address)} is not an address literal without a zone`);
  }
  const family = isIP(address) as 4 | 6;
  return { family, address, prefix: parsePrefix(text, text.slice(slash + 1), family) };
}

function parsePrefix(text: string, prefix: string, family: 4 | 6): number {
  const bits = family === 4 ? 32 : 128;
  if (/^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits) return Number(prefix);
  if (family === 6 || !isIPv4(prefix)) throw refuse(text, `the prefix is a number from 0 to ${bits}`);
  const length = ipaddr.IPv4.parse(prefix).prefixLengthFromSubnetMask();
  if (length === null) throw refuse(text, `${prefix} is not a mask: its ones do not stand in front of its zeros`);
  return length;
}

function describe(address: string, family: 4 | 6, prefix: number): Network {
  const bits = family === 4 ? 32 : 128;
  const count = 1n << BigInt(bits - prefix);
  const all = (1n << BigInt(bits)) - 1n;
  const start = toNumber(address, family) & (all ^ (count - 1n));
  const end = start + count - 1n;
  const hasReserved = count > 2n;
  const first = hasReserved ? start + 1n : start;
  const last = hasReserved && family === 4 ? end - 1n : end;
  const show = (number: bigint): string => fromNumber(number, family);
  return {
    family,
    address,
    prefix,
    network: show(start),
    broadcast: hasReserved && family === 4 ? show(end) : undefined,
    first: show(first),
    last: show(last),
    end: show(end),
    count,
    usable: last - first + 1n,
    mask: show(all ^ (count - 1n)),
    wildcard: show(count - 1n),
  };
}

function toNumber(address: string, family: 4 | 6): bigint {
  return BigInt(`0x${inetPton(family, address).toString('hex')}`);
}

function fromNumber(number: bigint, family: 4 | 6): string {
  const packed = Buffer.from(number.toString(16).padStart(family === 4 ? 8 : 32, '0'), 'hex');
  // Networks and masks are no mapped addresses: their last words are not shown with dots.
  return family === 4 ? packed.join('.') : new ipaddr.IPv6([...packed]).toRFC5952String();
}

function refuse(text: string, reason: string): NettkError {
  return new NettkError({ code: 'BAD_ENDPOINT', action: `network ${JSON.stringify(text)}`, reason });
}
