/** What a client lays over a connected socket before anybody uses it: TLS, WebSocket, or one over the other. */

import type { WebSocketClientOptions } from '../stream/websocket-client.ts';
import { asConn, type Conn } from './conn.ts';
import type { Endpoint } from './endpoint.ts';
import { layeredEndpoint, layersOf } from './layers.ts';
import type { TlsClientOptions } from './secure.ts';

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
      top = asConn(await secure(top, { ...layers.tls, host: endpoint.host || UNIX_HOST, signal }), peer);
    }
    return top;
  } catch (error) {
    top.on('error', () => {}).destroy();
    throw error;
  }
}
