/** HTTP addresses: read strictly, before the URL parser can quietly repair them (RFC 3986, RFC 9110 section 4.2). */

import { NettkError } from '../errors.ts';
import { formatAuthority, parseHost } from './endpoint.ts';
import { parsePort } from './ports.ts';

/** Where a document is. */
export interface WebUrl {
  readonly scheme: 'http' | 'https';
  /** A host name or address literal without brackets, a zone (`fe80::1%eth0`) included. */
  readonly host: string;
  readonly port: number;
  /** The request target: path and query, percent-encoded, starting with `/`. */
  readonly path: string;
  /** `user:password`, decoded, where the URL has it. */
  readonly credentials?: string;
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const;
const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(.*)$/;

/**
 * Parses a URL; without a scheme it is `http://`. Control characters, spaces and backslashes are refused (`new URL` would
 * delete or turn them), as are loose IPv4 forms such as `0x7f.1`.
 *
 * @throws NettkError `BAD_ENDPOINT` naming the URL and the reason
 * @example parseWebUrl('127.0.0.1:8080/page') // { scheme: 'http', host: '127.0.0.1', port: 8080, path: '/page' }
 */
export function parseWebUrl(text: string): WebUrl {
  if (/[\x00-\x20\x7f]/.test(text)) throw refuse(text, 'a URL has no spaces or control characters', '%20 for a space');
  const parts = ABSOLUTE.exec(text) ?? ABSOLUTE.exec(`http://${text}`);
  const scheme = (parts?.[1] ?? '').toLowerCase();
  if (!parts || (scheme !== 'http' && scheme !== 'https')) {
    throw refuse(text, `"${scheme}" is not a scheme that can be fetched`, 'http:// or https://');
  }
  const [, , authority = '', rest = ''] = parts;
  if (/^[^?#]*\\/.test(authority + rest)) throw refuse(text, 'a URL has no backslashes');
  const at = authority.lastIndexOf('@');
  const [host, port] = splitHostPort(text, authority.slice(at + 1));
  return {
    scheme,
    host: parseHost(host),
    port: port === undefined ? DEFAULT_PORTS[scheme] : parseWebPort(text, port),
    path: requestTarget(text, rest),
    ...(at !== -1 && { credentials: decode(authority.slice(0, at)) }),
  };
}

/**
 * What a `Location` header leads to, seen from the URL that answered with it.
 *
 * @throws NettkError `BAD_ENDPOINT`
 */
export function resolveLocation(base: WebUrl, location: string): WebUrl {
  const text = location.trim().replaceAll(' ', '%20');
  if (/[\x00-\x1f\x7f]/.test(text)) throw refuse(text, 'a URL has no control characters');
  if (text.startsWith('//')) return parseWebUrl(`${base.scheme}:${text}`);
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) {
    if (ABSOLUTE.test(text)) return parseWebUrl(text);
    throw refuse(text, 'not an http:// or https:// address');
  }
  if (/^[^?#]*\\/.test(text)) throw refuse(text, 'a URL has no backslashes');
  const { pathname, search } = new URL(text, `http://host${base.path}`);
  return { ...base, path: pathname + search };
}

/** Prints a URL without its credentials and fragment. */
export function formatWebUrl(url: WebUrl): string {
  return `${url.scheme}://${authorityOf(url, url.host.replace('%', '%25'))}${url.path}`;
}

/** The `Host` header of a request (RFC 9110, section 7.2); a zone means nothing to the other side. */
export function hostHeader(url: WebUrl): string {
  return authorityOf(url, url.host.replace(/%.*$/, ''));
}

/** Do two URLs have the same scheme, host and port (RFC 6454), so that secrets for one may go to the other? */
export function isSameOrigin(a: WebUrl, b: WebUrl): boolean {
  return a.scheme === b.scheme && a.host.toLowerCase() === b.host.toLowerCase() && a.port === b.port;
}

function authorityOf(url: WebUrl, host: string): string {
  if (url.port === DEFAULT_PORTS[url.scheme]) return host.includes(':') ? `[${host}]` : host;
  return formatAuthority({ host, port: url.port });
}

function splitHostPort(text: string, authority: string): [string, string | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(authority);
  if (bracketed) return [(bracketed[1] ?? '').replace('%25', '%'), bracketed[2]];
  const [host = '', port, ...more] = authority.split(':');
  if (more.length > 0) throw refuse(text, 'more than one colon in the host', '[v6]:port for an IPv6 address');
  return [host, port];
}

function parseWebPort(text: string, port: string): number {
  if (!/^\d+$/.test(port)) throw refuse(text, `"${port}" is not a port number`);
  const number = parsePort(port);
  if (number === 0) throw refuse(text, 'port 0 is nowhere');
  return number;
}

function requestTarget(text: string, rest: string): string {
  try {
    const { pathname, search } = new URL(`http://host${rest}`);
    return pathname + search;
  } catch {
    throw refuse(text, 'not a URL');
  }
}

function decode(credentials: string): string {
  try {
    return decodeURIComponent(credentials);
  } catch {
    return credentials;
  }
}

function refuse(text: string, reason: string, hint?: string): NettkError {
  return new NettkError({ code: 'BAD_ENDPOINT', action: `URL ${JSON.stringify(text)}`, reason, hint });
}
