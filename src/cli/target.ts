/** HOST and PORT as people type them for a client: `host`, `host:port`, `host port`, `tcp://host:port`, `unix:/path`. */

import { usageError } from '../errors.ts';
import type { Endpoint, Scheme } from '../net/endpoint.ts';

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
}

/** What was typed, as the parser hands it over. */
export interface TypedTarget {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly udp?: boolean;
  readonly tcp?: boolean;
}

/**
 * Puts a target together.
 *
 * @throws NettkError where host and port contradict each other, or one is not valid
 */
export async function clientTarget(args: TypedTarget, defaults: TargetDefaults): Promise<ClientTarget> {
  const { port } = args;
  if (args.udp && args.tcp) throw usageError('options --udp and --tcp', 'contradict each other');
  const { parseEndpoint } = await import('../net/endpoint.ts');
  const typed = args.host ?? defaults.host ?? '';
  const asked = args.udp ? 'udp' : args.tcp ? 'tcp' : undefined;
  const typedScheme = /^[A-Za-z][\w+.-]*:\/\/|^unix:/.test(typed);
  const parsed = parseEndpoint(typed, { scheme: asked ?? defaults.scheme, port: NO_PORT });
  if (typedScheme && asked !== undefined && parsed.scheme !== asked) {
    throw usageError(`option --${asked}`, `contradicts ${typed}`);
  }
  const bare = parsed.scheme !== 'unix' && parsed.port === NO_PORT;
  if (port !== undefined && !bare) throw usageError(`port ${JSON.stringify(port)}`, `${typed} says where already`);
  const endpoint = bare ? { ...parsed, port: await choosePort(port, parsed.scheme, defaults) } : parsed;
  return { endpoint, forced: typedScheme || asked !== undefined };
}

/** Stands for a port that was not typed; no real one is negative. */
const NO_PORT = -1;

/** The port typed, else getservbyname's, else the documented number where the services file has no such line. */
async function choosePort(typed: string | undefined, scheme: Scheme, defaults: TargetDefaults): Promise<number> {
  const { findServices, parsePort } = await import('../net/ports.ts');
  const protocol = scheme === 'udp' ? 'udp' : 'tcp';
  if (typed !== undefined) return parsePort(typed, protocol);
  return findServices(defaults.service, protocol)[0]?.port ?? defaults.port;
}
