/** What ncat's one or two words mean: hosts, ports and socket paths (ncat(1), "CONNECT MODE AND LISTEN MODE"). */

import { networkInterfaces } from 'node:os';
import { usageError } from '../../errors.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { NcatValues } from './ncat-options.ts';

/** ncat's port where none is given. */
const NCAT_PORT = 31_337;

/** The options that say where. */
type TargetValues = Pick<NcatValues, 'udp' | 'unixsock' | 'ipv4' | 'ipv6' | 'sourcePort' | 'nodns'>;

/**
 * Where `ncat HOST [PORT]` connects to.
 *
 * @throws NettkError `USAGE` in ncat's words
 */
export async function ncatTarget(words: readonly string[], args: TargetValues): Promise<Endpoint> {
  const [host, port, ...more] = words;
  if (args.unixsock) return unixTarget(words);
  if (host === undefined) throw usageError('You must specify a host to connect to', 'HOST is missing');
  if (more.length > 0) throw usageError('Got more than one port specification', words.slice(1).join(' '));
  await checkName(host, args);
  return endpoint(host, port, args);
}

/**
 * Where `ncat -l [HOST] [PORT]` listens: on every address where no host is given, and a single number is the port.
 *
 * @throws NettkError `USAGE` in ncat's words
 */
export async function ncatListenTarget(words: readonly string[], args: TargetValues): Promise<Endpoint> {
  if (args.unixsock) return unixTarget(words);
  if (words.length > 2) throw usageError('Got more than one port specification', words.slice(1).join(' '));
  const [first, second] = words;
  const isPort = second === undefined && /^\d+$/.test(first ?? '');
  const host = isPort ? undefined : first;
  const port = (isPort ? first : second) ?? args.sourcePort;
  if (host !== undefined) await checkName(host, args);
  return endpoint(host ?? everyAddress(args), port, args);
}

/** Every address: an IPv6 socket takes IPv4 clients too, where this machine has IPv6. */
export function everyAddress(args: Pick<TargetValues, 'ipv4' | 'ipv6'>): string {
  if (args.ipv6) return '::';
  if (args.ipv4) return '0.0.0.0';
  const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'));
  return hasIpv6 ? '::' : '0.0.0.0';
}

async function endpoint(host: string, port: string | undefined, { udp }: TargetValues): Promise<Endpoint> {
  const { parseHost } = await import('../../net/endpoint.ts');
  const { parsePort } = await import('../../net/ports.ts');
  const scheme = udp ? 'udp' : 'tcp';
  return { scheme, host: parseHost(host), port: port === undefined ? NCAT_PORT : parsePort(port, scheme), path: '' };
}

async function unixTarget(words: readonly string[]): Promise<Endpoint> {
  const [path, ...more] = words;
  if (path === undefined) throw usageError('You must specify a path to a socket', 'PATH is missing');
  if (more.length > 0) throw usageError(`path ${path}`, `one word too many: ${more[0]}`);
  const { parseEndpoint } = await import('../../net/endpoint.ts');
  return parseEndpoint(`unix:${path}`);
}

/** With `-n` a host is an address. */
async function checkName(host: string, { nodns }: TargetValues): Promise<void> {
  if (!nodns) return;
  const { isAddress } = await import('../../net/plain-address.ts');
  if (!isAddress(host))
    throw usageError(`host ${JSON.stringify(host)}`, 'no address, and --nodns forbids to look it up');
}
