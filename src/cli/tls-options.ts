/** The options of TLS for clients and for servers, and what they become. */

import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { layersOf } from '../net/layers.ts';
import type { TlsClientOptions } from '../net/secure.ts';
import type { TlsServerOptions } from '../net/secure-server.ts';
import type { TlsSettings, TlsVersion } from '../net/tls-settings.ts';
import { findGiven, isGiven } from './given-options.ts';
import type { Io } from './io.ts';
import type { OptionSpecs, OptionValues } from './option.ts';

/** Whom a client trusts, and who it is: for clients whose target says `tls://`. */
export const TLS_TRUST_OPTIONS = {
  ca: { type: 'list', placeholder: 'FILE', describe: 'TLS: trust these authorities (PEM) instead of the usual ones' },
  pin: {
    type: 'list',
    placeholder: 'sha256:HASH',
    describe: 'TLS: take exactly this certificate (hexadecimal or base64), whoever issued it',
  },
  insecure: { type: 'flag', describe: 'TLS: take any certificate' },
  cert: { type: 'path', placeholder: 'FILE', describe: 'TLS: our certificate (PEM), and those up to its authority' },
  key: { type: 'path', placeholder: 'FILE', describe: 'TLS: its private key (PEM), where it is not in the same file' },
} as const satisfies OptionSpecs;

/** Choices that both sides have. */
const TLS_CHOICES = {
  alpn: { type: 'text', placeholder: 'NAME,…', describe: 'TLS: application protocols (ALPN), the best first' },
  'min-tls': { type: 'text', placeholder: 'VERSION', describe: 'TLS: the oldest version, 1.2 (as it is) or 1.3' },
  ciphers: { type: 'text', placeholder: 'LIST', describe: 'TLS: ciphers, as openssl names them' },
} as const satisfies OptionSpecs;

/** All of a client's. */
export const TLS_CLIENT_OPTIONS = {
  tls: { type: 'flag', describe: 'TLS over the connection, verified' },
  ...TLS_TRUST_OPTIONS,
  sni: { type: 'text', placeholder: 'NAME', describe: 'TLS: the name asked for, and verified, instead of the host' },
  ...TLS_CHOICES,
} as const satisfies OptionSpecs;

/** All of a server's. */
export const TLS_SERVER_OPTIONS = {
  tls: { type: 'flag', describe: 'TLS over TCP, with a throw-away certificate where none is given' },
  cert: { type: 'path', placeholder: 'FILE', describe: 'TLS: certificate (PEM), and those up to its authority' },
  key: { type: 'path', placeholder: 'FILE', describe: 'TLS: its private key (PEM), where it is not in the same file' },
  ca: {
    type: 'list',
    placeholder: 'FILE',
    describe: 'TLS: clients must show a certificate of these authorities (PEM)',
  },
  pin: { type: 'list', placeholder: 'sha256:HASH', describe: 'TLS: clients must show one of these certificates' },
  ...TLS_CHOICES,
} as const satisfies OptionSpecs;

type Typed<T extends OptionSpecs> = Partial<OptionValues<T>>;
/** A client's values; a command may have a part of the options only. */
export type TlsClientValues = Typed<typeof TLS_CLIENT_OPTIONS>;
/** A server's values. */
export type TlsServerValues = Typed<typeof TLS_SERVER_OPTIONS>;

/**
 * How a client speaks TLS with this endpoint; undefined where neither the endpoint nor an option asks for it. Files are
 * read and checked.
 *
 * @throws NettkError where options contradict each other or the endpoint, or a file or value cannot work
 */
export async function tlsClientOptions(
  args: TlsClientValues,
  endpoint: Endpoint,
  io: Pick<Io, 'note'>,
): Promise<TlsClientOptions | undefined> {
  if (!isAsked(args, [endpoint])) return undefined;
  const { insecure = false, sni } = args;
  if (insecure && isGiven(args.pin)) throw contradiction('insecure', 'pin');
  if (insecure && isGiven(args.ca)) throw contradiction('insecure', 'ca');
  const settings = await tlsSettings(args);
  if (insecure) io.note('--insecure: the certificate is not verified');
  return { ...settings, ...(insecure && { insecure }), ...(sni !== undefined && { name: await nameOf(sni) }) };
}

/**
 * How a server speaks TLS on these endpoints; undefined where neither an endpoint nor an option asks for it. Files are
 * read and checked.
 *
 * @throws as `tlsClientOptions`
 */
export async function tlsServerOptions(
  args: TlsServerValues,
  endpoints: readonly Endpoint[],
): Promise<TlsServerOptions | undefined> {
  return isAsked(args, endpoints) ? tlsSettings(args) : undefined;
}

function isAsked(args: TlsClientValues, endpoints: readonly Endpoint[]): boolean {
  const streams = endpoints.filter(({ scheme }) => scheme !== 'udp');
  if (args.tls && streams.length === 0) throw usageError('option --tls', 'TLS needs TCP or a Unix socket, not UDP');
  if (args.tls || streams.some((one) => layersOf(one).tls)) return true;
  const { ca, pin, insecure, cert, key, sni, alpn, minTls, ciphers } = args;
  const stray = findGiven({ ca, pin, insecure, cert, key, sni, alpn, minTls, ciphers });
  if (stray !== undefined) throw usageError(`option --${stray}`, 'nothing here is TLS', '--tls, or tls://HOST:PORT');
  return false;
}

function contradiction(one: string, other: string): Error {
  return usageError(`options --${one} and --${other}`, 'contradict each other');
}

async function tlsSettings(args: TlsClientValues): Promise<TlsSettings> {
  const { ca = [], pin = [], cert, key, ciphers } = args;
  if (ca.length > 0 && pin.length > 0) throw contradiction('ca', 'pin');
  if (key !== undefined && cert === undefined) throw usageError('option --key', 'needs --cert');
  const { readAuthorities, readIdentity } = await import('../clients/tls-files.ts');
  const { parsePin } = await import('../net/pins.ts');
  return {
    ...(ca.length > 0 && { ca: ca.map(readAuthorities).join('\n') }),
    ...(pin.length > 0 && { pins: pin.map(parsePin) }),
    ...(cert !== undefined && { identity: readIdentity(cert, key) }),
    ...(args.alpn !== undefined && { alpn: protocolsOf(args.alpn) }),
    ...(args.minTls !== undefined && { minVersion: versionOf(args.minTls) }),
    ...(ciphers !== undefined && { ciphers }),
  };
}

/** The longest name of an application protocol, in bytes (RFC 7301, section 3.1). */
const MAX_PROTOCOL_BYTES = 255;

function protocolsOf(text: string): string[] {
  const names = text.split(',');
  const isName = (name: string): boolean => name !== '' && Buffer.byteLength(name) <= MAX_PROTOCOL_BYTES;
  if (names.every(isName)) return names;
  throw usageError(`option --alpn ${JSON.stringify(text)}`, 'not a list of protocols', 'h2,http/1.1');
}

function versionOf(text: string): TlsVersion {
  const version = text.replace(/^tls\s?v?/i, '');
  if (version === '1.2' || version === '1.3') return version;
  const isOld = /^(1(\.[01])?|ssl.*)$/i.test(version);
  const reason = isOld ? 'broken, and not spoken here (RFC 8996)' : 'not a version of TLS';
  throw usageError(`option --min-tls ${JSON.stringify(text)}`, reason, '1.2 or 1.3');
}

async function nameOf(sni: string): Promise<string> {
  const { parseHost } = await import('../net/endpoint.ts');
  const name = parseHost(sni);
  if (!/^[\d.]+$|:/.test(name)) return name;
  throw usageError(`option --sni ${JSON.stringify(sni)}`, 'an address is not asked for by name (RFC 6066)', 'a name');
}
