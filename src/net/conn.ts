/** A live byte stream that knows its peer, made of any Duplex. */

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Endpoint, Scheme } from './endpoint.ts';
import { offerPieces } from './piece-socket.ts';
import { plainAddress } from './plain-address.ts';
import type { SocketOptions } from './socket-options.ts';
import { makeResetSure } from './sure-reset.ts';

/** A live byte stream, whatever carries it: a Duplex that knows who is at the other end. */
export interface Conn extends Duplex {
  /** The other side's address. */
  readonly peer: Endpoint;
}

/** How long a connection may be silent before TCP asks whether the peer is alive, in milliseconds (tcp(7)). */
const KEEPALIVE_IDLE_MS = 60_000;

/** Makes a stream a Conn by telling it its peer. */
export function asConn(stream: Duplex, peer: Endpoint): Conn {
  return Object.assign(offerPieces(makeResetSure(stream)), { peer });
}

/** Prepares a TCP socket as every nettk connection has it: no Nagle delay, dead peers noticed unless told otherwise. */
export function tuneSocket(socket: Socket, options: SocketOptions = {}): void {
  const { keepAliveMs = KEEPALIVE_IDLE_MS, typeOfService } = options;
  socket.setNoDelay(true);
  if (keepAliveMs !== false) socket.setKeepAlive(true, keepAliveMs);
  if (typeOfService === undefined) return;
  try {
    socket.setTypeOfService(typeOfService);
  } catch {
    // The peer has left already: nothing more will be sent to it.
  }
}

/** The far end of a connected socket. */
export function peerOf(socket: Socket, scheme: Scheme, path = ''): Endpoint {
  return { scheme, host: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0, path };
}

/**
 * Our end of a connection.
 *
 * @param otherwise stands in where the stream does not tell, as over UDP: where we listen, say
 */
export function localEnd(conn: Conn, otherwise: Endpoint): Endpoint {
  const { localAddress, localPort } = conn as Conn & Pick<Socket, 'localAddress' | 'localPort'>;
  if (localAddress === undefined || localPort === undefined) return otherwise;
  return { scheme: conn.peer.scheme, host: plainAddress(localAddress), port: localPort, path: '' };
}

/** Node's spelling of a socket path: an abstract name starts with a NUL byte instead of `@` (unix(7)). */
export function socketPath(path: string): string {
  return path.startsWith('@') ? `\0${path.slice(1)}` : path;
}
