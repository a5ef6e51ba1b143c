/** Opens a connection to an endpoint, whatever carries it. */

import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { errorCode, NettkError, wrapSystemError } from '../errors.ts';
import { untilAborted } from '../stream/until-aborted.ts';
import type { WebSocketClientOptions } from '../stream/websocket-client.ts';
import { type HostAddress, hostAddresses } from './addresses.ts';
import { asConn, type Conn, peerOf, socketPath, tuneSocket } from './conn.ts';
import { openDatagramConn } from './datagram-conn.ts';
import { getDefaultTimeout } from './default-timeout.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts';
import { layersOf, refuseLayers } from './layers.ts';
import { raceAttempts } from './race.ts';
import type { TlsClientOptions } from './secure.ts';
import { checkSocketOptions, type SocketOptions } from './socket-options.ts';

/** How long a connection may take where nobody says otherwise, name lookup included, in milliseconds (as ncat). */
export const CONNECT_TIMEOUT_MS = 10_000;

/** How a connection is opened. */
export interface DialOptions extends SocketOptions {
  /** Milliseconds for lookup, connect and handshakes together; `getDefaultTimeout()` or 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Gives up when it aborts, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Only addresses of this family. */
  readonly family?: 4 | 6 | undefined;
  /** The address literal to connect from; only addresses of its family are tried. */
  readonly localAddress?: string | undefined;
  /** The port to connect from, 0–65535. */
  readonly localPort?: number | undefined;
  /** Lays TLS over it, whatever the scheme says; how, where the scheme asks for it. */
  readonly tls?: TlsClientOptions | undefined;
  /** Lays WebSocket over it, whatever the scheme says; how, where the scheme asks for it. */
  readonly ws?: WebSocketClientOptions | undefined;
}

/**
 * Connects to an endpoint: TCP, UDP or a Unix socket, with TLS, WebSocket or both over it. A name's addresses are tried in parallel, staggered. Half-close works: the
 * peer's end does not end our side. Over UDP every write is one datagram and every chunk read is one.
 *
 * @throws NettkError naming the endpoint: refused, timed out, not found …; the signal's reason when it aborts
 * @example const conn = await dial('tcp://127.0.0.1:7'); conn.end('hello\n');
 */
export async function dial(target: Endpoint | string, options: DialOptions = {}): Promise<Conn> {
  const endpoint = typeof target === 'string' ? parseEndpoint(target) : target;
  const family = options.family ?? sourceFamily(options.localAddress);
  const limit = options.connectTimeoutMs ?? getDefaultTimeout() ?? CONNECT_TIMEOUT_MS;
  const deadline = new AbortController();
  const abort = (): void => deadline.abort(options.signal?.reason);
  const timer = setTimeout(() => deadline.abort(timedOut(endpoint, limit)), limit);
  options.signal?.addEventListener('abort', abort);
  try {
    options.signal?.throwIfAborted();
    return await open(endpoint, { ...options, family }, deadline.signal);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}

function sourceFamily(address: string | undefined): 4 | 6 | undefined {
  if (address === undefined) return undefined;
  const family = isIP(address);
  if (family !== 0) return family as 4 | 6;
  const action = `source address ${JSON.stringify(address)}`;
  throw new NettkError({ code: 'BAD_ENDPOINT', action, reason: 'not an address literal', hint: "'nettk address'" });
}

async function open(endpoint: Endpoint, options: DialOptions, signal: AbortSignal): Promise<Conn> {
  const action = `connect ${formatEndpoint(endpoint)}`;
  checkSocketOptions(endpoint.scheme, options, action);
  if (endpoint.scheme === 'udp') {
    refuseLayers(endpoint, options, action);
    const addresses = await untilAborted(hostAddresses(endpoint.host, options.family), signal);
    return openDatagramConn(addresses, endpoint, options, action);
  }
  const { tls, ws } = layersOf(endpoint, options);
  const conn = await openStream(endpoint, options, action, signal);
  if (!tls && !ws) return conn;
  const { layClient } = await import('./client-layers.ts');
  return layClient(conn, endpoint, options, signal);
}

async function openStream(
  endpoint: Endpoint,
  options: DialOptions,
  action: string,
  signal: AbortSignal,
): Promise<Conn> {
  if (endpoint.scheme === 'unix') {
    return asConn(await openSocket({ path: socketPath(endpoint.path) }, action, signal), endpoint);
  }
  const addresses = await untilAborted(hostAddresses(endpoint.host, options.family), signal);
  const attempt = (address: HostAddress, stop: AbortSignal): Promise<Socket> =>
    openSocket(tcpOptions(address, endpoint, options), action, stop);
  const socket = await raceAttempts(addresses, attempt, (late) => late.destroy(), signal);
  tuneSocket(socket, options);
  return asConn(socket, peerOf(socket, 'tcp'));
}

function tcpOptions(to: HostAddress, endpoint: Endpoint, from: DialOptions): NetConnectOpts {
  return {
    host: to.address,
    family: to.family,
    port: endpoint.port,
    ...(from.localAddress !== undefined && { localAddress: from.localAddress }),
    ...(from.localPort !== undefined && { localPort: from.localPort }),
    // From the first packet on.
    ...(from.typeOfService !== undefined && { typeOfService: from.typeOfService }),
  };
}

function openSocket(options: NetConnectOpts, action: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...options, allowHalfOpen: true });
    const settle = (error?: unknown): void => {
      socket.off('error', fail).off('connect', onConnect);
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) resolve(socket);
      else reject(error);
      if (error !== undefined) socket.on('error', () => {}).destroy();
    };
    const fail = (error: unknown): void =>
      // A missing socket file means that nobody listens there: the server's absence, not a typing mistake.
      settle(wrapSystemError(error, action, errorCode(error) === 'ENOENT' ? { blame: 'them' } : {}));
    const onConnect = (): void => (isSelfConnected(socket) ? fail({ code: 'ECONNREFUSED' }) : settle());
    const onAbort = (): void => settle(signal.reason);
    socket.on('error', fail).on('connect', onConnect);
    signal.addEventListener('abort', onAbort);
  });
}

/** A closed loopback port in the ephemeral range sometimes connects to itself (TCP simultaneous open): nobody is there. */
function isSelfConnected(socket: Socket): boolean {
  return (
    socket.localPort !== undefined &&
    socket.localPort === socket.remotePort &&
    socket.localAddress === socket.remoteAddress
  );
}

function timedOut(endpoint: Endpoint, limitMs: number): NettkError {
  const action = `connect ${formatEndpoint(endpoint)}`;
  return new NettkError({ code: 'TIMEOUT', action, reason: `timed out after ${limitMs / 1000} s` });
}
