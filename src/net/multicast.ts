/** Groups of receivers: IP multicast over UDP (RFC 1112, RFC 4291), from one source where asked (RFC 4607). */

import type { Socket } from 'node:dgram';
import { isIP, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { NettkError, wrapSystemError } from '../errors.ts';

/** A group to listen to. */
export interface MulticastGroup {
  /** The group's address, without a zone. */
  readonly group: string;
  /** Hears this sender only (source-specific multicast). */
  readonly source?: string | undefined;
  /** The interface to join on, by name or address; the one that the system's routes name where left out. */
  readonly interface?: string | undefined;
}

/** Is the literal the address of a group (224.0.0.0/4, ff00::/8)? */
export function isMulticast(address: string): boolean {
  if (!isIPv4(address)) return /^ff/i.test(address);
  const first = Number(address.slice(0, address.indexOf('.')));
  return first >= 224 && first < 240;
}

/**
 * Parses `GROUP`, `GROUP%INTERFACE`, `SOURCE@GROUP` and `SOURCE@GROUP%INTERFACE`; the interface by name or address.
 *
 * @throws NettkError `BAD_ENDPOINT` with the reason
 * @example parseMulticastGroup('239.1.2.3%eth0') // { group: '239.1.2.3', source: undefined, interface: 'eth0' }
 */
export function parseMulticastGroup(text: string): MulticastGroup {
  const at = text.indexOf('@');
  const source = at === -1 ? undefined : text.slice(0, at);
  const [group = '', face] = text.slice(at + 1).split(/%(.*)/s);
  const refuse = (reason: string): NettkError =>
    new NettkError({
      code: 'BAD_ENDPOINT',
      action: `group ${JSON.stringify(text)}`,
      reason,
      hint: '239.1.2.3, 239.1.2.3%eth0 or 192.0.2.1@232.1.2.3',
    });
  if (isIP(group) === 0 || !isMulticast(group)) {
    throw refuse(`${JSON.stringify(group)} is not a multicast address (224.0.0.0/4 or ff00::/8)`);
  }
  if (face === '') throw refuse('the interface is missing');
  if (source !== undefined && (isIP(source) !== isIP(group) || isMulticast(source) || source.includes('%'))) {
    throw refuse(`the source is no IPv${isIP(group)} address of a host`);
  }
  return { group, source, interface: face };
}

/**
 * Makes a bound socket hear a group.
 *
 * @param family the socket's
 * @throws NettkError: another family, an interface that is not up, no interface that leads to groups
 */
export function joinGroup(socket: Socket, { group, source, interface: face }: MulticastGroup, family: 4 | 6): void {
  const action = `join ${group}`;
  if (isIP(group) !== family) {
    const hint = family === 4 ? '::' : '0.0.0.0';
    throw new NettkError({ code: 'EAFNOSUPPORT', action, reason: `the socket is an IPv${family} one`, hint });
  }
  const on = face === undefined ? undefined : interfaceAddress(face, family);
  try {
    if (source === undefined) socket.addMembership(group, on);
    else socket.addSourceSpecificMembership(source, group, on);
  } catch (error) {
    const hint = `${group}%${Object.keys(networkInterfaces())[0] ?? 'eth0'} to name the interface`;
    const isLost = (error as { code?: string }).code === 'ENODEV';
    throw isLost
      ? new NettkError({ code: 'ENETUNREACH', action, reason: 'no interface leads to it', hint, cause: error })
      : wrapSystemError(error, action);
  }
}

/**
 * What Node calls an interface: an address of its own for IPv4, `::%name` for IPv6.
 *
 * @param text its name, or for IPv4 also an address of it
 * @throws NettkError `BAD_ENDPOINT` where there is no such interface, or it has no address of the family
 */
export function interfaceAddress(text: string, family: 4 | 6): string {
  const faces = networkInterfaces();
  const names = Object.keys(faces);
  const byAddress = names.find((name) => faces[name]?.some(({ address }) => address === text));
  const name = names.includes(text) ? text : byAddress;
  const refuse = (reason: string): NettkError =>
    new NettkError({
      code: 'BAD_ENDPOINT',
      action: `interface ${JSON.stringify(text)}`,
      reason,
      hint: names.join(', '),
    });
  // With a name that it does not know libuv quietly takes any interface.
  if (name === undefined) throw refuse('not up');
  if (family === 6) return `::%${name}`;
  if (isIPv4(text)) return text;
  const own = faces[name]?.find((one) => one.family === 'IPv4');
  if (!own) throw refuse('has no IPv4 address');
  return own.address;
}

/** Is the literal an address that everybody on a network of this machine hears (RFC 919)? */
export function isBroadcast(address: string): boolean {
  if (!isIPv4(address)) return false;
  if (address === '255.255.255.255') return true;
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return own.some((one) => one.family === 'IPv4' && !one.internal && broadcastOf(one.address, one.netmask) === address);
}

function broadcastOf(address: string, netmask: string): string | undefined {
  // Networks of one or two addresses have none (RFC 3021).
  if (netmask.endsWith('.254') || netmask.endsWith('.255')) return undefined;
  const mask = netmask.split('.').map(Number);
  return address
    .split('.')
    .map((octet, i) => Number(octet) | (~(mask[i] ?? 0) & 0xff))
    .join('.');
}
