/** Looks services up by name at a name server, for programs: with a cache, and with the last answer where it is down. */

import { NettkError, usageError } from '../errors.ts';
import { type Endpoint, parseEndpoint } from '../net/endpoint.ts';
import { layersOf } from '../net/layers.ts';
import type { TlsClientOptions } from '../net/secure.ts';
import { isServiceName, NAME_PORT } from '../protocols/name-line.ts';
import type { RecordLine } from '../protocols/record-line.ts';
import { type Answer, AnswerCache, AnswerMemory } from './answer-cache.ts';
import { type FoundInstance, foundInstance } from './found-instance.ts';
import { type NameServerOptions, openNameClient } from './name.ts';

/** How long the last answer will do while the name server is down, in milliseconds, where nobody says otherwise. */
export const STALE_MS = 3_600_000;
/** How long it is believed that there is none, in milliseconds. */
const NEGATIVE_MS = 1_000;
/** For a connection, and for each line of an answer, in milliseconds. */
const TIMEOUT_MS = 5_000;
/** Services whose answers are kept at once. */
const MAX_NAMES = 1_000;

/** How a resolver asks, and how long it believes what it was told. */
export interface ResolverOptions {
  /** The name server, `127.0.0.1:21570` by default; `tls://HOST:PORT` for TLS. */
  readonly server?: Endpoint | string;
  /** How TLS is spoken, where the server's scheme asks for it. */
  readonly tls?: TlsClientOptions | undefined;
  /** For a connection, and for each line of an answer, in milliseconds; 5,000 by default. */
  readonly timeoutMs?: number;
  /** How long the last answer will do while the server does not answer, in milliseconds; an hour by default, 0 is never. */
  readonly staleMs?: number;
  /** How long it is believed that there is no such service, in milliseconds; 1,000 by default. */
  readonly negativeMs?: number;
  /** How many services are kept at once; 1,000 by default. */
  readonly maxNames?: number;
  /** Breaks off what is under way when it aborts. */
  readonly signal?: AbortSignal;
}

/** Where a service is. */
export interface Lookup extends Omit<Answer, 'records'> {
  /** In the order to try them: the lowest priority first, the others turn about. One at least. */
  readonly instances: readonly FoundInstance[];
}

/** Looks services up. It holds no connection. */
export interface Resolver {
  /**
   * Looks a service up. An answer is kept for as long as it says; while the server is down the last one is given, with
   * `source: 'stale'` and the reason. Lookups of the same service at the same time are one question.
   *
   * @throws NettkError `NOT_FOUND` nobody serves it, `USAGE` not a name, and what kept the server from answering
   */
  lookup(name: string): Promise<Lookup>;
  /** Forgets what was said of a service, or of all: where nobody was at the address, say. */
  forget(name?: string): void;
}

/**
 * Makes a resolver.
 *
 * @throws NettkError where the server is no address
 * @example
 * const resolver = createResolver({ server: '127.0.0.1:21570' });
 * const { instances } = await resolver.lookup('echo');
 * const conn = await dial(instances[0].endpoint);
 */
export function createResolver(options: ResolverOptions = {}): Resolver {
  const { server = `127.0.0.1:${NAME_PORT}`, staleMs = STALE_MS, negativeMs = NEGATIVE_MS } = options;
  const endpoint = typeof server === 'string' ? parseEndpoint(server, { port: NAME_PORT }) : server;
  const { timeoutMs = TIMEOUT_MS, signal = new AbortController().signal, tls, maxNames = MAX_NAMES } = options;
  const cache = new AnswerCache({
    store: new AnswerMemory(maxNames),
    ask: (name) => askLookup(endpoint, name, { timeoutMs, signal, tls }),
    now: () => performance.now(),
    staleMs,
    negativeMs,
  });
  return {
    async lookup(name) {
      const { records, ...more } = await cache.lookup(checkedName(name));
      return { instances: records.map(foundInstance), ...more };
    },
    forget: (name) => cache.forget(name),
  };
}

/** The name of a service as it was given. @throws NettkError `USAGE` where it can be none */
export function checkedName(name: string): string {
  if (isServiceName(name)) return name;
  throw usageError(`service ${JSON.stringify(name)}`, 'is no name: letters, digits, - and _, 63 at most');
}

/**
 * Asks a name server for one service.
 *
 * @throws NettkError `REFUSED` in its words, `PROTOCOL` where what it says can be no answer, and why it did not answer
 */
export async function askLookup(
  endpoint: Endpoint,
  name: string,
  options: NameServerOptions,
): Promise<readonly RecordLine[]> {
  const tls = layersOf(endpoint).tls ? (options.tls ?? {}) : undefined;
  const open = await openNameClient(endpoint, { ...options, tls });
  try {
    const records = await open.client.ask(`lookup ${name}`);
    // What cannot be used shall not be kept.
    for (const record of records) foundInstance(record);
    if (records.length === 0)
      throw new NettkError({ code: 'PROTOCOL', action: `look up ${name}`, reason: 'an empty answer' });
    return records;
  } finally {
    open.close();
  }
}
