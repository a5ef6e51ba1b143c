/** HOST and PORT as people type them for a client: `host`, `host:port`, `host port`, `tcp://host:port`, `unix:/path`. */

import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';

/** A client's target. */
export interface ClientTarget {
  readonly endpoint: Endpoint;
  /** The scheme was typed, or `--udp` or `--tcp` was: no other way shall be tried. */
  readonly forced: boolean;
}

/** What a client knows about its target besides what was typed. */
export interface TargetDefaults {
  /** The host where none was typed. */
  readonly host?: string;
  /** The service's name: its port is looked up for the protocol at hand; `port` where /etc/services does not know it. */
  readonly service: string;
  readonly port: number;
  /** The way where none was typed. */
  readonly scheme: 'tcp' | 'udp';
  readonly udp: boolean;
  readonly tcp: boolean;
}

/**
 * Puts a target together.
 *
 * @throws NettkError where host and port contradict each other, or one is not valid
 */
export async function clientTarget(
  host: string | undefined,
  port: string | undefined,
  defaults: TargetDefaults,
): Promise<ClientTarget> {
  if (defaults.udp && defaults.tcp) throw usageError('options --udp and --tcp', 'contradict each other');
  const { parseEndpoint } = await import('../net/endpoint.ts');
  const { parsePort } = await import('../net/ports.ts');
  const typed = host ?? defaults.host ?? '';
  const typedScheme = /^[A-Za-z][\w+.-]*:\/\/|^unix:/.test(typed);
  const scheme = defaults.udp ? 'udp' : defaults.tcp ? 'tcp' : defaults.scheme;
  const standard = port === undefined ? await servicePort(defaults, scheme) : parsePort(port, scheme);
  const endpoint = parseEndpoint(typed, { scheme, port: standard });
  const hasOwnPort = endpoint.scheme === 'unix' || parseEndpoint(typed, { scheme, port: standard ^ 1 }).port === endpoint.port;
  if (port !== undefined && hasOwnPort) throw usageError(`port ${JSON.stringify(port)}`, `${typed} has one already`);
  if (typedScheme && (defaults.udp || defaults.tcp) && endpoint.scheme !== scheme) {
    throw usageError(`option --${scheme}`, `contradicts ${typed}`);
  }
  return { endpoint, forced: typedScheme || defaults.udp || defaults.tcp };
}

/** getservbyname, and the documented number where the services file has no such line. */
async function servicePort(defaults: TargetDefaults, scheme: 'tcp' | 'udp'): Promise<number> {
  const { findServices } = await import('../net/ports.ts');
  return findServices(defaults.service, scheme)[0]?.port ?? defaults.port;
}
