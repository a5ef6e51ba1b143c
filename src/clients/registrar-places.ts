/** What of a server can be registered, and under which address. */

import { type Endpoint, formatAuthority } from '../net/endpoint.ts';
import { isOwnAddress } from '../stream/http-origin.ts';

/** One entry that a name server shall have. */
export interface Place {
  /** The name to be found by, one DNS label. */
  readonly name: string;
  /** Where it listens. */
  readonly endpoint: Endpoint;
  /** What it is, for people. */
  readonly description?: string | undefined;
}

/** An address that others use, such as that of a router which passes connections on. */
export interface Advertised {
  /** A name is looked up each time it is registered. */
  readonly host: string;
  /** The port that we listen on where left out. */
  readonly port?: number | undefined;
}

const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];

/**
 * The endpoints that are worth an entry: no Unix sockets, and one for each port. Where a port is served over TCP and UDP the
 * entry is TCP's, which can be checked.
 */
export function registrable(endpoints: readonly Endpoint[]): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    if (endpoint.scheme === 'unix') continue;
    const where = formatAuthority(endpoint);
    if (endpoint.scheme !== 'udp' || !found.has(where)) found.set(where, endpoint);
  }
  return [...found.values()];
}

/**
 * The target to register a place with: its port alone where the address that the name server sees will do.
 *
 * @param ownHost our address on the connection to the name server; empty where it is not known
 */
export function targetOf({ endpoint }: Place, ownHost: string, advertised?: Advertised): string {
  const { host, port } = endpoint;
  if (advertised) return formatAuthority({ host: advertised.host, port: advertised.port ?? port });
  // A loopback address would mean the name server's own machine to it.
  const isSeen = WILDCARDS.includes(host) || host === ownHost || (isLoopback(host) && !isLoopback(ownHost));
  return isSeen ? String(port) : formatAuthority(endpoint);
}

/**
 * Is a place, registered with this target, out of reach for all but its own machine?
 *
 * @param target ADDRESS:PORT, as the name server has it
 */
export function isOutOfReach({ endpoint }: Place, target: string): boolean {
  return isLoopback(endpoint.host) && !isLoopback(target.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
}

const isLoopback = isOwnAddress;
