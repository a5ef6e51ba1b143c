/** A UDP socket as a Duplex: every write is one datagram, every chunk read is one (RFC 768). */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { errorCode, NettkError, usageError, wrapSystemError } from '../errors.ts';
import type { HostAddress } from './addresses.ts';
import { asConn, type Conn } from './conn.ts';
import type { DialOptions } from './dial.ts';
import type { Endpoint } from './endpoint.ts';
import { interfaceAddress, isBroadcast, isMulticast } from './multicast.ts';

/** How many datagrams wait for a slow reader; what comes on top is lost, as UDP may lose it anyway. */
const MAX_QUEUED_DATAGRAMS = 1_024;

/** What the kernel says of the broadcast addresses it knows, which are more than those of our interfaces. */
const BARRED = Object.assign(new Error('broadcast'), { code: 'EACCES' });

/** Where datagrams go; a connected socket knows. */
type Target = readonly [port: number, address: string] | readonly [];

/** The Duplex over a socket; an object stream, so that boundaries and empty datagrams survive. */
class DatagramConn extends Duplex {
  readonly #socket: Socket;
  readonly #target: Target;

  constructor(socket: Socket, target: Target) {
    super({ objectMode: true, readableHighWaterMark: MAX_QUEUED_DATAGRAMS });
    this.#socket = socket;
    this.#target = target;
    socket.on('message', (message) => {
      if (this.readableLength < MAX_QUEUED_DATAGRAMS) this.push(message);
    });
    // An ICMP "port unreachable" comes as ECONNREFUSED on the connected socket.
    socket.on('error', (error) => this.destroy(error));
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    const [port, address] = this.#target;
    const sent = (error: Error | null): void => done(error);
    if (address === undefined) this.#socket.send(chunk, sent);
    else this.#socket.send(chunk, port, address, sent);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.close(() => done(error));
  }
}

/**
 * Opens a UDP socket connected to the first address that the system has a way to. One for a group or a whole network
 * hears whoever answers, since nobody answers from such an address.
 *
 * @throws NettkError as the system says; `EACCES` for a broadcast address without `broadcast`
 */
export async function openDatagramConn(
  addresses: readonly HostAddress[],
  endpoint: Endpoint,
  options: DialOptions,
  action: string,
): Promise<Conn> {
  if (endpoint.port === 0) {
    throw new NettkError({ code: 'BAD_ENDPOINT', action, reason: 'port 0 is nobody: datagrams go to 1 to 65535' });
  }
  let failure: unknown;
  for (const { address, family } of addresses) {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      const target = await prepare(socket, { address, family }, endpoint.port, options);
      return asConn(new DatagramConn(socket, target), { ...endpoint, host: address });
    } catch (error) {
      failure ??= error;
      socket.close();
    }
  }
  const isBarred = errorCode(failure) === 'EACCES' && !options.broadcast;
  throw wrapSystemError(failure, action, isBarred ? { reason: 'a broadcast address', hint: '--broadcast' } : {});
}

/** Binds and connects a socket; returns where to send where it cannot be connected. */
async function prepare(socket: Socket, to: HostAddress, port: number, options: DialOptions): Promise<Target> {
  const isToGroup = isMulticast(to.address);
  const isToMany = isToGroup || isBroadcast(to.address);
  if (options.localAddress !== undefined || options.localPort !== undefined || isToMany || options.broadcast) {
    socket.bind(options.localPort ?? 0, options.localAddress);
    await once(socket, 'listening');
  }
  if (isToMany && !isToGroup && !options.broadcast) throw BARRED;
  if (options.broadcast) socket.setBroadcast(true);
  leaveBy(socket, to, options);
  if (isToMany) return [port, to.address];
  socket.connect(port, to.address);
  await once(socket, 'connect');
  return [];
}

/** How datagrams to a group leave this machine. */
function leaveBy(socket: Socket, to: HostAddress, { multicastTtl, multicastInterface }: DialOptions): void {
  if (multicastTtl === undefined && multicastInterface === undefined) return;
  if (!isMulticast(to.address)) throw usageError(`multicast to ${to.address}`, 'not the address of a group');
  if (multicastTtl !== undefined) socket.setMulticastTTL(multicastTtl);
  if (multicastInterface !== undefined) socket.setMulticastInterface(interfaceAddress(multicastInterface, to.family));
}
