/**
 * Keeps servers registered with a name server: registers them, renews their leases, registers them again after any loss,
 * and withdraws them at the end. One connection for all of them, which also tells at once when the name server goes.
 */

import { errorCode, NettkError } from '../errors.ts';
import { type Conn, localEnd } from '../net/conn.ts';
import { type Endpoint, formatAuthority } from '../net/endpoint.ts';
import { layersOf } from '../net/layers.ts';
import type { TlsClientOptions } from '../net/secure.ts';
import { instanceFacts } from '../protocols/name-answers.ts';
import type { NameClient } from '../protocols/name-client.ts';
import type { RecordLine } from '../protocols/record-line.ts';
import { inTime } from '../stream/in-time.ts';
import { type OpenNameClient, openNameClient, registerLine } from './name.ts';
import { type Advertised, type Place, targetOf } from './registrar-places.ts';
import { backoffMs, pauseFor } from './retry.ts';

/** How long the name server keeps whom it does not hear of, in milliseconds, where nobody says otherwise. */
export const LEASE_MS = 15_000;
/** Renewals in one lease: two may be lost. */
const RENEWALS = 3;
/** The most, and the least, that is waited for a connection and for each answer, in milliseconds. */
const PATIENCE_MS = 5_000;
const MIN_PATIENCE_MS = 1_000;
/** The longest time between two renewals, in milliseconds: who was dropped in a long lease shall soon notice. */
const MAX_RENEWAL_MS = 10_000;
/** The longest pause between two tries, in milliseconds: who comes back shall be found soon. */
const MAX_PAUSE_MS = 5_000;

/** What happens to a place. */
export type RegistrarEvent =
  /** It is registered, `isAgain` after it was not. */
  | ({ readonly kind: 'registered'; readonly place: Place; readonly id: string; readonly isAgain: boolean } & AtServer)
  /** It is not, for this reason, and is tried again; told once, until it is registered. */
  | { readonly kind: 'unregistered'; readonly place: Place; readonly error: NettkError; readonly isLost: boolean }
  /** It was taken back, for we end. */
  | ({ readonly kind: 'withdrawn'; readonly place: Place; readonly id: string } & AtServer);

interface AtServer {
  /** The name server. */
  readonly server: Endpoint;
  /** The address and port that it has for the place. */
  readonly target: string;
}

/** What is registered, where, and who is told. */
export interface RegistrarOptions {
  readonly places: readonly Place[];
  /** Where the name server is; asked before each connection. */
  readonly server: (signal: AbortSignal) => Promise<Endpoint>;
  readonly tls?: TlsClientOptions | undefined;
  readonly token?: string | undefined;
  /** What is registered in place of the address that the name server sees. */
  readonly advertise?: Advertised | undefined;
  /** The lease in milliseconds, 1,000 to 86,400,000; `LEASE_MS` by default. */
  readonly ttlMs?: number | undefined;
  /** Shall the name server look whether it is there? Over UDP it cannot. */
  readonly isChecked?: boolean;
  readonly onEvent: (event: RegistrarEvent) => void;
  /** From 0 up to 1, for tests. */
  readonly random?: () => number;
}

/** Registrations that are kept up. */
export interface Registrar {
  /** Withdraws them and ends; gives up after so many milliseconds. Never throws. */
  stop(limitMs: number): Promise<void>;
}

/** Begins to register. It never fails: what goes wrong is told, and tried again. */
export function startRegistrar(options: RegistrarOptions): Registrar {
  return new RunningRegistrar(options);
}

/** A place, and how its registration stands. */
interface Entry {
  readonly place: Place;
  /** As the name server has it; undefined while it has not. */
  held: { readonly id: string; readonly target: string } | undefined;
  /** It was registered before. */
  wasHeld: boolean;
  /** That it is not registered was told. */
  isTold: boolean;
}

class RunningRegistrar implements Registrar {
  readonly #options: RegistrarOptions;
  readonly #entries: readonly Entry[];
  readonly #random: () => number;
  readonly #ttlMs: number;
  readonly #stopping = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #done: Promise<void>;
  /** How often it failed since a registration worked. */
  #failures = 0;

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#ttlMs = options.ttlMs ?? LEASE_MS;
    this.#entries = options.places.map((place) => ({ place, held: undefined, wasHeld: false, isTold: false }));
    this.#done = this.#run();
  }

  async stop(limitMs: number): Promise<void> {
    this.#stopping.abort('stopping');
    await inTime(this.#done, limitMs, () => new Error('late')).catch(() => {});
    // A host name may be looked up for half a minute, and nothing breaks that off: it is left alone.
    this.#giveUp.abort('late');
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#connected();
      } catch (error) {
        if (signal.aborted) return;
        this.#lost(asFailure(error));
        const pause = backoffMs(this.#failures, this.#random, MAX_PAUSE_MS);
        this.#failures += 1;
        await pauseFor(pause, signal).catch(() => {});
      }
    }
  }

  /** One connection, as long as it lasts; it ends well only because we stop. */
  async #connected(): Promise<void> {
    const { tls, token } = this.#options;
    const server = await this.#options.server(this.#stopping.signal);
    // A short lease leaves no time to wait for a server that is gone without a word.
    const timeoutMs = Math.max(MIN_PATIENCE_MS, Math.min(PATIENCE_MS, this.#ttlMs / RENEWALS));
    const limits = { timeoutMs, signal: this.#giveUp.signal, dialSignal: this.#stopping.signal };
    const open = await openNameClient(server, {
      ...limits,
      tls: layersOf(server).tls ? (tls ?? {}) : undefined,
      token,
    });
    try {
      await this.#keepUp(open, server);
      await this.#withdraw(open, server);
    } finally {
      open.close();
    }
  }

  async #keepUp({ client, conn }: OpenNameClient, server: Endpoint): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      for (const entry of this.#entries) {
        if (!signal.aborted) await this.#keep(entry, client, conn, server);
      }
      const isWhole = this.#entries.every(({ held }) => held !== undefined);
      const most = Math.min(this.#ttlMs / RENEWALS, isWhole ? MAX_RENEWAL_MS : MAX_PAUSE_MS);
      // Those of many servers shall not come all at once.
      const ms = most * (0.8 + 0.2 * this.#random());
      const isOver = await Promise.race([pauseFor(ms, signal).catch(() => {}), client.idle().then(() => true)]);
      if (isOver && !signal.aborted) throw closed(server);
    }
  }

  /** Renews a registration, or makes it where there is none, or none any more. */
  async #keep(entry: Entry, client: NameClient, conn: Conn, server: Endpoint): Promise<void> {
    const { place, held } = entry;
    try {
      if (held) return void (await client.ask(`renew ${place.name}/${held.id}`));
    } catch (error) {
      if (errorCode(error) !== 'REFUSED') throw error;
      this.#tell(entry, error as NettkError);
    }
    try {
      const [record] = await client.ask(await this.#lineOf(place, conn));
      this.#entered(entry, readHeld(record), server);
    } catch (error) {
      if (!(error instanceof NettkError) || error.blame === 'us' || this.#isBroken(error)) throw error;
      this.#tell(entry, error);
    }
  }

  /** Is it the connection that failed, and not this one registration? */
  #isBroken({ code }: NettkError): boolean {
    return code !== 'REFUSED' && code !== 'ENOTFOUND' && code !== 'EAI_AGAIN';
  }

  #lineOf(place: Place, conn: Conn): Promise<string> {
    const { advertise, isChecked = true } = this.#options;
    const { scheme } = place.endpoint;
    const unknown = { ...conn.peer, host: conn.peer.scheme === 'unix' ? '127.0.0.1' : '' };
    const own = localEnd(conn, unknown);
    return registerLine(place.name, targetOf(place, own.host, advertise), [
      ['ttl', `${this.#ttlMs}ms`],
      ['protocol', scheme === 'udp' ? 'udp' : undefined],
      ['check', scheme === 'udp' || !isChecked ? 'none' : undefined],
      ['meta.scheme', scheme === 'tcp' || scheme === 'udp' ? undefined : scheme],
      ['description', place.description],
    ]);
  }

  #entered(entry: Entry, held: NonNullable<Entry['held']>, server: Endpoint): void {
    this.#failures = 0;
    entry.held = held;
    entry.isTold = false;
    this.#options.onEvent({ kind: 'registered', place: entry.place, ...held, server, isAgain: entry.wasHeld });
    entry.wasHeld = true;
  }

  /** The connection is lost, and with it what was held: it may be another server that we meet next. */
  #lost(error: NettkError): void {
    for (const entry of this.#entries) this.#tell(entry, error);
  }

  #tell(entry: Entry, error: NettkError): void {
    entry.held = undefined;
    if (entry.isTold) return;
    entry.isTold = true;
    this.#options.onEvent({ kind: 'unregistered', place: entry.place, error, isLost: entry.wasHeld });
  }

  async #withdraw({ client }: OpenNameClient, server: Endpoint): Promise<void> {
    for (const { place, held } of this.#entries) {
      if (!held) continue;
      await client.ask(`drop ${place.name}/${held.id}`);
      this.#options.onEvent({ kind: 'withdrawn', place, ...held, server });
    }
  }
}

/** What the name server says that it has. @throws NettkError `PROTOCOL` where that is nothing that could be */
function readHeld(record: RecordLine | undefined): NonNullable<Entry['held']> {
  const { id, host, port } = instanceFacts(record ?? { word: '', fields: [] });
  if (typeof id === 'string' && /^[\x21-\x7e]{1,255}$/.test(id))
    return { id, target: formatAuthority({ host: String(host), port: Number(port) }) };
  throw new NettkError({ code: 'PROTOCOL', action: 'register', reason: 'the name server told no id' });
}

function closed(server: Endpoint): NettkError {
  return new NettkError({
    code: 'ECONNRESET',
    action: `name server ${server.host}`,
    reason: 'it closed the connection',
  });
}

/** What is no expected failure is a bug, and ends the process as any does. */
function asFailure(error: unknown): NettkError {
  if (error instanceof NettkError) return error;
  throw error;
}
