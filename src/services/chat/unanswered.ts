/**
 * Whose system does not answer any more. TCP asks a silent connection by itself whether anybody is there (keep-alive), but not while
 * it still sends what was said to them, which it tries for a quarter of an hour.
 */

import { listUnanswered } from '../../host/proc-net.ts';

/** A TCP connection: its local port, and its other end. */
export interface SocketPlace {
  readonly port: number;
  readonly peer: string;
}

/** For how long a look at the system's list counts, in milliseconds: many are asked for at once. */
const FRESH_MS = 500;

/** The system's list of connections that nobody acknowledges; empty where the system keeps none. */
export class UnansweredList {
  #asOf = Number.NEGATIVE_INFINITY;
  #places: ReadonlySet<string> = new Set();

  /** Is it one of them? */
  has({ port, peer }: SocketPlace): boolean {
    const now = performance.now();
    if (now - this.#asOf > FRESH_MS) {
      this.#asOf = now;
      this.#places = look();
    }
    return this.#places.has(`${port} ${peer}`);
  }
}

function look(): ReadonlySet<string> {
  try {
    return new Set(listUnanswered().map(({ port, peer }) => `${port} ${placeText(peer.address, peer.port)}`));
  } catch {
    return new Set();
  }
}

/** An address and port as both the system's list and a connection know it: no mapped IPv4, no zone. */
export function placeText(address: string, port: number): string {
  return `${address.replace(/^::ffff:(?=.*\.)/, '').replace(/%.*/, '')} ${port}`;
}
