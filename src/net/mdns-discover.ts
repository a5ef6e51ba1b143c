/** Asks the local network where a service is: DNS-SD (RFC 6763) over multicast DNS (RFC 6762), over IPv4. */

import { isIPv4 } from 'node:net';
import type { Answer, DecodedPacket } from 'dns-packet';
import type { MulticastDNS } from 'multicast-dns';
import type { Endpoint } from './endpoint.ts';
import { isOnLink, linkAddresses, openMdnsSocket } from './mdns-socket.ts';

/** When the question is asked again, in milliseconds: an answer may be lost, or resting. */
const ASK_AT_MS: readonly number[] = [0, 300, 650];
/** How long others are waited for once somebody has answered, in milliseconds. */
const OTHERS_MS = 250;
/** Answers taken at most: a network may be hostile. */
const MAX_FOUND = 64;

/** Somebody who announces the service. */
export interface Discovered {
  /** What it calls itself; printable ASCII. */
  readonly name: string;
  /** The address that the answer came from, and the port that it named; `tls` where it says so. */
  readonly endpoint: Endpoint;
}

/**
 * Asks on all links who has a service. An answer speaks for its sender only: nobody can send us to somebody else.
 *
 * @param type `_nettk-name._tcp`
 * @returns those that answered, this machine's first; empty where nobody did in time
 * @throws the signal's reason
 */
export async function discover(type: string, limitMs: number, signal: AbortSignal): Promise<Discovered[]> {
  const opened = await Promise.all(linkAddresses().map((address) => openMdnsSocket(address)));
  const sockets = opened.filter((one) => one !== undefined);
  try {
    signal.throwIfAborted();
    return await collect(sockets, `${type}.local`, limitMs, signal);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function collect(
  sockets: readonly MulticastDNS[],
  name: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<Discovered[]> {
  const found = new Map<string, Discovered>();
  return new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      done();
    };
    const finish = (): void => settle(() => resolve([...found.values()].sort(nearestFirst)));
    const onAbort = (): void => settle(() => reject(signal.reason));
    const ask = (): void => {
      for (const socket of sockets) socket.query([{ name, type: 'PTR' }]);
    };
    const timers = [
      setTimeout(finish, sockets.length === 0 ? 0 : limitMs),
      ...ASK_AT_MS.map((ms) => setTimeout(ask, ms)),
    ];
    signal.addEventListener('abort', onAbort);
    const onResponse = (packet: DecodedPacket, sender: { readonly address: string }): void => {
      if (found.size >= MAX_FOUND || !isOnLink(sender.address)) return;
      const isFirst = found.size === 0;
      for (const one of readAnnouncements(packet, name, sender.address)) {
        const known = found.get(one.name);
        // A server on several links of ours is one.
        if (!known || nearestFirst(one, known) < 0) found.set(one.name, one);
      }
      if (isFirst && found.size > 0) timers.push(setTimeout(finish, OTHERS_MS));
    };
    for (const socket of sockets)
      socket.on('response', (packet, sender) => onResponse(packet as DecodedPacket, sender));
  });
}

/**
 * What a packet announces of a type; nothing where it says goodbye, or nonsense.
 *
 * @param name of the type, with `.local`
 * @param address of the sender
 */
export function readAnnouncements(packet: DecodedPacket, name: string, address: string): Discovered[] {
  if (!isIPv4(address)) return [];
  const records: Answer[] = [...(packet.answers ?? []), ...(packet.additionals ?? [])].slice(0, MAX_FOUND * 4);
  return records.flatMap((record) => {
    if (record.type !== 'PTR' || record.name.toLowerCase() !== name || typeof record.data !== 'string') return [];
    const instance = record.data;
    const own = records.filter((one) => 'name' in one && one.name.toLowerCase() === instance.toLowerCase());
    const srv = own.find((one) => one.type === 'SRV');
    const port = srv?.type === 'SRV' ? srv.data.port : 0;
    if (record.ttl === 0 || port < 1 || port > 65_535) return [];
    const isTls = own.some((one) => one.type === 'TXT' && [one.data].flat().some((text) => String(text) === 'tls=1'));
    const label = instance
      .slice(0, -name.length - 1)
      .replace(/[^\x20-\x7e]/g, '?')
      .slice(0, 63);
    return [{ name: label, endpoint: { scheme: isTls ? 'tls' : 'tcp', host: address, port, path: '' } as const }];
  });
}

function nearestFirst(one: Discovered, other: Discovered): number {
  const rank = ({ endpoint: { host, port } }: Discovered): string =>
    `${host.startsWith('127.') ? 0 : 1} ${host} ${String(port).padStart(5, '0')}`;
  return rank(one) < rank(other) ? -1 : 1;
}
