/** Whom a client talks to: the server that was typed, or with `--via` those that a name server knows under a name. */

import { tryEach } from '../clients/try-each.ts';
import { NettkError, usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { layersOf } from '../net/layers.ts';
import type { TlsClientOptions } from '../net/secure.ts';
import { isServiceName } from '../protocols/name-line.ts';
import type { CommonValues } from './command.ts';
import { findGiven } from './given-options.ts';
import type { Io } from './io.ts';
import { type ClientTarget, clientTarget, type TargetDefaults, type TypedTarget } from './target.ts';
import { type TlsClientValues, tlsClientOptions } from './tls-options.ts';

/** A target, and how TLS is spoken with it. */
export interface ReachedTarget extends ClientTarget {
  readonly tls: TlsClientOptions | undefined;
}

/** The targets that will do, one at least, all over the same kind of transport. */
export interface Reach {
  readonly targets: readonly [ReachedTarget, ...ReachedTarget[]];
  /** Does something with the first that somebody is at, in their order. */
  first<T>(attempt: (target: ReachedTarget) => Promise<T>): Promise<T>;
}

/** What was typed. */
export type ReachValues = TypedTarget &
  TlsClientValues &
  Pick<CommonValues, 'verbose'> & { readonly via?: string | undefined; readonly timeout?: number };

/** What the client is for. */
export interface ReachDefaults extends TargetDefaults {
  /** The name that is looked up with `--via` where none was typed; `service` where left out. */
  readonly name?: string;
}

/** For a name server's connection, and for its answer, in milliseconds, where no --timeout says otherwise. */
const TIMEOUT_MS = 10_000;

/**
 * Finds out whom to talk to.
 *
 * @throws NettkError as `clientTarget`; with `--via`: not a name, nobody under it, the name server does not answer
 */
export async function reach(args: ReachValues, defaults: ReachDefaults, io: Io): Promise<Reach> {
  const { via } = args;
  if (via === undefined) {
    const target = await clientTarget(args, defaults);
    const tls = await tlsClientOptions(args, target.endpoint, io);
    return { targets: [{ ...target, tls }], first: (attempt) => attempt({ ...target, tls }) };
  }
  const name = nameOf(args, defaults);
  const found = await lookUpTargets(name, via, args, io);
  const [first, ...more] = chooseTargets(name, found, args, defaults.scheme);
  const targets: Reach['targets'] = [
    await withTls(first, args, io),
    ...(await Promise.all(more.map((one) => withTls(one, args, SILENT)))),
  ];
  const onNext = (error: NettkError): void => {
    if (args.verbose > 0) io.note(`${error.message}; the next of ${name} is tried`);
  };
  return { targets, first: (attempt) => tryEach(name, targets, attempt, onNext) };
}

const SILENT: Pick<Io, 'note'> = { note: () => {} };

function nameOf({ host, port, udp, tcp }: ReachValues, { name, service }: ReachDefaults): string {
  if (udp && tcp) throw usageError('options --udp and --tcp', 'contradict each other');
  if (port !== undefined) throw usageError(`port ${JSON.stringify(port)}`, 'with --via the name server says where');
  const asked = host ?? name ?? service;
  if (isServiceName(asked)) return asked;
  throw usageError(JSON.stringify(asked), 'with --via this is the name of a service: letters, digits, - and _');
}

async function lookUpTargets(name: string, via: string, args: ReachValues, io: Io): Promise<Endpoint[]> {
  const { BY_MDNS, nameServerOf, isTlsServer } = await import('./name-server.ts');
  const { lookUp } = await import('./name-lookup.ts');
  const { foundInstance } = await import('../clients/found-instance.ts');
  const { ca, pin, insecure, cert, key } = args;
  const stray = findGiven({ ca, pin, insecure, cert, key });
  const isTls = isTlsServer(via) || (via === BY_MDNS && stray !== undefined);
  const tls = isTls ? await tlsClientOptions(args, TLS, io) : undefined;
  const choice = await nameServerOf({ action: 'option --via', typed: via, tls, note: (line) => io.note(line) });
  const { records } = await lookUp(name, { ...choice, timeoutMs: args.timeout ?? TIMEOUT_MS }, io);
  const found = records.map((record) => foundInstance(record).endpoint);
  if (stray !== undefined && tls === undefined && !found.some((one) => layersOf(one).tls)) {
    throw usageError(`option --${stray}`, `neither the name server nor ${name} is TLS`);
  }
  return found;
}

const TLS: Endpoint = { scheme: 'tls', host: '', port: 0, path: '' };

/** The same trust is for the name server and for the service, where they are TLS. */
async function withTls(target: ClientTarget, args: ReachValues, io: Pick<Io, 'note'>): Promise<ReachedTarget> {
  const isTls = layersOf(target.endpoint).tls;
  return { ...target, tls: isTls ? await tlsClientOptions(args, target.endpoint, io) : undefined };
}

/** Those that can be asked as it was typed; where nothing was, over what most clients of the service use. */
function chooseTargets(
  name: string,
  found: readonly Endpoint[],
  { udp, tcp }: ReachValues,
  usual: 'tcp' | 'udp',
): [ClientTarget, ...ClientTarget[]] {
  const streams = found.filter(({ scheme }) => scheme !== 'udp');
  const isPlain = ({ scheme }: Endpoint): boolean => scheme === 'tcp' || scheme === 'udp';
  const overUdp = (forced: boolean): ClientTarget[] =>
    found
      .filter(isPlain)
      .map((endpoint) => ({ endpoint: { ...endpoint, scheme: 'udp' }, forced: forced || endpoint.scheme === 'udp' }));
  const asTold = (all: readonly Endpoint[]): ClientTarget[] => all.map((endpoint) => ({ endpoint, forced: true }));
  let chosen: ClientTarget[];
  if (udp) chosen = overUdp(true);
  else if (tcp) chosen = asTold(streams);
  else if (usual === 'udp' && found.some(isPlain)) chosen = overUdp(false);
  else chosen = asTold(streams.length > 0 ? streams : found);
  const [first, ...more] = chosen;
  if (first) return [first, ...more];
  throw new NettkError({ code: 'NOT_FOUND', action: name, reason: `nobody serves it over ${udp ? 'UDP' : 'TCP'}` });
}
