/** Runs a service on endpoints: binds all or nothing, limits, sessions, drain. One lifecycle for every server. */

import { EventEmitter } from 'node:events';
import type { OptionSpecs, OptionValues } from '../cli/option.ts';
import { ERRORS, type ErrorCode, errorCode, NettkError } from '../errors.ts';
import type { Service } from '../services/service.ts';
import { isPeerGone, reset } from '../stream/join.ts';
import { bindAll } from './bind-all.ts';
import type { Conn } from './conn.ts';
import { inProcess, measureRoom } from './connection-room.ts';
import { DatagramFace } from './datagram-face.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts';
import type { Listener, ListenOptions } from './listen.ts';
import { type Refusal, RefusalCounter } from './refusals.ts';
import type { ServerCertificate } from './secure-server.ts';
import { Session } from './session.ts';

/** Answers a second and source that UDP endpoints give by default. */
const UDP_RATE = 100;
/** Silence after which a connection is broken off by default, in milliseconds. */
const IDLE_TIMEOUT_MS = 600_000;
/** How long sessions may finish after the first signal by default, in milliseconds. */
const DRAIN_GRACE_MS = 5_000;

/** Where and how a service runs; `maxConnections` holds for all endpoints together, and so do gate and layers. */
export interface ServeOptions<O> extends ListenOptions {
  /** Where to listen; port 0 picks a free one, the same for TCP and UDP on one host. */
  readonly endpoints: readonly (Endpoint | string)[];
  /** The service's own options, parsed; may be left out where it has none. */
  readonly options?: O;
  /** Milliseconds of silence after which a connection is broken off; 600,000 by default, 0 is never. */
  readonly idleTimeoutMs?: number | undefined;
  /** How long sessions may take once the server drains, in milliseconds; 5,000 by default. */
  readonly graceMs?: number | undefined;
  /** UDP answers a second and source; 100 by default. */
  readonly udpRate?: number | undefined;
  /** Heard from the first moment on: `server.on` is too late for a client that comes while another endpoint binds. */
  readonly listeners?: { readonly [E in keyof ServerEvents]?: (...facts: ServerEvents[E]) => void };
}

/** What happens on a server. */
export interface ServerEvents {
  connected: [peer: Endpoint, endpoint: Endpoint];
  /** A connection is over; `reason` is empty where it ended in order. */
  disconnected: [peer: Endpoint, reason: string, endpoint: Endpoint];
  /** Clients or datagrams were turned away; at most once a second and reason. */
  refused: [refusal: Refusal];
  /** A session failed; the server goes on. Not a NettkError: a bug of the service. */
  failed: [peer: Endpoint, error: unknown];
  draining: [];
  closed: [];
}

/** How a drain went. */
export interface DrainResult {
  /** Connections broken off, and datagrams left without their answer, because the grace was over. */
  readonly cut: number;
}

/**
 * Binds every endpoint, or none and fails; then serves until `drain` or `close`.
 *
 * @throws NettkError: an endpoint cannot be bound, an option cannot work
 * @example const server = await serve(echo, { endpoints: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'] });
 */
export async function serve<O extends OptionSpecs, S>(
  service: Service<O, S>,
  options: ServeOptions<OptionValues<O>>,
): Promise<Server> {
  const values = options.options ?? ({} as OptionValues<O>);
  const state = (await service.setup?.(values)) as S;
  const server = new RunningServer(service, values, state, options);
  await server.bind(options.endpoints.map((one) => (typeof one === 'string' ? parseEndpoint(one) : one)));
  return server;
}

/** A running server. */
export interface Server extends EventEmitter<ServerEvents> {
  /** Where it listens, with the real ports, in the order asked for. */
  readonly endpoints: readonly Endpoint[];
  /** The certificate shown at one of `endpoints`, where TLS is laid over it. */
  certificateOf(endpoint: Endpoint): ServerCertificate | undefined;
  /** How many connections are open. */
  readonly connections: number;
  /** Stops accepting, aborts the sessions' signal, waits up to `graceMs` for them, then breaks off what is left. */
  drain(graceMs?: number): Promise<DrainResult>;
  /** Stops at once. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

class RunningServer<O extends OptionSpecs, S> extends EventEmitter<ServerEvents> implements Server {
  readonly #service: Service<O, S>;
  readonly #values: OptionValues<O>;
  readonly #state: S;
  readonly #limits: ServeOptions<OptionValues<O>>;
  #maxConnections: number;
  readonly #sessions = new Set<Session<OptionValues<O>, S>>();
  readonly #waiting: Session<OptionValues<O>, S>[] = [];
  readonly #refusals = new RefusalCounter((refusal) => this.emit('refused', refusal));
  readonly #concurrency: number;
  readonly #graceMs: number;
  readonly #graceOver = Promise.withResolvers<void>();
  #face: DatagramFace<OptionValues<O>, S> | undefined;
  #running = 0;
  #listeners: Listener[] = [];
  #drained: Promise<DrainResult> | undefined;

  constructor(service: Service<O, S>, values: OptionValues<O>, state: S, limits: ServeOptions<OptionValues<O>>) {
    super();
    this.#service = service;
    this.#values = values;
    this.#state = state;
    this.#limits = limits;
    this.#maxConnections = limits.maxConnections ?? Number.POSITIVE_INFINITY;
    this.#graceMs = limits.graceMs ?? DRAIN_GRACE_MS;
    this.#concurrency = service.concurrency?.(values) ?? Number.POSITIVE_INFINITY;
    for (const [event, listener] of Object.entries(limits.listeners ?? {})) this.on(event as never, listener as never);
  }

  get endpoints(): readonly Endpoint[] {
    return this.#listeners.map((listener) => listener.endpoint);
  }

  certificateOf(endpoint: Endpoint): ServerCertificate | undefined {
    return this.#listeners.find((listener) => listener.endpoint === endpoint)?.certificate;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  async bind(endpoints: readonly Endpoint[]): Promise<void> {
    this.#refuseWhatItLacks(endpoints);
    this.#maxConnections = Math.min(this.#maxConnections, measureRoom(endpoints, this.#limits));
    const limits = { ...this.#limits, maxConnections: this.#maxConnections };
    const handlers = (bound: () => Endpoint) => ({
      onConn: (conn: Conn) => this.#accept(conn, bound()),
      onDrop: (peer: string) => this.#refusals.add('too many connections', peer),
      onRefused: (peer: string, reason: string) => this.#refusals.add(reason, peer),
      onError: (error: NettkError) => this.#refusals.add(error.message, ''),
    });
    this.#face = new DatagramFace(
      this.#service,
      this.#values,
      this.#state,
      { rate: this.#limits.udpRate ?? UDP_RATE, graceMs: this.#graceMs, gate: this.#limits.gate },
      {
        onRefused: (reason, peer) => this.#refusals.add(reason, peer),
        onFailed: (peer, error) => this.#reportFailure(peer, error),
      },
    );
    this.#listeners = await bindAll(endpoints, { limits, handlers, face: this.#face });
    measureRoom(endpoints, this.#limits);
  }

  drain(graceMs: number = this.#graceMs): Promise<DrainResult> {
    this.#drained ??= this.#drain(graceMs);
    return this.#drained;
  }

  async close(): Promise<void> {
    const over = this.drain(0);
    this.#graceOver.resolve();
    await over;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #drain(graceMs: number): Promise<DrainResult> {
    this.emit('draining');
    const timer = setTimeout(this.#graceOver.resolve, graceMs);
    const answered = Promise.race([this.#face?.settled(), this.#graceOver.promise]);
    const closing = Promise.all(this.#listeners.map((listener) => closeAfter(listener, answered)));
    this.#face?.stop();
    for (const session of this.#sessions) session.stop('draining');
    await Promise.race([this.#emptied(), this.#graceOver.promise]);
    await answered;
    clearTimeout(timer);
    const cut = this.#sessions.size + (this.#face?.pending ?? 0);
    for (const session of this.#sessions) this.#breakOff(session, 'not finished within the grace');
    await Promise.all([this.#emptied(), closing]);
    this.#refusals.close();
    this.emit('closed');
    return { cut };
  }

  #emptied(): Promise<void> {
    if (this.#sessions.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.on('disconnected', () => {
        if (this.#sessions.size === 0) resolve();
      });
    });
  }

  #refuseWhatItLacks(endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints) {
      const action = `serve ${this.#service.name} on ${formatEndpoint(endpoint)}`;
      const needed = endpoint.scheme === 'udp' ? this.#service.datagram : this.#service.session;
      if (!needed) throw new NettkError({ code: 'USAGE', action, reason: `it is not served over ${endpoint.scheme}` });
    }
  }

  #accept(conn: Conn, endpoint: Endpoint): void {
    const isFull = this.#sessions.size >= this.#maxConnections || inProcess.open >= inProcess.most;
    if (isFull || this.#drained) {
      this.#refusals.add(this.#drained ? 'draining' : 'too many connections', formatEndpoint(conn.peer));
      conn.destroy();
      return;
    }
    const session = new Session<OptionValues<O>, S>(conn, this.#values, this.#state, this.#graceMs);
    this.#sessions.add(session);
    inProcess.open += 1;
    this.emit('connected', conn.peer, endpoint);
    conn.once('close', () => this.#lost(session, endpoint));
    session.limitIdle(this.#limits.idleTimeoutMs ?? IDLE_TIMEOUT_MS, () => this.#breakOff(session, 'idle'));
    if (this.#running < this.#concurrency) this.#run(session);
    else this.#waiting.push(session);
  }

  async #run(session: Session<OptionValues<O>, S>): Promise<void> {
    this.#running += 1;
    let goodbye: Promise<void>;
    try {
      await this.#service.session?.(session.conn, session);
      goodbye = session.finish();
    } catch (error) {
      goodbye = this.#failed(session, error);
    }
    // The goodbye takes as long as its peer likes: it must not keep those who wait in line.
    this.#running -= 1;
    const next = this.#waiting.shift();
    if (next) this.#run(next);
    await goodbye;
  }

  /** A connection that broke is not a failure; a peer that broke the protocol still reads what the service told it. */
  async #failed(session: Session<OptionValues<O>, S>, error: unknown): Promise<void> {
    if (isPeerGone(error) || error === session.conn.errored) {
      session.conn.destroy();
      return;
    }
    this.#reportFailure(session.conn.peer, error);
    session.reason = error instanceof NettkError ? error.message : 'internal error';
    if (error instanceof NettkError) await session.finish();
    else session.conn.destroy();
  }

  /** A bug of a service must not pass unseen where nobody listens. */
  #reportFailure(peer: Endpoint, error: unknown): void {
    const heard = this.emit('failed', peer, error);
    if (heard || error instanceof NettkError) return;
    process.emitWarning(error instanceof Error ? error : String(error), `session of ${this.#service.name} failed`);
  }

  /** Unsent output makes an orderly end a lie: then the peer gets a reset. */
  #breakOff(session: Session<OptionValues<O>, S>, reason: string): void {
    session.reason = reason;
    if (session.conn.writableLength > 0) reset(session.conn);
    else session.conn.destroy();
  }

  #lost(session: Session<OptionValues<O>, S>, endpoint: Endpoint): void {
    this.#sessions.delete(session);
    inProcess.open -= 1;
    const place = this.#waiting.indexOf(session);
    if (place !== -1) this.#waiting.splice(place, 1);
    session.stop('connection lost');
    const { conn, reason } = session;
    this.emit('disconnected', conn.peer, reason || (conn.errored ? breakText(conn.errored) : ''), endpoint);
  }
}

/** A UDP endpoint stays until its answers under way are out; the others must not take in what would be cut. */
async function closeAfter(listener: Listener, answered: Promise<void>): Promise<void> {
  if (listener.endpoint.scheme === 'udp') await answered;
  await listener.close();
}

/** How a connection broke, in the words of the table. */
function breakText(error: Error): string {
  if (error instanceof NettkError) return error.message;
  const code = errorCode(error);
  return code in ERRORS ? ERRORS[code as ErrorCode].text : error.message;
}
