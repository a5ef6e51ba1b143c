/** What a server lays over an accepted socket before anybody uses it: TLS, WebSocket, or one over the other. */

import { NettkError } from '../errors.ts';
import { handshakesThatFit } from '../host/open-files.ts';
import { isOwnAddress } from '../stream/http-origin.ts';
import type { WebSocketServerOptions } from '../stream/websocket-server.ts';
import { asConn, type Conn } from './conn.ts';
import { type Endpoint, formatEndpoint } from './endpoint.ts';
import { type LayerChoice, layeredEndpoint, layersOf } from './layers.ts';
import type { Securer, ServerCertificate, TlsServerOptions } from './secure-server.ts';

/** What to lay over connections, besides what the scheme asks for. */
export interface ServerLayers {
  readonly tls?: TlsServerOptions | undefined;
  readonly ws?: WebSocketServerOptions | undefined;
  /** How long each handshake may take, in milliseconds; 10,000 by default. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** Connections past their handshakes at once; who comes on top is refused. */
  readonly maxConnections?: number | undefined;
}

/** What a door tells. */
export interface DoorHandlers {
  onConn(conn: Conn): void;
  /** `maxConnections` were open. */
  onDrop(peer: string): void;
  /**
   * A handshake failed or took too long; `reason` is one of few, never the peer's own words. `isLook`: the client left
   * without a byte, as those do who only see whether a port is open.
   */
  onRefused(peer: string, reason: string, isLook?: boolean): void;
}

/** How long a client may take for a handshake by default, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Sockets of all doors whose handshakes are under way, the oldest first, and what ends them. */
const underWay = new Map<Conn, AbortController>();
/** Past so many the oldest ends, so that those who never speak cannot keep others out. */
let mostUnderWay = 1;

/**
 * Makes a door for the sockets accepted at an endpoint.
 *
 * @throws NettkError where a certificate or an option cannot work
 */
export async function openDoor(endpoint: Endpoint, layers: ServerLayers, handlers: DoorHandlers): Promise<Door> {
  const choice = layersOf(endpoint, layers);
  mostUnderWay = handshakesThatFit();
  const { openSecurer } = await import('./secure-server.ts');
  return new Door(
    endpoint,
    choice,
    layers,
    handlers,
    choice.tls ? await openSecurer(layers.tls ?? {}, endpoint.host) : undefined,
  );
}

/** Accepted sockets on their way to be connections: each runs its handshakes on its own, under its own deadline. */
export class Door {
  readonly #endpoint: Endpoint;
  readonly #choice: LayerChoice;
  readonly #layers: ServerLayers;
  readonly #handlers: DoorHandlers;
  readonly #securer: Securer | undefined;
  readonly #mine = new Set<AbortController>();
  #inside = 0;

  constructor(
    endpoint: Endpoint,
    choice: LayerChoice,
    layers: ServerLayers,
    handlers: DoorHandlers,
    securer: Securer | undefined,
  ) {
    this.#endpoint = endpoint;
    this.#choice = choice;
    this.#layers = layers;
    this.#handlers = handlers;
    this.#securer = securer;
  }

  /** The certificate that TLS shows. */
  get certificate(): ServerCertificate | undefined {
    return this.#securer?.certificate;
  }

  /** Runs a socket's handshakes, and hands it out or refuses it. */
  async admit(socket: Conn): Promise<void> {
    const stop = new AbortController();
    const peer = layeredEndpoint(socket.peer, this.#choice, this.#endpoint.path);
    makeRoom();
    underWay.set(socket, stop);
    this.#mine.add(stop);
    let conn: Conn;
    try {
      conn = await this.#handshakes(socket, peer, stop.signal);
    } catch (error) {
      socket.destroy();
      // Whatever a client makes a handshake throw, it must not end the server.
      const reason = error instanceof NettkError ? error.message : 'the handshake failed';
      if (error !== CLOSED) this.#handlers.onRefused(formatEndpoint(peer), reason, onlyLooked(socket, error));
      return;
    } finally {
      underWay.delete(socket);
      this.#mine.delete(stop);
    }
    this.#handOut(conn);
  }

  /** Ends the handshakes under way without a word. */
  close(): void {
    for (const stop of this.#mine) stop.abort(CLOSED);
  }

  async #handshakes(socket: Conn, peer: Endpoint, signal: AbortSignal): Promise<Conn> {
    const timeoutMs = this.#layers.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS;
    let top = socket;
    if (this.#securer) {
      const socket = await this.#securer.secure(top, { signal, timeoutMs });
      top = asConn(socket, peer);
      const { noteTls } = await import('./tls-report.ts');
      noteTls(top, socket, this.#judgement());
    }
    if (!this.#choice.ws) return top;
    const { acceptWebSocket } = await import('../stream/websocket-server.ts');
    const localOnly = peer.scheme !== 'unix' && isOwnAddress(peer.host);
    const limits = { localOnly, isSecure: this.#choice.tls, signal, timeoutMs };
    const stream = await acceptWebSocket(top, { path: this.#path, ...this.#layers.ws, ...limits });
    if (this.#securer) (await import('./tls-report.ts')).inheritTls(stream, top);
    return asConn(stream, peer);
  }

  /** What clients have to ask for; anything where the endpoint names nothing. */
  get #path(): string | undefined {
    const { scheme, path } = this.#endpoint;
    return scheme === 'unix' || path === '' || path === '/' ? undefined : path;
  }

  #judgement(): string {
    if (this.#layers.tls?.pins) return 'pinned';
    return this.#layers.tls?.ca === undefined ? 'not verified' : 'verified';
  }

  #handOut(conn: Conn): void {
    // As for plain sockets: a peer that leaves is told by the close, whether or not somebody listens for its error.
    conn.on('error', () => {});
    if (this.#inside >= (this.#layers.maxConnections ?? Number.POSITIVE_INFINITY)) {
      conn.destroy();
      this.#handlers.onDrop(formatEndpoint(conn.peer));
      return;
    }
    this.#inside += 1;
    conn.once('close', () => {
      this.#inside -= 1;
    });
    this.#handlers.onConn(conn);
  }
}

function makeRoom(): void {
  const [oldest] = underWay;
  if (!oldest || underWay.size < mostUnderWay) return;
  underWay.delete(oldest[0]);
  oldest[1].abort(new NettkError({ code: 'BUSY', action: 'handshake', reason: 'too many at once' }));
}

/** Why a handshake ended whose server stopped listening. */
const CLOSED = new NettkError({ code: 'CANCELLED', action: 'handshake' });

/** Did a client leave without a byte? */
function onlyLooked(socket: Conn, error: unknown): boolean {
  const isEnd = error instanceof NettkError && error.code !== 'TIMEOUT';
  return isEnd && (socket as Conn & { readonly bytesRead?: number }).bytesRead === 0;
}
