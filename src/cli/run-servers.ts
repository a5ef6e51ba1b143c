/** The life of every server command: bind, ready lines, events, drain at the first signal, an exit status. */

import { NettkError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { Server } from '../net/serve.ts';
import type { Service } from '../services/service.ts';
import { printable } from '../stream/printable.ts';
import type { CommonValues } from './command.ts';
import type { Io } from './io.ts';
import { type ServerOptionValues, serverEndpoints } from './server-options.ts';

/** One service to run. */
export interface PlannedServer {
  readonly service: Service;
  /** The service's own options, parsed. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The port to listen on; 0 for a free one. */
  readonly port: number;
}

/**
 * Runs servers until the first signal, then drains them.
 *
 * @returns 0 when every session finished, 1 when some had to be cut
 * @throws NettkError when one cannot be bound; none runs then
 */
export async function runServers(
  planned: readonly PlannedServer[],
  args: ServerOptionValues & CommonValues,
  io: Io,
): Promise<number> {
  const running: Server[] = [];
  await keepYoungSpaceSmall();
  try {
    for (const plan of planned) running.push(await start(plan, args, io));
  } catch (error) {
    await Promise.all(running.map((server) => server.close()));
    throw error;
  }
  for (const [i, server] of running.entries()) await announce((planned[i] as PlannedServer).service, server, args, io);
  await interrupted(io.signal);
  const drained = await Promise.all(running.map((server) => server.drain()));
  const cut = drained.reduce((sum, one) => sum + one.cut, 0);
  if (cut > 0) io.note(`${cut} ${cut === 1 ? 'connection' : 'connections'} cut after ${args.grace / 1_000} s of grace`);
  return cut === 0 ? 0 : 1;
}

/**
 * Keeps V8 from growing the space for young objects: with 10,000 busy connections it grows by 100 MiB of garbage, and
 * the round trips do not get faster for it (`npm run bench connections`).
 */
async function keepYoungSpaceSmall(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--semi-space-growth-factor=1');
}

async function start(plan: PlannedServer, args: ServerOptionValues & CommonValues, io: Io): Promise<Server> {
  const { serve } = await import('../net/serve.ts');
  const server = await serve(plan.service, {
    endpoints: await serverEndpoints(plan.service, args, plan.port),
    options: plan.options as never,
    maxConnections: args.maxConnections,
    idleTimeoutMs: args.idleTimeout,
    graceMs: args.grace,
    udpRate: args.udpRate,
  });
  const { formatEndpoint } = await import('../net/endpoint.ts');
  report(plan.service.name, server, args, io, formatEndpoint);
  return server;
}

async function announce(service: Service, server: Server, args: CommonValues, io: Io): Promise<void> {
  const { formatEndpoint } = await import('../net/endpoint.ts');
  for (const endpoint of server.endpoints) {
    const where = formatEndpoint(endpoint);
    if (args.json) await io.json({ event: 'listening', service: service.name, endpoint: where });
    else io.note(`${service.name} listening on ${where}`);
  }
}

/** Tells what happens on a server: as JSON events, or as notes; connections only with -v. */
function report(service: string, server: Server, args: CommonValues, io: Io, format: (one: Endpoint) => string): void {
  const tell = (event: string, facts: Record<string, unknown>): void => {
    // An event that cannot be written any more (its reader left) must not end the service.
    if (args.json) io.json({ event, service, time: new Date().toISOString(), ...facts }).catch(() => {});
  };
  const note = (line: string): void => {
    if (!args.json) io.note(`${service}: ${line}`);
  };
  server.on('connected', (peer, endpoint) => {
    tell('connected', { endpoint: format(endpoint), peer: format(peer) });
    if (args.verbose > 0) note(`connected from ${format(peer)}`);
  });
  server.on('disconnected', (peer, reason) => {
    tell('disconnected', { peer: format(peer), reason });
    if (args.verbose > 0) note(`disconnected from ${format(peer)}${reason && `: ${printable(reason)}`}`);
  });
  server.on('refused', ({ reason, count, peer }) => {
    tell('refused', { peer, reason, count });
    note(`refused ${count === 1 ? peer || 'a client' : `${count} more, last ${peer || 'unknown'}`}: ${reason}`);
  });
  server.on('failed', (peer, error) => {
    const expected = error instanceof NettkError;
    const text = expected ? error.message : bugText(error);
    if (args.verbose > 0 || !expected)
      note(`session with ${format(peer)} failed: ${expected ? printable(text) : text}`);
  });
  server.on('draining', () => tell('draining', {}));
  server.on('closed', () => tell('closed', {}));
}

const bugText = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
