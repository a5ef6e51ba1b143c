/** Binds a stream endpoint: TCP or a Unix socket. */

import { connect, createServer, type Server, type Socket } from 'node:net';
import { errorCode, NettkError, wrapSystemError } from '../errors.ts';
import { isInFolder, isSocketFile, removeSocketFile } from '../host/socket-file.ts';
import { hostAddresses } from './addresses.ts';
import { asConn, type Conn, peerOf, socketPath, tuneSocket } from './conn.ts';
import { type Endpoint, formatEndpoint } from './endpoint.ts';
import type { Gate } from './gate.ts';
import { layeredEndpoint, layersOf } from './layers.ts';
import type { MulticastGroup } from './multicast.ts';
import type { ServerCertificate } from './secure-server.ts';
import type { Door, ServerLayers } from './server-layers.ts';
import { checkSocketOptions, type SocketOptions } from './socket-options.ts';

/** Connections the kernel keeps ready until they are accepted; it cuts the number to its own limit (listen(2)). */
const BACKLOG = 4_096;
/** Only the owner may connect to a Unix socket (unix(7): connecting needs write permission). */
const SOCKET_FILE_UMASK = 0o177;

/** A bound endpoint. */
export interface Listener {
  /** Where it really listens: the port is never 0. */
  readonly endpoint: Endpoint;
  /** The certificate shown, where TLS is laid over it. */
  readonly certificate?: ServerCertificate | undefined;
  /** Stops accepting, ends handshakes; resolves when the endpoint is free. Connections handed out stay. */
  close(): Promise<void>;
}

/** What a listener tells. */
export interface ListenHandlers {
  onConn(conn: Conn): void;
  /** A client was dropped because `maxConnections` were open. */
  onDrop(peer: string): void;
  /**
   * A client was turned away: by the gate, or its handshake failed. `reason` is one of few, never the peer's own words.
   * `isLook`: it left before it said anything, as those do who see whether a port is open.
   */
  onRefused(peer: string, reason: string, isLook?: boolean): void;
  onError(error: NettkError): void;
}

/** The limits of a listener, and what stands between a socket and its connection. */
export interface ListenOptions extends ServerLayers, Omit<SocketOptions, 'broadcast' | 'multicastTtl'> {
  readonly backlog?: number | undefined;
  /** The command-line option that chose the port, for what to try where it cannot be had; default `port`. */
  readonly portOption?: string | undefined;
  /** Asked before a byte is read; Unix sockets have no address to ask about. */
  readonly gate?: Gate | undefined;
  /** UDP: groups to hear. */
  readonly join?: readonly MulticastGroup[] | undefined;
}

/**
 * Binds and accepts: first the gate decides, then come the handshakes of TLS and WebSocket, each client's on its own. A Unix socket file is made for the owner only; one left over by a dead server is replaced.
 *
 * @throws NettkError: address in use, permission denied, not an address of this machine
 */
export async function listenStream(
  endpoint: Endpoint,
  handlers: ListenHandlers,
  options: ListenOptions = {},
): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true });
  checkSocketOptions(endpoint.scheme, options, `listen on ${formatEndpoint(endpoint)}`);
  const door = await openDoorFor(endpoint, options, handlers);
  // Whose handshake is under way has no connection yet: the door counts.
  if (options.maxConnections !== undefined && !door) server.maxConnections = options.maxConnections;
  const plain = await bind(server, endpoint, options);
  const bound = layeredEndpoint(plain, layersOf(endpoint, options), endpoint.path);
  const admit = (conn: Conn): void => void (door ? door.admit(conn) : handlers.onConn(conn));
  server.on('connection', (socket) => accept(socket, bound, options, { admit, onRefused: handlers.onRefused }));
  server.on('drop', (data) => handlers.onDrop(data?.remoteAddress ? `${data.remoteAddress}:${data.remotePort}` : ''));
  server.on('error', (error) => handlers.onError(wrapSystemError(error, `accept on ${formatEndpoint(bound)}`)));
  return {
    endpoint: bound,
    certificate: door?.certificate,
    close: () =>
      // close() waits for connections too; the endpoint itself is free at once.
      new Promise((resolve) => {
        server.close();
        door?.close();
        setImmediate(resolve);
      }),
  };
}

async function openDoorFor(
  endpoint: Endpoint,
  options: ListenOptions,
  handlers: ListenHandlers,
): Promise<Door | undefined> {
  const { tls, ws } = layersOf(endpoint, options);
  if (!tls && !ws) return undefined;
  const { openDoor } = await import('./server-layers.ts');
  return openDoor(endpoint, options, handlers);
}

/** What becomes of an accepted socket. */
interface Entry {
  admit(conn: Conn): void;
  onRefused(peer: string, reason: string): void;
}

function accept(socket: Socket, bound: Endpoint, options: ListenOptions, entry: Entry): void {
  // From here on somebody listens for the error of a peer that left before its session began.
  socket.on('error', () => {});
  const peer: Endpoint = bound.scheme === 'unix' ? { ...bound } : peerOf(socket, 'tcp');
  const place = bound.scheme === 'unix' ? undefined : options.gate?.enter(peer.host);
  if (typeof place === 'string') {
    // A reset leaves nothing behind on this side, a FIN a minute of TIME_WAIT for each client refused.
    socket.resetAndDestroy();
    entry.onRefused(formatEndpoint(peer), place);
    return;
  }
  if (place) socket.once('close', place);
  if (bound.scheme !== 'unix') tuneSocket(socket, options);
  entry.admit(asConn(socket, peer));
}

async function bind(server: Server, endpoint: Endpoint, options: ListenOptions): Promise<Endpoint> {
  const { backlog = BACKLOG, portOption } = options;
  if (endpoint.scheme === 'unix') {
    await bindUnix(server, endpoint, backlog);
    return endpoint;
  }
  const [first] = await hostAddresses(endpoint.host);
  const start = (): unknown => server.listen({ host: first?.address, port: endpoint.port, backlog });
  await listening(server, endpoint, start, portOption);
  const address = server.address() as { address: string; port: number };
  return { ...endpoint, host: address.address, port: address.port };
}

async function bindUnix(server: Server, endpoint: Endpoint, backlog: number): Promise<void> {
  const start = (): void => {
    const before = process.umask(SOCKET_FILE_UMASK);
    try {
      server.listen({ path: socketPath(endpoint.path), backlog });
    } finally {
      process.umask(before);
    }
  };
  try {
    await listening(server, endpoint, start);
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE' || !(await isStale(endpoint.path))) throw error;
    removeSocketFile(endpoint.path);
    await listening(server, endpoint, start);
  }
}

/** A socket file nobody answers on: left behind by a server that was killed. */
function isStale(path: string): Promise<boolean> {
  if (path.startsWith('@') || !isSocketFile(path)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.on('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', (error) => resolve(errorCode(error) === 'ECONNREFUSED'));
  });
}

function listening(server: Server, endpoint: Endpoint, start: () => void, portOption?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onListening = (): void => {
      server.off('error', onError);
      resolve();
    };
    const onError = (error: Error): void => {
      server.off('listening', onListening);
      reject(listenError(error, endpoint, portOption));
    };
    server.once('listening', onListening).once('error', onError);
    start();
  });
}

/** A failed bind, with what to try; `portOption` is the option that chose the port. */
export function listenError(error: unknown, endpoint: Endpoint, portOption = 'port'): NettkError {
  const action = `listen on ${formatEndpoint(endpoint)}`;
  // libuv calls a missing folder a missing permission (uv_pipe_bind2).
  const isLost = endpoint.scheme === 'unix' && errorCode(error) === 'EACCES' && !isInFolder(endpoint.path);
  if (isLost) return new NettkError({ code: 'ENOENT', action, hint: 'a folder that is there', cause: error });
  const hints = endpoint.scheme === 'unix' ? UNIX_HINTS : portHints(portOption);
  return wrapSystemError(error, action, { hint: hints[errorCode(error)] });
}

const UNIX_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'a folder you may write to',
  EADDRINUSE: 'another path',
};
const portHints = (option: string): Readonly<Record<string, string>> => ({
  EACCES: `a port above 1023 with --${option}, or --${option} 0 for a free one`,
  EADDRINUSE: `another --${option}, or --${option} 0 for a free one`,
  EADDRNOTAVAIL: 'an address of this machine with --host (0.0.0.0 is all of them)',
});
