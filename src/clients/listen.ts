/** Waits for clients and hands each to whoever talks to them: one client, or with keep-open as many as come. */

import { NettkError } from '../errors.ts';
import { type Conn, localEnd } from '../net/conn.ts';
import { measureRoom } from '../net/connection-room.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { Listener, ListenOptions } from '../net/listen.ts';
import { listenConns } from '../net/listen-conns.ts';
import { type Refusal, RefusalCounter } from '../net/refusals.ts';
import { aborted } from '../stream/until-aborted.ts';

/** Talks to the clients that come. */
export interface Host {
  /**
   * Talks to one client until it is over; `signal` breaks it off.
   *
   * @param local our end
   * @returns an exit status
   */
  talk(conn: Conn, signal: AbortSignal, local: Endpoint): Promise<number>;
  /** Nothing more shall come from our side: clients may finish. */
  finish?(): void;
  /** Open files that each client needs besides its connection; none where left out. */
  readonly filesEach?: number;
  /** Resolves when there is no reason to go on, such as an output that nobody reads. */
  readonly over?: Promise<void>;
}

/** Where to listen, and whom to tell. */
export interface ListenPlan {
  readonly endpoints: readonly Endpoint[];
  readonly listen: ListenOptions;
  readonly host: Host;
  /** Ends a single conversation; with keep-open, starts the goodbye. */
  readonly signal: AbortSignal;
  onListening(listener: Listener): void;
  onAccepted(conn: Conn, endpoint: Endpoint): void;
  onDisconnected(peer: Endpoint, reason: string, endpoint: Endpoint): void;
  onRefused(refusal: Refusal): void;
}

/**
 * Listens until the first client has finished; everybody else is refused meanwhile.
 *
 * @returns the host's exit status
 * @throws NettkError where an endpoint cannot be bound; what the host throws; the signal's reason
 */
export async function hostOne(plan: ListenPlan): Promise<number> {
  const { host, signal } = plan;
  const first = Promise.withResolvers<{ conn: Conn; endpoint: Endpoint }>();
  let taken = false;
  const listeners = await bindEach(plan, (conn, endpoint) => {
    if (taken) return void conn.destroy();
    taken = true;
    first.resolve({ conn, endpoint });
  });
  const onAbort = (): void => first.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    const { conn, endpoint } = await first.promise;
    // A second client shall see "refused", not wait in the backlog; UDP needs its socket to the end.
    await closeAll(listeners.filter((listener) => listener.endpoint.scheme !== 'udp'));
    plan.onAccepted(conn, endpoint);
    let reason = 'stopped';
    try {
      const status = await host.talk(conn, signal, localEnd(conn, endpoint));
      reason = '';
      return status;
    } catch (error) {
      if (!signal.aborted) reason = reasonOf(error);
      throw error;
    } finally {
      plan.onDisconnected(conn.peer, reason, endpoint);
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    await closeAll(listeners);
  }
}

/**
 * Listens until the signal, or until the host is done; then lets clients finish.
 *
 * @param graceMs how long they may, in milliseconds
 * @returns how many had to be cut
 * @throws NettkError where an endpoint cannot be bound
 */
export async function hostMany(plan: ListenPlan, graceMs: number, onDraining: () => void): Promise<number> {
  const guests = new Guests(plan);
  const listeners = await bindEach(plan, (conn, endpoint) => guests.add(conn, endpoint));
  await Promise.race([aborted(plan.signal), plan.host.over ?? new Promise(() => {})]);
  onDraining();
  await closeAll(listeners);
  return guests.drain(graceMs);
}

/** The clients of a keep-open listener. */
class Guests {
  readonly #plan: ListenPlan;
  readonly #talks = new Map<Conn, Promise<void>>();
  readonly #cut = new AbortController();

  constructor(plan: ListenPlan) {
    this.#plan = plan;
  }

  add(conn: Conn, endpoint: Endpoint): void {
    this.#plan.onAccepted(conn, endpoint);
    this.#talks.set(conn, this.#talk(conn, endpoint));
  }

  /** Waits for all up to the grace, cuts the rest and says how many. */
  async drain(graceMs: number): Promise<number> {
    this.#plan.host.finish?.();
    const all = Promise.all(this.#talks.values());
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([all, new Promise((resolve) => (timer = setTimeout(resolve, graceMs)))]);
    clearTimeout(timer);
    const cut = this.#talks.size;
    this.#cut.abort();
    await all;
    return cut;
  }

  async #talk(conn: Conn, endpoint: Endpoint): Promise<void> {
    let reason = '';
    try {
      await this.#plan.host.talk(conn, this.#cut.signal, localEnd(conn, endpoint));
    } catch (error) {
      reason = this.#cut.signal.aborted ? 'not finished within the grace' : reasonOf(error);
    }
    conn.destroy();
    this.#talks.delete(conn);
    this.#plan.onDisconnected(conn.peer, reason, endpoint);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NettkError) return error.reason;
  return error instanceof Error ? error.message : String(error);
}

/** Binds all endpoints or none. */
async function bindEach(plan: ListenPlan, onConn: (conn: Conn, endpoint: Endpoint) => void): Promise<Listener[]> {
  const refusals = new RefusalCounter((refusal) => plan.onRefused(refusal));
  const { limits, reason } = limitsOf(plan);
  const listeners: Listener[] = [];
  try {
    for (const endpoint of plan.endpoints) {
      const listener: Listener = await listenConns(
        endpoint,
        {
          onConn: (conn) => onConn(conn, listener.endpoint),
          onDrop: (peer) => refusals.add(reason, peer),
          onRefused: (peer, why, isLook) => void (isLook || refusals.add(why, peer)),
          onError: (error) => refusals.add(error.message, ''),
        },
        endpoint.scheme === 'udp' ? plan.listen : limits,
      );
      listeners.push(listener);
    }
  } catch (error) {
    await closeAll(listeners);
    throw error;
  }
  for (const listener of listeners) plan.onListening(listener);
  return listeners;
}

/** Past the limit on open files clients would be dropped without a word, so the listener stays below it. */
function limitsOf({ endpoints, listen: asked, host }: ListenPlan): { limits: ListenOptions; reason: string } {
  const fitting = Math.max(1, Math.floor(measureRoom(endpoints, asked) / (1 + (host.filesEach ?? 0))));
  const most = asked.maxConnections ?? Number.POSITIVE_INFINITY;
  return most <= fitting
    ? { limits: asked, reason: 'too many connections' }
    : { limits: { ...asked, maxConnections: fitting }, reason: 'too many open files' };
}

async function closeAll(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()));
}
