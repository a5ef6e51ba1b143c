/** What a client lays over a connected socket before anybody uses it: TLS, WebSocket, or one over the other. */

import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { WebSocketClientOptions } from '../stream/websocket-client.ts';
import { WRONG_NAME } from './certificate-names.ts';
import { asConn, type Conn } from './conn.ts';
import { type Endpoint, formatAuthority } from './endpoint.ts';
import { layeredEndpoint, layersOf } from './layers.ts';
import type { TlsClientOptions } from './secure.ts';
import { explainCertificate } from './trust.ts';

/** What to lay over a connection, besides what its scheme asks for. */
export interface ClientLayers {
  readonly tls?: TlsClientOptions | undefined;
  readonly ws?: WebSocketClientOptions | undefined;
}

/** Whom a certificate must name where a Unix socket was connected to. */
const UNIX_HOST = 'localhost';

/**
 * Runs the handshakes one after the other; the connection is destroyed when one fails.
 *
 * @throws NettkError of the handshake that failed; the signal's reason when it aborts
 */
export async function layClient(
  conn: Conn,
  endpoint: Endpoint,
  layers: ClientLayers,
  signal: AbortSignal,
): Promise<Conn> {
  const choice = layersOf(endpoint, layers);
  const peer = layeredEndpoint(conn.peer, choice, endpoint.path);
  let top = conn;
  try {
    if (choice.tls) {
      const { secure } = await import('./secure.ts');
      const { noteTls } = await import('./tls-report.ts');
      const socket = await secure(top, { ...layers.tls, host: endpoint.host || UNIX_HOST, signal });
      top = asConn(socket, peer);
      noteTls(top, socket, judgement(socket, layers.tls));
    }
    if (choice.ws) {
      const stream = await layWebSocket(top, endpoint, choice.tls, layers.ws ?? {}, signal);
      if (choice.tls) (await import('./tls-report.ts')).inheritTls(stream, top);
      top = asConn(stream, peer);
    }
    return top;
  } catch (error) {
    top.on('error', () => {}).destroy();
    throw error;
  }
}

/** In words; what `insecure` let pass is said too. */
function judgement(socket: TLSSocket, { pins, insecure }: TlsClientOptions = {}): string {
  if (!insecure) return pins ? 'pinned' : 'verified';
  if (socket.authorized) return 'verified';
  const verdict = socket.authorizationError as unknown as string | undefined;
  const reason =
    verdict === WRONG_NAME
      ? 'its certificate is for somebody else'
      : explainCertificate({ code: verdict }, socket.getPeerX509Certificate());
  return `not verified: ${reason ?? verdict}`;
}

async function layWebSocket(
  conn: Conn,
  endpoint: Endpoint,
  isSecure: boolean,
  options: WebSocketClientOptions,
  signal: AbortSignal,
): Promise<Duplex> {
  const { connectWebSocket } = await import('../stream/websocket-client.ts');
  const path = options.path ?? (endpoint.scheme === 'unix' ? '/' : endpoint.path || '/');
  return connectWebSocket(conn, { ...options, path, host: hostHeader(endpoint, isSecure), signal });
}

/** As a browser sends it (RFC 6455, section 4.1): without the usual port, and without an address's zone. */
function hostHeader(endpoint: Endpoint, isSecure: boolean): string {
  if (endpoint.scheme === 'unix') return UNIX_HOST;
  const authority = formatAuthority({ ...endpoint, host: endpoint.host.replace(/%.*$/, '') });
  return authority.replace(isSecure ? /:443$/ : /:80$/, '');
}
