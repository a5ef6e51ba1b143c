/** Sockets of multicast DNS (RFC 6762), one for each IPv4 interface: what one says is heard on its own link only. */

import { networkInterfaces } from 'node:os';
import type { MulticastDNS } from 'multicast-dns';

/** The addresses that sockets are opened for, one of each interface. */
export function linkAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => {
    const own = (all ?? []).find(({ family }) => family === 'IPv4');
    return own ? [own.address] : [];
  });
}

/** Is an IPv4 address on a link of ours? What comes from elsewhere is not of the local network (RFC 6762, section 11). */
export function isOnLink(address: string): boolean {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.some((own) => own.family === 'IPv4' && masked(own.address, own.netmask) === masked(address, own.netmask));
}

function masked(address: string, netmask: string): string {
  const mask = netmask.split('.').map(Number);
  return address
    .split('.')
    .map((octet, i) => Number(octet) & (mask[i] ?? 0))
    .join('.');
}

/**
 * Opens a socket on the interface with this address; resolves once it can send.
 *
 * @returns undefined where the interface has no multicast, or is gone
 */
export async function openMdnsSocket(address: string): Promise<MulticastDNS | undefined> {
  const { default: makeMdns } = await import('multicast-dns');
  // Bound to the interface's address it would not hear what is sent to the group.
  const socket = makeMdns({ interface: address, bind: '0.0.0.0' });
  // What is not DNS, and a link that goes away, are none of our business.
  socket.on('warning', () => {});
  const isReady = await new Promise<boolean>((resolve) => {
    socket.on('ready', () => resolve(true));
    socket.on('error', () => resolve(false));
  });
  if (isReady) return socket;
  socket.destroy();
  return undefined;
}
