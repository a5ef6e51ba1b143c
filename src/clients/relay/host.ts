/** The clients of a listening relay: each gets an other side of its own. */

import { NettkError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { RefusalCounter } from '../../net/refusals.ts';
import { reset } from '../../stream/join.ts';
import type { Host } from '../listen.ts';
import { withRetries } from '../retry.ts';
import { runLink, tellEnd } from './link.ts';
import type { Lobby } from './lobby.ts';
import { type Client, clientSide, type OpenSide, openSide, type SideWorld } from './open-side.ts';
import type { Link, RelayPlan } from './plan.ts';
import { formatSide, type Side } from './side.ts';

/** Joins every client to an other side. */
export class RelayHost implements Host {
  readonly #plan: RelayPlan;
  readonly #world: SideWorld;
  readonly #other: Side;
  readonly #lobby: Lobby | undefined;
  readonly #clientIsLeft: boolean;
  readonly #refusals: RefusalCounter;
  readonly #goodbye = new AbortController();
  readonly #endpoints = new WeakMap<Conn, Endpoint>();

  /** @param lobby where the other side's clients wait, if that listens too */
  constructor(plan: RelayPlan, world: SideWorld, lobby: Lobby | undefined) {
    this.#plan = plan;
    this.#world = world;
    this.#lobby = lobby;
    this.#clientIsLeft = plan.left.kind === 'listen';
    this.#other = this.#clientIsLeft ? plan.right : plan.left;
    this.#refusals = new RefusalCounter((refusal) => plan.events.refused(refusal));
  }

  /** Notes where a client was accepted. */
  accepted(conn: Conn, endpoint: Endpoint): void {
    this.#endpoints.set(conn, endpoint);
  }

  /**
   * Relays one client.
   *
   * @returns the exit status of its program, 0 where there is none
   * @throws what kept it from ending in order; it has been told by then
   */
  async talk(conn: Conn, signal: AbortSignal, local: Endpoint): Promise<number> {
    const { events } = this.#plan;
    const client = clientSide(conn);
    const link: Link = { endpoint: this.#endpoints.get(conn), peer: client.name, target: formatSide(this.#other) };
    events.connected(link);
    const other = await this.#openOther({ conn, local }, link, signal);
    const [left, right] = this.#clientIsLeft ? [client, other] : [other, client];
    const goodbye = client.isDatagram ? this.#goodbye.signal : undefined;
    const { error, status } = await runLink(this.#plan, link, left, right, { signal, goodbye });
    if (error !== undefined) throw error;
    return status;
  }

  /** Sends those away who have no other side yet, and waits no longer for datagrams. */
  finish(): void {
    this.#goodbye.abort();
  }

  /** The other side; where there is none the client gets a reset, and somebody is told why. */
  async #openOther(client: Client, link: Link, signal: AbortSignal): Promise<OpenSide> {
    const { conn } = client;
    const start = performance.now();
    const gone = new AbortController();
    const onAbort = (): void => gone.abort(signal.reason);
    const onClose = (): void => gone.abort(tooLate(link, 'the client left'));
    const onGoodbye = (): void => gone.abort(tooLate(link, 'draining'));
    signal.addEventListener('abort', onAbort);
    this.#goodbye.signal.addEventListener('abort', onGoodbye);
    if (signal.aborted) onAbort();
    if (this.#goodbye.signal.aborted) onGoodbye();
    conn.once('close', onClose).on('error', () => {});
    try {
      return await this.#open(client, link, gone.signal);
    } catch (error) {
      reset(conn);
      if (!gone.signal.aborted && error instanceof NettkError) this.#refusals.add(error.message, link.peer);
      tellEnd(this.#plan, link, { leftToRight: 0, rightToLeft: 0, ms: Math.round(performance.now() - start), error });
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#goodbye.signal.removeEventListener('abort', onGoodbye);
      conn.off('close', onClose);
    }
  }

  #open(client: Client, link: Link, signal: AbortSignal): Promise<OpenSide> {
    const other = this.#other;
    if (other.kind === 'listen') return (this.#lobby as Lobby).next(signal).then(clientSide);
    const { retries = 0, events } = this.#plan;
    return withRetries(() => openSide(other, this.#world, client, signal), {
      retries: other.kind === 'dial' ? retries : 0,
      signal,
      onPause: (error, ms) => events.retrying(link.target, error, ms),
    });
  }
}

function tooLate({ peer }: Link, reason: string): NettkError {
  return new NettkError({ code: 'CANCELLED', action: `relay ${peer}`, reason });
}
