/** What a relay run is made of, and whom it tells. */

import type { NettkError } from '../../errors.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { ListenOptions } from '../../net/listen.ts';
import type { Refusal } from '../../net/refusals.ts';
import type { ServerCertificate } from '../../net/secure-server.ts';
import type { Shapes } from '../shapes.ts';
import type { SideWorld } from './open-side.ts';
import type { Side } from './side.ts';

/** A conversation, as events name it. */
export interface Link {
  /** Where the client was accepted; nothing where nobody listens. */
  readonly endpoint?: Endpoint | undefined;
  /** The client, or the left side where nobody listens. */
  readonly peer: string;
  /** The other side, as it was typed. */
  readonly target: string;
}

/** How a conversation went. */
export interface LinkEnd {
  /** Bytes. */
  readonly leftToRight: number;
  readonly rightToLeft: number;
  /** Milliseconds. */
  readonly ms: number;
  /** Empty where it ended in order. */
  readonly reason: string;
}

/** What happens in a relay. */
export interface RelayEvents {
  /** `certificate` where TLS shows one. */
  listening(endpoint: Endpoint, certificate?: ServerCertificate): void;
  connected(link: Link): void;
  disconnected(link: Link, end: LinkEnd): void;
  refused(refusal: Refusal): void;
  /** A side will be dialled again after a pause, in milliseconds. */
  retrying(target: string, error: NettkError, pauseMs: number): void;
  draining(): void;
  closed(cut: number): void;
}

/** A relay run. */
export interface RelayPlan {
  readonly left: Side;
  readonly right: Side;
  readonly world: Omit<SideWorld, 'sink'>;
  /** How this endpoint is listened on. */
  readonly listen: (endpoint: Endpoint) => ListenOptions;
  readonly shapes: Shapes;
  /** Said to the right side each time it is opened, before anything else. */
  readonly preamble?: Uint8Array | undefined;
  /** How often in a row a side that is dialled is tried again; nothing where it is not. */
  readonly retries?: number | undefined;
  /** Breaks off what is silent for this long, in milliseconds, 0 is never; by default what `idleOf` says. */
  readonly idleMs?: number | undefined;
  /** How long conversations may go on after the signal, in milliseconds. */
  readonly graceMs: number;
  /** Adds to the file that is written, instead of emptying it at the start. */
  readonly append: boolean;
  readonly events: RelayEvents;
  readonly signal: AbortSignal;
}

/** Silence that ends a conversation of a relay that listens, in milliseconds; as every server has it. */
const SERVER_IDLE_MS = 600_000;
/** The same where datagrams are relayed, which have no other end. */
const DATAGRAM_IDLE_MS = 60_000;

/** The idle limit of a plan, in milliseconds; 0 is never, as for a relay that only dials streams. */
export function idleOf({ left, right, idleMs }: RelayPlan): number {
  if (idleMs !== undefined) return idleMs;
  const sides = [left, right];
  if (sides.some((side) => 'endpoint' in side && side.endpoint.scheme === 'udp')) return DATAGRAM_IDLE_MS;
  return sides.some(({ kind }) => kind === 'listen') ? SERVER_IDLE_MS : 0;
}
