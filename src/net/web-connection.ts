/** The connection of a fetch: TCP, with verified TLS on it for https, and curl's numbers for what fails. */

import type { Socket } from 'node:net';
import { NettkError } from '../errors.ts';
import { dial } from './dial.ts';
import { secure } from './secure.ts';
import { NOT_TLS } from './tls-alerts.ts';
import type { Trust } from './trust.ts';
import { WEB_EXIT } from './web-exit.ts';
import { formatWebUrl, type WebUrl } from './web-url.ts';

/** How the connection is opened. */
export interface WebConnectionOptions {
  /** Milliseconds for lookup, connect and TLS together. */
  readonly connectTimeoutMs: number;
  readonly trust: Trust;
  readonly signal: AbortSignal;
}

/** When what was done, in milliseconds since the beginning. */
export interface WebTiming {
  /** Name looked up and connected. */
  readonly connect: number;
  /** TLS agreed, for https. */
  readonly tls?: number;
}

/** An open connection. */
export interface WebConnection {
  readonly socket: Socket;
  readonly timing: WebTiming;
}

/**
 * Opens the connection that a URL needs.
 *
 * @throws NettkError with curl's number as its exit status: 6, 7, 28, 35, 60; the signal's reason when it aborts
 */
export async function openWebConnection(url: WebUrl, options: WebConnectionOptions): Promise<WebConnection> {
  const began = performance.now();
  const { host, port } = url;
  const { connectTimeoutMs, signal } = options;
  const conn = await dial({ scheme: 'tcp', host, port, path: '' }, { connectTimeoutMs, signal }).catch((error) => {
    throw withNumber(error, WEB_EXIT.noConnection);
  });
  // A TCP endpoint is carried by a socket; Conn only does not say so.
  const socket = conn as unknown as Socket;
  const connect = performance.now() - began;
  if (url.scheme === 'http') return { socket, timing: { connect } };
  const handshakeTimeoutMs = Math.max(1, Math.round(connectTimeoutMs - connect));
  const { trust } = options;
  const how = { ...trust, host, handshakeTimeoutMs, signal, alpn: ['http/1.1'], hint: () => TRUST_HINT };
  const secured = await secure(conn, how).catch((error) => {
    throw withNumber(hintPlain(error, url), WEB_EXIT.tls);
  });
  return { socket: secured, timing: { connect, tls: performance.now() - began } };
}

const TRUST_HINT = "--cacert FILE with its authority's certificate, or --insecure to take any";

function withNumber(error: unknown, standard: number): unknown {
  if (!(error instanceof NettkError)) return error;
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return error.withExit(WEB_EXIT.noHost);
  if (error.code === 'TIMEOUT' || error.code === 'ETIMEDOUT') return error.withExit(WEB_EXIT.timeout);
  return error.withExit(error.code === 'UNVERIFIED' ? WEB_EXIT.untrusted : standard);
}

function hintPlain(error: unknown, url: WebUrl): unknown {
  if (!(error instanceof NettkError) || !error.message.includes(NOT_TLS)) return error;
  const { code, action, cause } = error;
  const hint = formatWebUrl({ ...url, scheme: 'http' });
  return new NettkError({ code, action, reason: 'the port does not speak TLS, but plain HTTP perhaps', hint, cause });
}
