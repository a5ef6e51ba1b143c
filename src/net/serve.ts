/** Runs a service on endpoints: binds all faces or nothing, limits, sessions, drain. One lifecycle for every server. */

import { EventEmitter } from 'node:events';
import type { OptionSpecs, OptionValues } from '../cli/option.ts';
import { NettkError } from '../errors.ts';
import type { ServerContext, Service, Talk } from '../services/service.ts';
import { isPeerGone } from '../stream/join.ts';
import type { Conn } from './conn.ts';
import { inProcess, measureRoom } from './connection-room.ts';
import { dial } from './dial.ts';
import { type Endpoint, formatEndpoint } from './endpoint.ts';
import type { ListenOptions } from './listen.ts';
import { type Refusal, RefusalCounter } from './refusals.ts';
import type { ServerCertificate } from './secure-server.ts';
import { type FacePlaces, type FaceServer, type PlannedFace, planFaces, ServerFace } from './server-face.ts';
import { Session } from './session.ts';

/** Silence after which a connection is broken off by default, in milliseconds. */
const IDLE_TIMEOUT_MS = 600_000;
/** How long sessions may finish after the first signal by default, in milliseconds. */
const DRAIN_GRACE_MS = 5_000;

/** Where and how a service runs; `maxConnections` holds for all endpoints together, and so do gate and layers. */
export interface ServeOptions<O> extends ListenOptions {
  /** Where the main face listens; port 0 picks a free one, the same for TCP and UDP on one host. */
  readonly endpoints: readonly (Endpoint | string)[];
  /** Where its other faces listen, by their names: `{ dns: ['udp://127.0.0.1:53'] }`. Layers are what their schemes say. */
  readonly faces?: FacePlaces['faces'];
  /** The service's own options, parsed; may be left out where it has none. */
  readonly options?: O;
  /** Milliseconds of silence after which a connection is broken off; 600,000 by default, 0 is never. */
  readonly idleTimeoutMs?: number | undefined;
  /** How long sessions may take once the server drains, in milliseconds; 5,000 by default. */
  readonly graceMs?: number | undefined;
  /** UDP answers a second and source; by default 100, or what a face has for its protocol. */
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
  /** The service has something to tell whoever runs it. */
  noted: [line: string];
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
  const planned = planFaces(service, options);
  const server = new RunningServer(service, options.options ?? ({} as OptionValues<O>), options);
  await server.start(planned);
  return server;
}

/** A running server. */
export interface Server extends EventEmitter<ServerEvents> {
  /** Where it listens, with the real ports, in the order asked for, the main face first. */
  readonly endpoints: readonly Endpoint[];
  /** The name of the face that listens at one of `endpoints`; empty for the main one. */
  faceOf(endpoint: Endpoint): string;
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
  readonly #limits: ServeOptions<OptionValues<O>>;
  readonly #sessions = new Set<Session<OptionValues<O>, S>>();
  /** Those whose turn has not come, the first first, and who will talk to them. */
  readonly #waiting = new Map<Session<OptionValues<O>, S>, Talk<OptionValues<O>, S>>();
  readonly #refusals = new RefusalCounter((refusal) => this.emit('refused', refusal));
  readonly #concurrency: number;
  readonly #graceMs: number;
  readonly #graceOver = Promise.withResolvers<void>();
  readonly #draining = new AbortController();
  readonly #faces: ServerFace<OptionValues<O>, S>[] = [];
  #maxConnections = Number.POSITIVE_INFINITY;
  #state: S | undefined;
  #running = 0;
  #drained: Promise<DrainResult> | undefined;

  constructor(service: Service<O, S>, values: OptionValues<O>, limits: ServeOptions<OptionValues<O>>) {
    super();
    this.#service = service;
    this.#values = values;
    this.#limits = limits;
    this.#graceMs = limits.graceMs ?? DRAIN_GRACE_MS;
    this.#concurrency = service.concurrency?.(values) ?? Number.POSITIVE_INFINITY;
    for (const [event, listener] of Object.entries(limits.listeners ?? {})) this.on(event as never, listener as never);
  }

  get endpoints(): readonly Endpoint[] {
    return this.#faces.flatMap((face) => face.endpoints);
  }

  faceOf(endpoint: Endpoint): string {
    return this.#faceAt(endpoint)?.name ?? '';
  }

  certificateOf(endpoint: Endpoint): ServerCertificate | undefined {
    return this.#faceAt(endpoint)?.certificateOf(endpoint);
  }

  get connections(): number {
    return this.#sessions.size;
  }

  /** Sets the service up and binds its faces. */
  async start(planned: readonly PlannedFace<OptionValues<O>, S>[]): Promise<void> {
    const { signal } = this.#draining;
    const outward: ServerContext = {
      signal,
      dial: (target, options) => dial(target, { signal, ...options }),
      note: (line) => this.emit('noted', line),
    };
    this.#state = (await this.#service.setup?.(this.#values, outward)) as S;
    try {
      await this.#bind(planned);
    } catch (error) {
      this.#draining.abort('draining');
      await Promise.all(this.#faces.map((face) => face.close(Promise.resolve())));
      await this.#service.close?.(this.#state);
      throw error;
    }
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

  async #bind(planned: readonly PlannedFace<OptionValues<O>, S>[]): Promise<void> {
    const all = planned.flatMap(({ endpoints }) => endpoints);
    const { maxConnections = Number.POSITIVE_INFINITY, udpRate, gate } = this.#limits;
    this.#maxConnections = Math.min(maxConnections, measureRoom(all, this.#limits));
    const server: FaceServer<OptionValues<O>, S> = {
      options: this.#values,
      state: this.#state as S,
      limits: { ...this.#limits, maxConnections: this.#maxConnections },
      udpRate,
      datagrams: {
        graceMs: this.#graceMs,
        gate,
        onRefused: (reason, peer) => this.#refusals.add(reason, peer),
        onFailed: (peer, error) => this.#reportFailure(peer, error),
      },
      handlers: (talk, bound) => ({
        onConn: (conn) => this.#accept(conn, talk, bound()),
        onDrop: (peer) => this.#refusals.add('too many connections', peer),
        onRefused: (peer, reason, isLook) => void (isLook || this.#refusals.add(reason, peer)),
        onError: (error) => this.#refusals.add(error.message, ''),
      }),
    };
    for (const plan of planned) this.#faces.push(await ServerFace.bind(plan, server));
    measureRoom(all, this.#limits);
  }

  #faceAt(endpoint: Endpoint): ServerFace<OptionValues<O>, S> | undefined {
    return this.#faces.find((face) => face.endpoints.includes(endpoint));
  }

  async #drain(graceMs: number): Promise<DrainResult> {
    this.emit('draining');
    const timer = setTimeout(this.#graceOver.resolve, graceMs);
    const settled = Promise.all(this.#faces.map((face) => face.answered()));
    const answered = Promise.race([settled, this.#graceOver.promise]).then(() => {});
    const closing = Promise.all(this.#faces.map((face) => face.close(answered)));
    this.#draining.abort('draining');
    for (const face of this.#faces) face.stop();
    for (const session of this.#sessions) session.stop('draining');
    await Promise.race([this.#emptied(), this.#graceOver.promise]);
    await answered;
    clearTimeout(timer);
    const cut = this.#faces.reduce((sum, face) => sum + face.pending, this.#sessions.size);
    for (const session of this.#sessions) session.breakOff('not finished within the grace');
    await Promise.all([this.#emptied(), closing]);
    await this.#service.close?.(this.#state as S);
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

  #accept(conn: Conn, talk: Talk<OptionValues<O>, S>, endpoint: Endpoint): void {
    const isFull = this.#sessions.size >= this.#maxConnections || inProcess.open >= inProcess.most;
    if (isFull || this.#drained) {
      this.#refusals.add(this.#drained ? 'draining' : 'too many connections', formatEndpoint(conn.peer));
      conn.destroy();
      return;
    }
    const session = new Session<OptionValues<O>, S>(conn, this.#values, this.#state as S, this.#graceMs);
    this.#sessions.add(session);
    inProcess.open += 1;
    this.emit('connected', conn.peer, endpoint);
    conn.once('close', () => this.#lost(session, endpoint));
    session.limitIdle(this.#limits.idleTimeoutMs ?? IDLE_TIMEOUT_MS, () => session.breakOff('idle'));
    if (this.#running < this.#concurrency) this.#run(session, talk);
    else this.#waiting.set(session, talk);
  }

  async #run(session: Session<OptionValues<O>, S>, talk: Talk<OptionValues<O>, S>): Promise<void> {
    this.#running += 1;
    let goodbye: Promise<void>;
    try {
      await talk.session?.(session.conn, session);
      goodbye = session.finish();
    } catch (error) {
      goodbye = this.#failed(session, error);
    }
    // The goodbye takes as long as its peer likes: it must not keep those who wait in line.
    this.#running -= 1;
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next[0]);
      this.#run(...next);
    }
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

  #lost(session: Session<OptionValues<O>, S>, endpoint: Endpoint): void {
    this.#sessions.delete(session);
    inProcess.open -= 1;
    this.#waiting.delete(session);
    session.stop('connection lost');
    this.emit('disconnected', session.conn.peer, session.outcome, endpoint);
  }
}
