/** What nc's words mean: a host and ports, lists and ranges of them, or a socket path. */

import { usageError } from '../../errors.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { isAddress } from '../../net/plain-address.ts';
import { MAX_PORT, parsePort } from '../../net/ports.ts';
import type { NcValues } from './nc-options.ts';

/** The options that say where. */
type TargetValues = Pick<NcValues, 'udp' | 'unix' | 'ipv6' | 'sourcePort' | 'source' | 'numeric' | 'random'>;

/**
 * Where `nc HOST PORT…` connects to, in order: a port is a number, a service name or a range `20-30`.
 *
 * @throws NettkError `USAGE`
 */
export function ncTargets(words: readonly string[], args: TargetValues): Endpoint[] {
  const [host, ...ports] = words;
  if (args.unix) return [unixTarget(words)];
  if (host === undefined || ports.length === 0) throw usageError('nc', 'needs a destination and a port');
  checkName(host, args);
  const scheme = args.udp ? 'udp' : 'tcp';
  const all = ports.flatMap((word) => portsOf(word, scheme));
  return (args.random ? shuffled(all) : all).map((port) => ({ scheme, host, port, path: '' }));
}

/**
 * Where `nc -l [HOST] PORT` listens: on every IPv4 address where no host is given.
 *
 * @throws NettkError `USAGE`
 */
export function ncListenTarget(words: readonly string[], args: TargetValues): Endpoint {
  if (args.unix) return unixTarget(words);
  if (words.length > 2) throw usageError(JSON.stringify(words[2]), 'one argument too many');
  const [first, second] = words;
  const lone = args.sourcePort === undefined ? undefined : first;
  const host = second === undefined ? lone : first;
  const port = second ?? (args.sourcePort === undefined ? first : args.sourcePort);
  if (port === undefined) throw usageError('nc -l', 'needs a port');
  if (host !== undefined) checkName(host, args);
  const scheme = args.udp ? 'udp' : 'tcp';
  const everywhere = args.ipv6 ? '::' : '0.0.0.0';
  return { scheme, host: host ?? args.source ?? everywhere, port: parsePort(port, scheme), path: '' };
}

function unixTarget(words: readonly string[]): Endpoint {
  const [path, ...more] = words;
  if (path === undefined) throw usageError('nc -U', 'missing socket pathname');
  if (more.length > 0) throw usageError(JSON.stringify(more[0]), 'one argument too many');
  return { scheme: 'unix', host: '', port: 0, path };
}

/** A name with a hyphen, such as `ftp-data`, is no range. */
function portsOf(word: string, scheme: 'tcp' | 'udp'): number[] {
  const [, low, high] = /^(\d+)-(\d+)$/.exec(word) ?? [];
  if (low === undefined || high === undefined) return [parsePort(word, scheme)];
  const ends = [Number(low), Number(high)].sort((a, b) => a - b) as [number, number];
  if (ends[1] > MAX_PORT) throw usageError(`port range ${word}`, `past ${MAX_PORT}`);
  return Array.from({ length: ends[1] - ends[0] + 1 }, (_, index) => ends[0] + index);
}

function shuffled(ports: readonly number[]): number[] {
  const order = ports.map((port) => [Math.random(), port] as const);
  return order.sort(([a], [b]) => a - b).map(([, port]) => port);
}

/** With `-n` a host is an address. */
function checkName(host: string, { numeric }: TargetValues): void {
  if (numeric && !isAddress(host)) {
    throw usageError(`host ${JSON.stringify(host)}`, 'no address, and -n forbids to look it up');
  }
}
