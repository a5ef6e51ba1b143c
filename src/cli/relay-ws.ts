/** WebSocket on the sides of a relay; the scheme says which side is one. */

import type { Side } from '../clients/relay/side.ts';
import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { layersOf } from '../net/layers.ts';
import type { WebSocketClientOptions } from '../stream/websocket-client.ts';
import type { WebSocketServerOptions } from '../stream/websocket-server.ts';
import { findGiven } from './given-options.ts';
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
  const { wsHeader, wsOrigin, wsDeflate, wsText, wsLines, wsProtocol, wsPing, wsMaxMessage, wsMessageSize } = args;
  // The type has it complain of an option that is forgotten here.
  const both: Omit<RelayWsValues, 'wsHeader' | 'wsOrigin'> = {
    wsDeflate,
    wsText,
    wsLines,
    wsProtocol,
    wsPing,
    wsMaxMessage,
    wsMessageSize,
  };
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

function findWs(sides: readonly Side[], kind: 'dial' | 'listen'): Endpoint | undefined {
  return sides.flatMap((side) => (side.kind === kind && layersOf(side.endpoint).ws ? [side.endpoint] : []))[0];
}

function refuse(values: Readonly<Record<string, unknown>>, reason: string): void {
  const stray = findGiven(values);
  if (stray !== undefined) throw usageError(`option --${stray}`, reason, 'ws:// or ws-listen://');
}
