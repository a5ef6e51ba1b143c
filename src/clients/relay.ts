/**
 * A relay: any two endpoints joined, byte for byte, half-close and reset included (stream/join.ts).
 *
 * - Where a side listens, every client gets an other side of its own; where standard input and output are one side there
 *   is one client. Where both sides listen, the clients of the one are joined to those of the other in turn.
 * - Where both are dialled, started or read, there is one conversation. With retries, a dialled side that fails or ends
 *   first is dialled again; the end of the side that cannot be dialled, else of the left, is the end.
 */

import { NettkError, usageError } from '../errors.ts';
import { checkProgram } from '../host/child-command.ts';
import { openFileSource } from '../host/file-source.ts';
import { openLogFile } from '../host/log-file.ts';
import { connectionsThatFit } from '../host/open-files.ts';
import { isSameFile } from '../host/same-file.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { reachesListener } from '../net/own-listener.ts';
import { RefusalCounter } from '../net/refusals.ts';
import { hostMany, hostOne, type ListenPlan } from './listen.ts';
import { RelayHost } from './relay/host.ts';
import { type LinkResult, runLink } from './relay/link.ts';
import { Lobby } from './relay/lobby.ts';
import { type OpenSide, openSide, type SideWorld } from './relay/open-side.ts';
import type { RelayPlan } from './relay/plan.ts';
import { formatSide, type Side } from './relay/side.ts';
import { withRetries } from './retry.ts';

/** A connection that lived for this long was a success: what comes after it is tried from the beginning, in milliseconds. */
const STEADY_MS = 10_000;

/**
 * Runs a relay to its end; one that listens runs until the signal.
 *
 * @returns an exit status: of a relay for many clients 1 where some had to be cut at the end of the grace, else of the
 *   program, where a side is one
 * @throws NettkError: sides that make no sense together, what cannot be bound or opened, what broke the only conversation;
 *   the signal's reason where nobody listens
 */
export async function runRelay(plan: RelayPlan): Promise<number> {
  await checkSides(plan);
  const { left, right } = plan;
  const file = right.kind === 'file' ? await openLogFile(right.path, plan.append) : undefined;
  const world = { ...plan.world, sink: file && { side: right, file } };
  const isServer = left.kind === 'listen' || right.kind === 'listen';
  try {
    return await (isServer ? runListening(plan, world) : runDialled(plan, world));
  } finally {
    await file?.close();
  }
}

/** Sees before anything is opened that it can work. */
async function checkSides({ left, right, retries, world }: RelayPlan): Promise<void> {
  const sides = [left, right];
  if (sides.every(({ kind }) => kind === 'stdio'))
    throw usageError('relay', 'both sides are standard input and output');
  if (retries !== undefined && !sides.some(({ kind }) => kind === 'dial')) {
    throw usageError('option --retry', 'no side is dialled');
  }
  for (const side of sides) if (side.kind === 'program') checkProgram(side.command, world.env['PATH']);
  if (left.kind === 'file') (await openFileSource(left.path)).destroy();
  if (left.kind === 'file' && right.kind === 'file' && isSameFile(left.path, right.path)) {
    throw usageError('relay', `${left.path} and ${right.path} are the same file`);
  }
  await refuseCircle(left, right);
  await refuseCircle(right, left);
}

/** A relay that dials itself would go on until all files of the process are used up. */
async function refuseCircle(listening: Side, dialled: Side): Promise<void> {
  if (listening.kind !== 'listen' || dialled.kind !== 'dial') return;
  if (!(await reachesListener(dialled.endpoint, listening.endpoint))) return;
  const action = `relay ${formatSide(listening)} ${formatSide(dialled)}`;
  throw usageError(action, 'it would connect to itself, again and again', 'another port');
}

async function runListening(plan: RelayPlan, world: SideWorld): Promise<number> {
  const lobby = plan.left.kind === 'listen' && plan.right.kind === 'listen' ? new Lobby() : undefined;
  const host = new RelayHost(plan, world, lobby);
  const refusals = new RefusalCounter((refusal) => plan.events.refused(refusal));
  const listenPlan = hostPlan(plan, host);
  try {
    if (lobby && plan.right.kind === 'listen') {
      const handlers = {
        onDrop: (peer: string) => refusals.add('too many clients wait', peer),
        onRefused: (peer: string, why: string) => refusals.add(why, peer),
        onError: (error: NettkError) => refusals.add(error.message, ''),
      };
      const { endpoint } = plan.right;
      const listener = await lobby.open(endpoint, handlers, plan.listen(endpoint));
      plan.events.listening(listener.endpoint, listener.certificate);
    }
    if (plan.left.kind === 'stdio' || plan.right.kind === 'stdio') {
      return await hostOne(listenPlan);
    }
    const cut = await hostMany(listenPlan, plan.graceMs, () => plan.events.draining());
    plan.events.closed(cut);
    return cut === 0 ? 0 : 1;
  } finally {
    refusals.close();
    await lobby?.close();
  }
}

function hostPlan(plan: RelayPlan, host: RelayHost): ListenPlan {
  const { endpoint } = (plan.left.kind === 'listen' ? plan.left : plan.right) as { endpoint: Endpoint };
  const { events, signal } = plan;
  const limits = plan.listen(endpoint);
  return {
    endpoints: [endpoint],
    listen: { ...limits, maxConnections: mostClients(endpoint, limits.maxConnections) },
    host,
    signal,
    onListening: ({ endpoint, certificate }) => events.listening(endpoint, certificate),
    onAccepted: (conn, endpoint) => host.accepted(conn, endpoint),
    onDisconnected: () => {},
    onRefused: (refusal) => events.refused(refusal),
  };
}

/** Every client costs two files: relays that lead to each other in a circle end here, and not where all files are gone. */
function mostClients({ scheme }: Endpoint, asked: number | undefined): number | undefined {
  if (scheme === 'udp') return asked;
  return Math.min(asked ?? Number.POSITIVE_INFINITY, Math.max(1, Math.floor(connectionsThatFit() / 2)));
}

type Openable = Exclude<Side, { kind: 'listen' }>;

async function runDialled(plan: RelayPlan, world: SideWorld): Promise<number> {
  const { signal, retries, events, left, right } = plan;
  const again = left.kind === 'dial' && right.kind !== 'dial' ? left : right;
  const anchor = again === left ? 'right' : 'left';
  const usesStdin = left.kind === 'stdio' || right.kind === 'stdio';
  let lastedMs = 0;
  const attempt = async (): Promise<number> => {
    lastedMs = 0;
    const result = await relayOnce(plan, world);
    lastedMs = result.ms;
    if (result.error !== undefined) throw result.error;
    if (retries !== undefined && result.first !== anchor) throw endedEarly(again);
    return result.status;
  };
  return withRetries(attempt, {
    retries: retries ?? 0,
    signal,
    hasLasted: () => lastedMs >= STEADY_MS,
    mayGoOn: () => !usesStdin || !world.stdin().readableEnded,
    onPause: (error, ms) => events.retrying(formatSide(again), error, ms),
  });
}

function endedEarly(side: Side): NettkError {
  return new NettkError({ code: 'ECONNABORTED', action: `relay ${formatSide(side)}`, reason: 'it ended first' });
}

async function relayOnce(plan: RelayPlan, world: SideWorld): Promise<LinkResult> {
  const { signal, events } = plan;
  const sides = [plan.left, plan.right] as [Openable, Openable];
  // A program need not start where there is nobody to talk to.
  const dialledFirst = [0, 1].toSorted((a, b) => Number(sides[b]?.kind === 'dial') - Number(sides[a]?.kind === 'dial'));
  const open: OpenSide[] = [];
  try {
    for (const i of dialledFirst) {
      const side = await openSide(sides[i] as Openable, world, undefined, signal);
      // Between here and the session nobody else would hear it fail.
      side.stream.on('error', () => {});
      open[i] = side;
    }
  } catch (error) {
    for (const side of open) side?.stream.destroy();
    throw error;
  }
  const [near, far] = open as [OpenSide, OpenSide];
  const link = { peer: near.name, target: far.name };
  events.connected(link);
  return runLink(plan, link, near, far, { signal });
}
