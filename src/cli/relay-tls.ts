/** TLS on the sides of a relay: which options are for the side that dials, and which for the one that listens. */

import type { Side } from '../clients/relay/side.ts';
import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { layersOf } from '../net/layers.ts';
import type { TlsClientOptions } from '../net/secure.ts';
import type { TlsServerOptions } from '../net/secure-server.ts';
import { findGiven } from './given-options.ts';
import type { Io } from './io.ts';
import type { OptionSpecs, OptionValues } from './option.ts';
import { TLS_CLIENT_OPTIONS, tlsClientOptions, tlsServerOptions } from './tls-options.ts';

const { tls: _scheme, ...WITHOUT_TLS } = TLS_CLIENT_OPTIONS;

/** A client's options; the scheme says which side is TLS. */
export const RELAY_TLS_OPTIONS = WITHOUT_TLS satisfies OptionSpecs;

/** Their values. */
export type RelayTlsValues = OptionValues<typeof RELAY_TLS_OPTIONS>;

/** How the sides speak TLS; nothing for a side that does not. */
export interface RelayTls {
  readonly dial?: TlsClientOptions | undefined;
  readonly listen?: TlsServerOptions | undefined;
}

/**
 * Shares the options out: where one side dials and the other listens, `--ca`, `--pin`, `--insecure` and `--sni` are for the
 * first, `--cert` and `--key` for the second; else all are for the one that there is.
 *
 * @throws NettkError where an option is for no side, or cannot work
 */
export async function relayTls(args: RelayTlsValues, sides: readonly Side[], io: Io): Promise<RelayTls> {
  const { insecure, sni, cert, key, ca, pin, alpn, minTls, ciphers } = args;
  const both = { alpn, minTls, ciphers };
  const dialled = findTls(sides, 'dial');
  const listening = findTls(sides, 'listen');
  if (!dialled) refuse({ insecure, sni }, 'no side is dialled over TLS');
  if (!dialled && !listening) refuse({ cert, key, ca, pin, ...both }, 'no side is TLS');
  const trust = { ca, pin };
  const identity = { cert, key };
  const forClient = listening ? {} : identity;
  const forServer = dialled ? {} : trust;
  return {
    dial: dialled && (await tlsClientOptions({ ...both, ...trust, ...forClient, insecure, sni }, dialled, io)),
    listen: listening && (await tlsServerOptions({ ...both, ...identity, ...forServer }, [listening])),
  };
}

function findTls(sides: readonly Side[], kind: 'dial' | 'listen'): Endpoint | undefined {
  return sides.flatMap((side) => (side.kind === kind && layersOf(side.endpoint).tls ? [side.endpoint] : []))[0];
}

function refuse(values: Readonly<Record<string, unknown>>, reason: string): void {
  const stray = findGiven(values);
  if (stray !== undefined) throw usageError(`option --${stray}`, reason, 'tls:// or tls-listen://');
}
