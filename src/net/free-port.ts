/** Is a port free: the only certain answer is to bind it, on both families and on loopback. */

import type { SocketOptions } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';
import { errorCode, wrapSystemError } from '../errors.ts';

/** What trying to bind an address came to. */
export type BindResult = 'free' | 'held' | 'not permitted';

/** Where a port can be taken: everywhere or on loopback only. */
const ADDRESSES = { 4: ['0.0.0.0', '127.0.0.1'], 6: ['::', '::1'] } as const;

/** The port's state, and on which addresses it is held. */
export interface PortTrial {
  /** `not permitted` where nothing is known to hold it but it may not be bound either (a port below 1024). */
  readonly result: BindResult;
  readonly heldOn: readonly string[];
}

/**
 * Binds a port for a moment to see whether a server could: another may take it the moment after.
 *
 * @throws NettkError for what is neither free, held nor forbidden (too many open files, say)
 */
export async function tryPort(port: number, protocol: 'tcp' | 'udp'): Promise<PortTrial> {
  // Who may bind both families everywhere could bind any address; only where that fails is each one tried.
  if ((await tryAddress(port, protocol)) === 'free') return { result: 'free', heldOn: [] };
  const trials = await Promise.all(([4, 6] as const).map((family) => tryFamily(port, protocol, family)));
  const heldOn = trials.flatMap((trial) => trial.heldOn);
  const isForbidden = trials.some((trial) => trial.result === 'not permitted');
  return { result: heldOn.length > 0 ? 'held' : isForbidden ? 'not permitted' : 'free', heldOn };
}

async function tryFamily(port: number, protocol: 'tcp' | 'udp', family: 4 | 6): Promise<PortTrial> {
  const heldOn: string[] = [];
  let result: BindResult = 'free';
  // One after another: binding :: and ::1 at once would find each other.
  for (const address of ADDRESSES[family]) {
    const one = await tryAddress(port, protocol, address);
    if (one === 'held') heldOn.push(address);
    if (one !== 'free') result = one;
  }
  return { result, heldOn };
}

/** Binds one address for a moment; without one, both families everywhere. */
async function tryAddress(port: number, protocol: 'tcp' | 'udp', address?: string): Promise<BindResult> {
  try {
    await (protocol === 'tcp' ? bindTcp(port, address) : bindUdp(port, address));
    return 'free';
  } catch (error) {
    const code = errorCode(error);
    // Without IPv6 there is no both: the addresses one by one know.
    if (address === undefined) return 'held';
    if (code === 'EADDRINUSE') return 'held';
    if (code === 'EACCES' || code === 'EPERM') return 'not permitted';
    // A machine without this family, or without loopback in it, has nothing there that could hold the port.
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return 'free';
    throw wrapSystemError(error, `bind ${protocol} port ${port}`);
  }
}

function bindTcp(port: number, host?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Somebody who connects in this moment is sent away at once, so that closing does not wait for them.
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    const where = host === undefined ? { port } : { port, host, ipv6Only: true };
    server.listen({ ...where, exclusive: true }, () => {
      // Where :: cannot be had, Node takes 0.0.0.0 alone.
      const isBoth = host !== undefined || (server.address() as AddressInfo).family === 'IPv6';
      server.close(() => (isBoth ? resolve() : reject(new Error('bound IPv4 only'))));
    });
  });
}

async function bindUdp(port: number, given?: string): Promise<void> {
  const { createSocket } = await import('node:dgram');
  const address = given ?? '::';
  const family = address.includes(':') ? 6 : 4;
  // The addresses are literals; looking them up would compile Node's IPv6 check, which takes 5 ms.
  const lookup: NonNullable<SocketOptions['lookup']> = (host, _options, done) => done(null, host, family);
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: `udp${family}`, ipv6Only: family === 6 && given !== undefined, lookup });
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve()));
  });
}
