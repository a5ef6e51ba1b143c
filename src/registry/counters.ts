/** What a registry counts: for metrics, and for who and what is popular. */

import type { Service, Table } from './table.ts';

/** Clients counted one by one; more are counted together, under an empty address. */
const MAX_CLIENTS = 10_000;

/** Counts since the start. */
export class Counters {
  lookups = 0;
  /** Lookups whose answer was at hand, and those of names that nobody is registered under. */
  hits = 0;
  unknown = 0;
  registered = 0;
  updated = 0;
  renewed = 0;
  lapsed = 0;
  /** Dropped by clients, and by the registry itself. */
  withdrawn = 0;
  dropped = 0;
  refused = 0;
  passes = 0;
  failures = 0;
  /** Records of the log that could not be kept. */
  lostRecords = 0;
  readonly #clients = new Map<string, number>();

  /** Counts a lookup. */
  lookup(service: Service | undefined, client: string, isHit: boolean, wall: number): void {
    this.lookups += 1;
    if (isHit) this.hits += 1;
    const key = this.#clients.has(client) || this.#clients.size < MAX_CLIENTS ? client : '';
    this.#clients.set(key, (this.#clients.get(key) ?? 0) + 1);
    if (!service) this.unknown += 1;
    else {
      service.asked += 1;
      if (isHit) service.hits += 1;
      service.askedAt = wall;
    }
  }

  /** Lookups by client address; under the empty one those of all that were too many. */
  get clients(): ReadonlyMap<string, number> {
    return this.#clients;
  }
}

/** The services asked for most often, the first first. */
export function mostAsked(table: Table, most: number): Service[] {
  const top: Service[] = [];
  for (const service of table.services()) {
    if (service.asked === 0 || (top.length === most && service.asked <= (top.at(-1)?.asked ?? 0))) continue;
    const place = top.findIndex(({ asked }) => asked < service.asked);
    top.splice(place === -1 ? top.length : place, 0, service);
    if (top.length > most) top.pop();
  }
  return top;
}
