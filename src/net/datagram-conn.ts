/** A connected UDP socket as a Duplex: every write is one datagram, every chunk read is one (RFC 768). */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { wrapSystemError } from '../errors.ts';
import type { HostAddress } from './addresses.ts';
import { asConn, type Conn } from './conn.ts';
import type { DialOptions } from './dial.ts';
import type { Endpoint } from './endpoint.ts';

/** How many datagrams wait for a slow reader; what comes on top is lost, as UDP may lose it anyway. */
const MAX_QUEUED_DATAGRAMS = 1_024;

/** The Duplex over a connected socket; an object stream, so that boundaries and empty datagrams survive. */
class DatagramConn extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super({ objectMode: true, readableHighWaterMark: MAX_QUEUED_DATAGRAMS });
    this.#socket = socket;
    socket.on('message', (message) => {
      if (this.readableLength < MAX_QUEUED_DATAGRAMS) this.push(message);
    });
    // An ICMP "port unreachable" comes as ECONNREFUSED on the connected socket.
    socket.on('error', (error) => this.destroy(error));
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.send(chunk, (error) => done(error));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.close(() => done(error));
  }
}

/** Opens a UDP socket connected to the first address that the system has a way to. */
export async function openDatagramConn(
  addresses: readonly HostAddress[],
  endpoint: Endpoint,
  options: DialOptions,
  action: string,
): Promise<Conn> {
  let failure: unknown;
  for (const { address, family } of addresses) {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      if (options.localAddress !== undefined || options.localPort !== undefined) {
        socket.bind(options.localPort ?? 0, options.localAddress);
        await once(socket, 'listening');
      }
      socket.connect(endpoint.port, address);
      await once(socket, 'connect');
      return asConn(new DatagramConn(socket), { ...endpoint, host: address });
    } catch (error) {
      failure ??= error;
      socket.close();
    }
  }
  throw wrapSystemError(failure, action);
}
