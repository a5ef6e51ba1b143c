/** The life of every server command: bind, ready lines, events, drain at the first signal, an exit status. */

import type { LiveGate } from '../net/gate.ts';
import type { Server } from '../net/serve.ts';
import type { Service } from '../services/service.ts';
import { aborted } from '../stream/until-aborted.ts';
import { announceServer } from './announce-server.ts';
import type { CommonValues } from './command.ts';
import { openGateOf } from './gate-options.ts';
import type { Io } from './io.ts';
import { type Joined, type JoinPlan, planJoining } from './join-options.ts';
import type { ServerEventWriter } from './server-events.ts';
import { faceEndpoints, type ServerOptionValues, serverEndpoints } from './server-options.ts';
import { tlsServerOptions } from './tls-options.ts';
import { wsServerOptions } from './ws-options.ts';
import { keepYoungSpaceSmall } from './young-space.ts';

/** One service to run. */
export interface PlannedServer {
  readonly service: Service;
  /** The service's own options, parsed. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The port to listen on; 0 for a free one. */
  readonly port: number;
}

/** What was typed, and the gate before all servers that it asks for. */
type RunValues = ServerOptionValues & CommonValues & { readonly gate: LiveGate | undefined };

/** A bound server and what writes its events. */
interface Running {
  readonly plan: PlannedServer;
  readonly server: Server;
  readonly events: ServerEventWriter;
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
  await keepYoungSpaceSmall();
  const join = await planJoining(
    args,
    planned.map(({ service }) => service.name),
    io,
  );
  const gate = await openGateOf(args, io);
  let running: Running[];
  let leave: () => Promise<unknown>;
  try {
    running = await startAll(planned, { ...args, gate }, io);
    const joined = join && joinAll(running, join);
    const announced = await Promise.all(running.map(announceServer));
    leave = () => Promise.all([joined?.stop(), ...announced.map((one) => one?.withdraw())]);
    await aborted(io.signal);
  } finally {
    gate?.close();
  }
  // First, so that nobody is sent to a closed door.
  await leave();
  const drained = await Promise.all(running.map(({ server }) => server.drain()));
  const cut = drained.reduce((sum, one) => sum + one.cut, 0);
  if (cut > 0) io.note((await import('./server-events.ts')).cutNote(cut, args.grace));
  return cut === 0 ? 0 : 1;
}

/** Starts all or none. The ready lines come when everything is bound, and what clients do meanwhile after them. */
async function startAll(planned: readonly PlannedServer[], args: RunValues, io: Io): Promise<Running[]> {
  const running: Running[] = [];
  try {
    for (const plan of planned) running.push(await start(plan, args, io));
  } catch (error) {
    await Promise.all(running.map(({ server }) => server.close()));
    throw error;
  }
  for (const { server, events } of running)
    for (const endpoint of server.endpoints)
      events.listening(endpoint, server.certificateOf(endpoint), server.faceOf(endpoint));
  for (const { events } of running) events.release();
  return running;
}

function joinAll(running: readonly Running[], join: JoinPlan): Joined {
  return join(
    running.map(({ plan: { service }, server, events }) => ({
      name: service.name,
      endpoints: server.endpoints,
      faceOf: (endpoint) => server.faceOf(endpoint),
      description: service.summary,
      events,
    })),
  );
}

async function start(plan: PlannedServer, args: RunValues, io: Io): Promise<Running> {
  const { serve } = await import('../net/serve.ts');
  const { ServerEventWriter } = await import('./server-events.ts');
  const events = new ServerEventWriter({ service: plan.service.name }, args, io);
  events.hold();
  const endpoints = await serverEndpoints(plan.service, args, plan.port);
  const server = await serve(plan.service, {
    endpoints,
    faces: await faceEndpoints(plan.service, args, plan.options),
    tls: await tlsServerOptions(args, endpoints),
    ws: wsServerOptions(args, endpoints),
    options: plan.options as never,
    maxConnections: args.maxConnections,
    idleTimeoutMs: args.idleTimeout,
    graceMs: args.grace,
    udpRate: args.udpRate,
    gate: args.gate,
    listeners: {
      connected: (peer, endpoint) => events.connected(peer, endpoint),
      disconnected: (peer, reason, endpoint) => events.disconnected(peer, reason, endpoint),
      refused: (refusal) => events.refused(refusal),
      failed: (peer, error) => events.failed(peer, error),
      noted: (line) => events.noted(line),
      draining: () => events.draining(),
      closed: () => events.closed(),
    },
  });
  return { plan, server, events };
}
