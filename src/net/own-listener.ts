/** Tells whether a connection to an endpoint would come back to a listener of this machine. */

import { networkInterfaces } from 'node:os';
import { hostAddresses } from './addresses.ts';
import { type Endpoint, protocolOf } from './endpoint.ts';

/** Addresses that stand for all of this machine's, to listen on, and for this machine, to connect to. */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];

/**
 * Does dialling `target` reach what listens on `listener`? TCP, TLS and WebSocket are the same here. A name that cannot be
 * looked up reaches nothing.
 */
export async function reachesListener(target: Endpoint, listener: Endpoint): Promise<boolean> {
  if (target.scheme === 'unix' || listener.scheme === 'unix') {
    return target.scheme === listener.scheme && target.path === listener.path;
  }
  if (target.port !== listener.port || protocolOf(target.scheme) !== protocolOf(listener.scheme)) return false;
  const [to, at] = await Promise.all([addressesOf(target.host), addressesOf(listener.host)]);
  const [bound = ''] = at;
  return to.some((address) => covers(bound, address));
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await hostAddresses(host).catch(() => []);
  return found.map(({ address }) => address);
}

/** Does a socket bound to this address hear who connects to that one? */
function covers(bound: string, address: string): boolean {
  if (WILDCARDS.includes(address)) return WILDCARDS.includes(bound) || isLoopback(bound);
  if (!WILDCARDS.includes(bound)) return bound === address;
  // A socket on `::` takes IPv4 too.
  if (bound === '0.0.0.0' && address.includes(':')) return false;
  return isLoopback(address) || ownAddresses().includes(address);
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
