/** What kind of address it is: the IANA special-purpose registries (RFC 6890), read strictly. */

import ipaddr from 'ipaddr.js';
import { inetNtop, inetPton } from './inet.ts';

/** A kind of address. */
export interface AddressClass {
  /** One word: `loopback`, `private`, `cgnat`, `ula`, `global` … */
  readonly name: string;
  /** What it is for, with the document that says so. */
  readonly meaning: string;
}

/** Ranges, the narrower before the wider. */
const CLASSES: readonly (readonly [range: string, name: string, meaning: string])[] = [
  ['0.0.0.0/32', 'unspecified', 'every interface when bound, no host (RFC 1122)'],
  ['0.0.0.0/8', 'this-network', 'this network (RFC 791)'],
  ['10.0.0.0/8', 'private', 'private use (RFC 1918)'],
  ['100.64.0.0/10', 'cgnat', 'shared address space of carrier-grade NAT (RFC 6598)'],
  ['127.0.0.0/8', 'loopback', 'only this machine (RFC 1122)'],
  ['169.254.0.0/16', 'link-local', 'only this link (RFC 3927)'],
  ['172.16.0.0/12', 'private', 'private use (RFC 1918)'],
  ['192.0.0.0/24', 'protocol', 'IETF protocol assignments (RFC 6890)'],
  ['192.0.2.0/24', 'documentation', 'examples, TEST-NET-1 (RFC 5737)'],
  ['192.31.196.0/24', 'as112', 'AS112 name servers (RFC 7535)'],
  ['192.52.193.0/24', 'amt', 'automatic multicast tunnels (RFC 7450)'],
  ['192.88.99.0/24', '6to4-relay', '6to4 relay anycast, deprecated (RFC 7526)'],
  ['192.168.0.0/16', 'private', 'private use (RFC 1918)'],
  ['192.175.48.0/24', 'as112', 'AS112 name servers (RFC 7534)'],
  ['198.18.0.0/15', 'benchmarking', 'benchmarks of network devices (RFC 2544)'],
  ['198.51.100.0/24', 'documentation', 'examples, TEST-NET-2 (RFC 5737)'],
  ['203.0.113.0/24', 'documentation', 'examples, TEST-NET-3 (RFC 5737)'],
  ['224.0.0.0/4', 'multicast', 'a group of hosts (RFC 5771)'],
  ['255.255.255.255/32', 'broadcast', 'every host of this network (RFC 919)'],
  ['240.0.0.0/4', 'reserved', 'future use (RFC 1112)'],
  ['0.0.0.0/0', 'global', 'the public internet'],
  ['::/128', 'unspecified', 'every interface when bound, no host (RFC 4291)'],
  ['::1/128', 'loopback', 'only this machine (RFC 4291)'],
  ['::ffff:0:0/96', 'v4-mapped', 'an IPv4 address on an IPv6 socket (RFC 4291)'],
  ['::/96', 'v4-compatible', 'an IPv4 address in IPv6 form, deprecated (RFC 4291)'],
  ['64:ff9b::/96', 'nat64', 'an IPv4 host behind a translator (RFC 6052)'],
  ['64:ff9b:1::/48', 'nat64-local', 'translation of local use (RFC 8215)'],
  ['100::/64', 'discard', 'thrown away (RFC 6666)'],
  ['2001::/32', 'teredo', 'an IPv4 tunnel through NAT (RFC 4380)'],
  ['2001:2::/48', 'benchmarking', 'benchmarks of network devices (RFC 5180)'],
  ['2001:3::/32', 'amt', 'automatic multicast tunnels (RFC 7450)'],
  ['2001:4:112::/48', 'as112', 'AS112 name servers (RFC 7535)'],
  ['2001:10::/28', 'orchid', 'hash identifiers, deprecated (RFC 4843)'],
  ['2001:20::/28', 'orchid2', 'hash identifiers (RFC 7343)'],
  ['2001:30::/28', 'drone', 'drone remote identification (RFC 9374)'],
  ['2001::/23', 'protocol', 'IETF protocol assignments (RFC 2928)'],
  ['2001:db8::/32', 'documentation', 'examples (RFC 3849)'],
  ['3fff::/20', 'documentation', 'examples (RFC 9637)'],
  ['2002::/16', '6to4', 'an IPv4 tunnel (RFC 3056)'],
  ['2620:4f:8000::/48', 'as112', 'AS112 name servers (RFC 7534)'],
  ['5f00::/16', 'srv6', 'segment routing identifiers (RFC 9602)'],
  ['fc00::/7', 'ula', 'unique local, the private use of IPv6 (RFC 4193)'],
  ['fe80::/10', 'link-local', 'only this link (RFC 4291)'],
  ['fec0::/10', 'site-local', 'only this site, deprecated (RFC 3879)'],
  ['ff00::/8', 'multicast', 'a group of hosts (RFC 4291)'],
  ['2000::/3', 'global', 'the public internet'],
  ['::/0', 'reserved', 'not assigned (RFC 4291)'],
];

/**
 * Tells what kind of address a literal is.
 *
 * @param address a strict literal, with or without a zone
 * @throws NettkError `BAD_ENDPOINT` where it is none
 * @example classifyAddress('100.64.1.1').name // 'cgnat'
 */
export function classifyAddress(address: string): AddressClass {
  const [name, meaning] = classRange(address);
  return { name, meaning };
}

/**
 * Tells what kind of addresses lie between two; undefined where there are several kinds.
 *
 * @throws NettkError `BAD_ENDPOINT` where one of them is no literal
 */
export function classifyRange(first: string, last: string): AddressClass | undefined {
  const [name, meaning, range] = classRange(first);
  if (classRange(last)[2] !== range) return undefined;
  // Wide ranges such as 0.0.0.0/0 have narrower ones inside that are of another kind.
  const inside = CLASSES.map(([other]) => other).filter((other) => isBetween(startOf(other), first, last));
  return inside.some((other) => classRange(startOf(other))[2] !== range) ? undefined : { name, meaning };
}

const startOf = (range: string): string => range.slice(0, range.indexOf('/'));

function isBetween(address: string, first: string, last: string): boolean {
  const family = first.includes(':') ? 6 : 4;
  if (address.includes(':') !== (family === 6)) return false;
  const packed = inetPton(family, address);
  return packed.compare(inetPton(family, first)) >= 0 && packed.compare(inetPton(family, last)) <= 0;
}

/**
 * The IPv4 address that an IPv6 one carries: v4-mapped, NAT64, 6to4, or Teredo's client; undefined where it carries none.
 *
 * @example embeddedIpv4('2002:c000:204::1') // '192.0.2.4'
 */
export function embeddedIpv4(address: string): string | undefined {
  const { name } = classifyAddress(address);
  if (!address.includes(':')) return undefined;
  const packed = inetPton(6, withoutZone(address));
  if (name === '6to4') return inetNtop(4, packed.subarray(2, 6));
  // RFC 4380 writes the client's address with all its bits turned over.
  if (name === 'teredo')
    return inetNtop(
      4,
      packed.subarray(12).map((byte) => byte ^ 0xff),
    );
  return ['v4-mapped', 'v4-compatible', 'nat64'].includes(name) ? inetNtop(4, packed.subarray(12)) : undefined;
}

function classRange(address: string): [name: string, meaning: string, range: string] {
  const literal = withoutZone(address);
  // ipaddr.js would take C's loose forms as well.
  const packed = inetPton(literal.includes(':') ? 6 : 4, literal);
  const parsed = ipaddr.fromByteArray([...packed]);
  for (const [range, name, meaning] of CLASSES) {
    const [start, bits] = ipaddr.parseCIDR(range);
    if (start.kind() === parsed.kind() && parsed.match(start, bits)) return [name, meaning, range];
  }
  throw new Error(`no class for ${address}`);
}

const withoutZone = (address: string): string => address.replace(/%.*/s, '');
