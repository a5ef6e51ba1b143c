/** Which layers an endpoint needs over its socket, and what its peers are called then. */

import { usageError } from '../errors.ts';
import type { Endpoint, Scheme } from './endpoint.ts';

/** What lies over a socket. */
export interface LayerChoice {
  readonly tls: boolean;
  readonly ws: boolean;
}

/** Options that ask for layers by being there. */
export interface AskedLayers {
  readonly tls?: unknown;
  readonly ws?: unknown;
}

/** The layers that the scheme asks for by its name, and those that options lay over it. */
export function layersOf({ scheme }: Endpoint, asked: AskedLayers = {}): LayerChoice {
  return {
    tls: scheme === 'tls' || scheme === 'wss' || asked.tls !== undefined,
    ws: scheme === 'ws' || scheme === 'wss' || asked.ws !== undefined,
  };
}

/** An endpoint or peer of plain TCP as it is called with layers over it; a Unix socket keeps its name. */
export function layeredEndpoint(plain: Endpoint, layers: LayerChoice, path: string): Endpoint {
  if (plain.scheme === 'unix') return plain;
  const scheme: Scheme = layers.ws ? (layers.tls ? 'wss' : 'ws') : layers.tls ? 'tls' : 'tcp';
  return { ...plain, scheme, path: layers.ws ? path : '' };
}

/**
 * Datagrams carry neither.
 *
 * @throws NettkError `USAGE` where an option asks for one
 */
export function refuseLayers(endpoint: Endpoint, asked: AskedLayers, action: string): void {
  const { tls, ws } = layersOf(endpoint, asked);
  if (tls) throw usageError(action, 'TLS needs TCP or a Unix socket: DTLS is not part of nettk');
  if (ws) throw usageError(action, 'WebSocket needs TCP or a Unix socket');
}
