/** WebSocket on the sides of a relay; the scheme says which side is one. */

import type { Side } from '../clients/relay/side.ts';
import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { WebSocketClientOptions } from '../stream/websocket-client.ts';
import type { WebSocketServerOptions } from '../stream/websocket-server.ts';
import type { OptionSpecs, OptionValues } from './option.ts';
import { WS_CLIENT_OPTIONS, wsClientOptions, wsServerOptions } from './ws-options.ts';

const { ws: _scheme, 'ws-path': _path, ...SHARED } = WS_CLIENT_OPTIONS;

/** A client's options, and who may come where a side listens. */
export const RELAY_WS_OPTIONS = {
  ...SHARED,
  'ws-origin': {
    type: 'list',
    placeholder: 'URL',
    describe: 'WebSocket: the web page we say we are; listening: pages that are let in, * is any',
  },
} as const satisfies OptionSpecs;

/** Their values. */
export type RelayWsValues = OptionValues<typeof RELAY_WS_OPTIONS>;

/** How the sides speak WebSocket; nothing for a side that does not. */
export interface RelayWs {
  readonly dial?: WebSocketClientOptions | undefined;
  readonly listen?: WebSocketServerOptions | undefined;
}

/** @throws NettkError where an option is for no side, or cannot work */
export async function relayWs(args: RelayWsValues, sides: readonly Side[]): Promise<RelayWs> {
  const { wsHeader, wsOrigin, wsDeflate, wsText, wsProtocol, wsPing, wsMaxMessage, wsMessageSize } = args;
  const both = { wsDeflate, wsText, wsProtocol, wsPing, wsMaxMessage, wsMessageSize };
  const dialled = findWs(sides, 'dial');
  const listening = findWs(sides, 'listen');
  if (!dialled) refuse({ wsHeader }, 'no side is dialled as a WebSocket');
  if (!dialled && !listening) refuse({ wsOrigin, ...both }, 'no side is a WebSocket');
  return {
    dial: dialled && (await wsClientOptions({ ...both, wsHeader, wsOrigin: wsOrigin[0] }, dialled)),
    // An end that a relay passes on is one after which the client may still answer.
    listen: listening && wsServerOptions({ ...both, wsOrigin }, [listening], true),
  };
}

/** Is this endpoint a WebSocket by its scheme? */
export const isWs = ({ scheme }: Endpoint): boolean => scheme === 'ws' || scheme === 'wss';

function findWs(sides: readonly Side[], kind: 'dial' | 'listen'): Endpoint | undefined {
  return sides.flatMap((side) => (side.kind === kind && isWs(side.endpoint) ? [side.endpoint] : []))[0];
}

function refuse(values: Readonly<Record<string, unknown>>, reason: string): void {
  const isGiven = (value: unknown): boolean =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  const stray = Object.keys(values).find((name) => isGiven(values[name]));
  if (stray === undefined) return;
  const name = stray.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw usageError(`option --${name}`, reason, 'ws:// or ws-listen://');
}
