/** Where: one parser and one printer for every address a person can type. */

import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { NettkError } from '../errors.ts';
import { parsePort } from './ports.ts';

/** How bytes travel to an endpoint. */
export type Scheme = 'tcp' | 'udp' | 'tls' | 'ws' | 'wss' | 'unix';

/** A parsed address. */
export interface Endpoint {
  readonly scheme: Scheme;
  /** A host name or address literal without brackets; empty for `unix`. */
  readonly host: string;
  /** 0–65535; 0 for `unix`, and where a listener shall pick a free one. */
  readonly port: number;
  /** The request path of `ws` and `wss`; the socket file or `@abstract` name of `unix`; else empty. */
  readonly path: string;
}

/** What stands in for the parts that were left out. */
export interface EndpointDefaults {
  /** `tcp` by default. */
  readonly scheme?: Scheme;
  /** Lets the host be left out: a bare port is then an endpoint. */
  readonly host?: string;
  /** Lets the port be left out: a bare host is then an endpoint. */
  readonly port?: number;
}

const SCHEMES: readonly string[] = ['tcp', 'udp', 'tls', 'ws', 'wss', 'unix'];
/** Where the port is left out of a WebSocket URL (RFC 6455, section 3). */
const WEB_PORTS: Readonly<Record<string, number>> = { ws: 80, wss: 443 };
const FORMS = 'host:port, [v6]:port, scheme://host:port or unix:/path';

/**
 * Parses `host:port`, `[v6]:port`, `scheme://host:port[/path]`, `unix:/path` and `unix:@abstract`. Ports are plain decimal
 * or service names; hosts are names or strict address literals (`127.1`, `0x7f.1` and `010.0.0.1` are refused).
 *
 * @throws NettkError `BAD_ENDPOINT` or `UNKNOWN_SERVICE`, naming the value and the reason
 * @example parseEndpoint('udp://[::1]:daytime') // { scheme: 'udp', host: '::1', port: 13, path: '' }
 */
export function parseEndpoint(text: string, defaults: EndpointDefaults = {}): Endpoint {
  if (text.startsWith('unix:')) return parseUnix(text);
  const [scheme, rest] = splitScheme(text, defaults.scheme ?? 'tcp');
  const slash = rest.indexOf('/');
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  const path = slash === -1 ? '' : rest.slice(slash);
  const isWeb = scheme === 'ws' || scheme === 'wss';
  if (path !== '' && !isWeb) throw refuse(text, `a ${scheme} address has no path`);
  const [host, port] = splitAuthority(text, authority, defaults);
  if (port === undefined && WEB_PORTS[scheme] === undefined && defaults.port === undefined) {
    throw refuse(text, 'the port is missing', FORMS);
  }
  return {
    scheme,
    host: parseHost(host),
    port: port === undefined ? (defaults.port ?? WEB_PORTS[scheme] ?? 0) : parsePort(port, protocolOf(scheme)),
    path: isWeb ? path || '/' : '',
  };
}

/**
 * Prints an endpoint so that `parseEndpoint` reads it back.
 *
 * @example formatEndpoint({ scheme: 'tcp', host: '::1', port: 80, path: '' }) // 'tcp://[::1]:80'
 */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.scheme === 'unix') return `unix:${endpoint.path}`;
  return `${endpoint.scheme}://${formatAuthority(endpoint)}${endpoint.path}`;
}

/** Prints `host:port`, an IPv6 address in brackets. */
export function formatAuthority(endpoint: Pick<Endpoint, 'host' | 'port'>): string {
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  return `${host}:${endpoint.port}`;
}

/** The transport protocol that carries a scheme, as /etc/services names it. */
export function protocolOf(scheme: Scheme): 'tcp' | 'udp' {
  return scheme === 'udp' ? 'udp' : 'tcp';
}

/**
 * Checks a host: a strict IPv4 or IPv6 literal (a zone as in `fe80::1%eth0` included) or a DNS name; names outside
 * ASCII become their A-labels (RFC 5890).
 *
 * @throws NettkError `BAD_ENDPOINT` with the reason
 */
export function parseHost(text: string): string {
  if (text === '') throw refuse(text, 'the host is missing', FORMS);
  if (isIPv4(text) || (hasTwoColons(text) && isIPv6(text))) return text;
  if (text.includes(':')) throw refuse(text, 'not an IPv6 address');
  if (looksNumeric(text))
    throw refuse(text, 'not an IPv4 address: four decimal numbers from 0 to 255, no leading zeros');
  // domainToASCII silently drops or rewrites some of these, so they are refused before it sees them.
  if (/[\s\x00-\x1f\x7f-\x9f%#?@[\]\\<>^|"'`{}]/.test(text)) throw refuse(text, 'not a host name');
  const name = domainToASCII(text);
  if (name === '' || looksNumeric(name)) throw refuse(text, 'not a host name');
  const bare = name.replace(/\.$/, '');
  const labels = bare.split('.');
  if (bare.length > 253 || labels.some((label) => label.length === 0 || label.length > 63)) {
    throw refuse(text, 'not a host name: labels have 1 to 63 characters, the whole at most 253');
  }
  return name;
}

/** Would C's loose parser take it for an address? Its last label is a number, decimal, octal or hexadecimal. */
function looksNumeric(text: string): boolean {
  const last = text.replace(/\.$/, '').split('.').at(-1) ?? '';
  return /^(\d+|0x[\da-f]*)$/i.test(last);
}

function splitScheme(text: string, standard: Scheme): [Scheme, string] {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text);
  if (!match) return [standard, text];
  const scheme = (match[1] as string).toLowerCase();
  if (!SCHEMES.includes(scheme) || scheme === 'unix') {
    throw refuse(text, `unknown scheme "${scheme}"`, `${SCHEMES.filter((s) => s !== 'unix').join(', ')} or unix:/path`);
  }
  return [scheme as Scheme, text.slice(match[0].length)];
}

/** Spares what cannot be an IPv6 address Node's check, whose regular expression takes milliseconds to compile. */
function hasTwoColons(text: string): boolean {
  return text.indexOf(':') !== text.lastIndexOf(':');
}

function splitAuthority(text: string, authority: string, defaults: EndpointDefaults): [string, string | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(authority);
  if (bracketed) {
    if (!isIPv6(bracketed[1] as string)) throw refuse(text, `"${bracketed[1]}" is not an IPv6 address`);
    return [bracketed[1] as string, bracketed[2]];
  }
  if (hasTwoColons(authority) && isIPv6(authority)) {
    if (defaults.port !== undefined) return [authority, undefined];
    throw refuse(text, 'the port is missing, or the IPv6 address needs brackets', `[${authority}]:PORT`);
  }
  const parts = authority.split(':');
  if (parts.length > 2) throw refuse(text, 'more than one colon outside brackets', '[v6]:port for an IPv6 address');
  const [first = '', second] = parts;
  if (second !== undefined) return [first === '' && defaults.host !== undefined ? defaults.host : first, second];
  if (defaults.host !== undefined && defaults.port === undefined) return [defaults.host, first];
  return [first, undefined];
}

/** The longest socket file name Linux takes (`sun_path`, unix(7)), in bytes, without its final NUL. */
const MAX_UNIX_PATH_BYTES = 107;

function parseUnix(text: string): Endpoint {
  // `unix:///path` is as common as `unix:/path`; to the system several slashes are one.
  const path = text.slice('unix:'.length).replace(/^\/+/, '/');
  if (['', '@', '/'].includes(path)) throw refuse(text, 'the socket path is missing', 'unix:/path or unix:@name');
  if (path.includes('\0')) throw refuse(text, 'a socket path has no NUL byte');
  if (Buffer.byteLength(path) > MAX_UNIX_PATH_BYTES) {
    throw refuse(text, `a socket path has at most ${MAX_UNIX_PATH_BYTES} bytes`);
  }
  return { scheme: 'unix', host: '', port: 0, path };
}

function refuse(text: string, reason: string, hint?: string): NettkError {
  return new NettkError({ code: 'BAD_ENDPOINT', action: `address ${JSON.stringify(text)}`, reason, hint });
}
