/** Is a port free: the only certain answer is to bind it, on both families and on loopback. */

import { createServer } from 'node:net';
import { errorCode, wrapSystemError } from '../errors.ts';

/** What trying to bind an address came to. */
export type BindResult = 'free' | 'held' | 'not permitted';

/** Where a port can be taken: everywhere or on loopback only, in either family. */
const ADDRESSES = ['0.0.0.0', '::', '127.0.0.1', '::1'] as const;

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
  const heldOn: string[] = [];
  let result: BindResult = 'free';
  // One after another: binding :: and ::1 at once would find each other.
  for (const address of ADDRESSES) {
    const one = await tryAddress(port, protocol, address);
    if (one === 'held') heldOn.push(address);
    if (one === 'not permitted') result = one;
  }
  return { result: heldOn.length > 0 ? 'held' : result, heldOn };
}

async function tryAddress(port: number, protocol: 'tcp' | 'udp', address: string): Promise<BindResult> {
  try {
    await (protocol === 'tcp' ? bindTcp(port, address) : bindUdp(port, address));
    return 'free';
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EADDRINUSE') return 'held';
    if (code === 'EACCES' || code === 'EPERM') return 'not permitted';
    // A machine without this family, or without loopback in it, has nothing there that could hold the port.
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return 'free';
    throw wrapSystemError(error, `bind ${protocol} port ${port}`);
  }
}

function bindTcp(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Somebody who connects in this moment is sent away at once, so that closing does not wait for them.
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen({ port, host, ipv6Only: true, exclusive: true }, () => server.close(() => resolve()));
  });
}

async function bindUdp(port: number, address: string): Promise<void> {
  const { createSocket } = await import('node:dgram');
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' });
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve()));
  });
}
