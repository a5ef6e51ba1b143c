/** Which requests get no WebSocket (RFC 6455, section 4.2.1), and what the client reads then. */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isLocalHost } from './http-origin.ts';
import { VERSION } from './websocket-handshake.ts';

/** An answer that is no WebSocket. */
export interface Refusal {
  /** The status line's code and words. */
  readonly status: string;
  readonly text: string;
  /** The same for the server's owner, where it is another. */
  readonly note?: string;
  /** One header more. */
  readonly header?: string;
}

/** Who may ask, and for what. */
export interface RequestRules {
  /** Only this path, queries aside. */
  readonly path?: string | undefined;
  /** Origins of web pages that may ask besides the server's own; `*` is any. */
  readonly origins?: readonly string[] | undefined;
  /** The client is on this machine: Host and Origin are checked. */
  readonly localOnly?: boolean | undefined;
  /** TLS is under it. */
  readonly isSecure?: boolean | undefined;
  /**
   * Pages of other servers may not ask, wherever the client is. The scheme of the server's own ones may be another, since a
   * proxy may carry TLS for it.
   */
  readonly ownPagesOnly?: boolean | undefined;
  /** The option that lets other pages in; `--ws-origin`. */
  readonly originOption?: string | undefined;
}

const BAD_REQUEST = '400 Bad Request';
/** The key is 16 random bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** A request that asks for anything but a WebSocket. */
export const NO_WEBSOCKET: Refusal = {
  status: '426 Upgrade Required',
  text: 'this port speaks WebSocket only: ask for ws://, not http://',
  note: 'no request for a WebSocket',
  header: `Upgrade: websocket\r\nSec-WebSocket-Version: ${VERSION}`,
};
/** Bytes that are no request. */
export const NOT_HTTP: Refusal = {
  status: BAD_REQUEST,
  text: 'this port speaks WebSocket; that was no HTTP request',
  note: 'no HTTP request',
};
/** A head past the limit. */
export const HEAD_TOO_LONG: Refusal = {
  status: '431 Request Header Fields Too Large',
  text: 'the head of the request is too long',
};
/** A head that takes too long. */
export const TOO_SLOW: Refusal = { status: '408 Request Timeout', text: 'the handshake took too long' };
/** Subprotocols that cannot be read. */
export const BAD_PROTOCOLS: Refusal = { status: BAD_REQUEST, text: 'Sec-WebSocket-Protocol cannot be read' };
/** Extensions that cannot be read, or cannot be had. */
export const BAD_EXTENSIONS: Refusal = { status: BAD_REQUEST, text: 'Sec-WebSocket-Extensions cannot be accepted' };

/** Why a request for an upgrade is refused, if it is. */
export function requestRefusal(
  { method, url = '/', headers }: IncomingMessage,
  rules: RequestRules,
): Refusal | undefined {
  const origin = originRefusal(headers, rules);
  if (origin) return origin;
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return NO_WEBSOCKET;
  if (headers['sec-websocket-version'] !== VERSION)
    return { ...NO_WEBSOCKET, text: `only version ${VERSION} is spoken`, note: 'another version' };
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) {
    return { status: BAD_REQUEST, text: 'Sec-WebSocket-Key is missing or wrong' };
  }
  if (rules.path !== undefined && url.replace(/\?.*$/s, '') !== rules.path) {
    return { status: '404 Not Found', text: 'there is no WebSocket under this path' };
  }
  return undefined;
}

/** Why a request with these headers may not come from where it comes, if it may not (see http-origin.ts). */
export function originRefusal({ host, origin }: IncomingHttpHeaders, rules: RequestRules): Refusal | undefined {
  const { origins = [], localOnly, isSecure, ownPagesOnly, originOption = '--ws-origin' } = rules;
  if (origins.includes('*') || (origin !== undefined && origins.includes(origin.toLowerCase()))) return undefined;
  const scheme = isSecure ? 'https' : 'http';
  const isOwnPage = origin === undefined || isOf(origin, host, ownPagesOnly ? undefined : scheme);
  const isNamed = isOwnPage && origins.some((one) => isOf(one, host));
  const isAnyones = origins.length === 0 && !ownPagesOnly;
  const isRight = localOnly ? isLocalHost(host, origin, scheme) : isOwnPage || isAnyones;
  if (isNamed || isRight) return undefined;
  const whom = localOnly
    ? 'programs and pages of its own machine only: ask for localhost or an address'
    : 'programs and its own pages only';
  const text = `this server answers ${whom}; its owner lets other pages in with ${originOption}`;
  return { status: '403 Forbidden', text, note: `a foreign Host or Origin; ${originOption} lets it in` };
}

/** Is this the origin of the host's pages, by this scheme or by any? */
function isOf(origin: string, host: string | undefined, scheme = '\\w+'): boolean {
  return origin.toLowerCase().replace(new RegExp(`^${scheme}://`), '') === host?.toLowerCase();
}

/** A refusal as the whole answer, after which the connection ends. */
export function formatRefusal({ status, text, header }: Refusal): string {
  const lines = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text) + 1}`,
    ...(header === undefined ? [] : [header]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${text}\n`;
}
