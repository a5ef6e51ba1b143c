/** The options every server shares, and the endpoints they add up to. */

import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { Service } from '../services/service.ts';
import { GATE_OPTIONS } from './gate-options.ts';
import { JOIN_OPTIONS } from './join-options.ts';
import type { OptionSpecs, OptionValues } from './option.ts';
import { TLS_SERVER_OPTIONS } from './tls-options.ts';
import { camelCase } from './values.ts';
import { WS_SERVER_OPTIONS } from './ws-options.ts';

/** Shared by `S-server` and `serve`. */
export const SERVER_OPTIONS = {
  host: {
    type: 'text',
    default: '127.0.0.1',
    placeholder: 'ADDRESS',
    describe: 'address to listen on; 0.0.0.0 or :: for all',
  },
  port: {
    type: 'port',
    alias: 'p',
    describe: 'port to listen on, number or service name; 0 picks a free one',
  },
  ...TLS_SERVER_OPTIONS,
  ...WS_SERVER_OPTIONS,
  tcp: { type: 'flag', describe: 'only TCP (with --udp: both)' },
  udp: { type: 'flag', describe: 'only UDP (with --tcp: both)' },
  unix: {
    type: 'path',
    placeholder: 'PATH',
    describe: 'listen on a Unix socket; with --port, --tcp or --udp there too',
  },
  'udp-rate': {
    type: 'integer',
    min: 1,
    max: 1_000_000,
    placeholder: 'N',
    describe: 'UDP answers a second and source (100; DNS 1000, and any number on this machine)',
  },
  'max-connections': {
    type: 'integer',
    min: 1,
    max: 1_000_000,
    placeholder: 'N',
    describe: 'connections at once (what the limit on open files leaves)',
  },
  'idle-timeout': {
    type: 'duration',
    default: '10m',
    describe: 'break off a connection silent for this long; 0 is never',
  },
  ...GATE_OPTIONS,
  grace: {
    type: 'duration',
    default: '5s',
    describe: 'how long sessions may finish after the first ^C',
  },
  ...JOIN_OPTIONS,
} as const satisfies OptionSpecs;

/** Their values. */
export type ServerOptionValues = OptionValues<typeof SERVER_OPTIONS>;

/**
 * Where a service listens, as the options say: TCP and UDP where it has both, TLS or WebSocket instead of both where that is
 * asked, a Unix socket alone unless more is asked.
 *
 * @param port the service's own port where `--port` was not given
 * @throws NettkError where the service lacks what was asked for, or a value is wrong
 */
export async function serverEndpoints(
  service: Service,
  options: ServerOptionValues,
  port: number,
): Promise<Endpoint[]> {
  const { parseEndpoint } = await import('../net/endpoint.ts');
  const { tls, ws } = options;
  const asked = options.tcp || options.udp;
  if (options.udp && !service.datagram) throw usageError('option --udp', `${service.name} is not served over UDP`);
  if (options.tcp && !service.session) throw usageError('option --tcp', `${service.name} is not served over TCP`);
  for (const [name, isAsked] of Object.entries({ tls, ws })) {
    if (isAsked && !service.session) throw usageError(`option --${name}`, `${service.name} is not served over TCP`);
  }
  const endpoints: Endpoint[] = [];
  if (options.unix === undefined || asked || options.port !== undefined) {
    const host = await bindHost(options);
    const { layeredEndpoint } = await import('../net/layers.ts');
    const plain: Endpoint = { scheme: 'tcp', host, port, path: '' };
    // They take the place of plain TCP, and what is asked to be secret is not served over UDP besides.
    if (service.session && (options.tcp || tls || ws || !asked)) {
      endpoints.push(layeredEndpoint(plain, { tls, ws }, ''));
    }
    if (service.datagram && (options.udp || !(asked || tls || ws))) endpoints.push({ ...plain, scheme: 'udp' });
  }
  if (options.unix !== undefined) endpoints.push(parseEndpoint(`unix:${options.unix}`));
  return endpoints;
}

/**
 * Where a service's other faces listen: those whose port was given, over whatever each of them speaks, on the shared host.
 *
 * @param own the service's own options, parsed
 */
export async function faceEndpoints(
  service: Service,
  options: ServerOptionValues,
  own: Readonly<Record<string, unknown>>,
): Promise<Record<string, Endpoint[]>> {
  const open: Record<string, Endpoint[]> = {};
  for (const face of service.faces ?? []) {
    const port = own[camelCase(face.option)] as number | undefined;
    if (port === undefined) continue;
    const { layeredEndpoint } = await import('../net/layers.ts');
    const plain: Endpoint = { scheme: 'tcp', host: await bindHost(options), port, path: '' };
    open[face.name] = [
      ...(face.session ? [layeredEndpoint(plain, { tls: options.tls && !face.isPlain, ws: false }, '')] : []),
      ...(face.datagram ? [{ ...plain, scheme: 'udp' } as const] : []),
    ];
  }
  return open;
}

async function bindHost(options: ServerOptionValues): Promise<string> {
  const { parseHost } = await import('../net/endpoint.ts');
  return parseHost(options.host.replace(/^\[(.*)\]$/, '$1'));
}
