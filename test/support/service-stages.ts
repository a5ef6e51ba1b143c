/** The stages a service is put on by the conformance suite: real sockets, and a pair in memory that deals in single bytes. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, duplexPair, Transform } from 'node:stream';
import { optionValues } from '../../src/cli/values.ts';
import { NettkError } from '../../src/errors.ts';
import { asConn } from '../../src/net/conn.ts';
import { dial } from '../../src/net/dial.ts';
import { type Endpoint, parseEndpoint } from '../../src/net/endpoint.ts';
import type { ServerCertificate } from '../../src/net/secure-server.ts';
import { type DrainResult, serve } from '../../src/net/serve.ts';
import { Session } from '../../src/net/session.ts';
import type { Service } from '../../src/services/service.ts';
import { isPeerGone } from '../../src/stream/join.ts';
import { serverContext } from './server-context.ts';
import { connectTo } from './sockets.ts';

/** A service at work. */
export interface Stage {
  /** A client of it. */
  connect(): Promise<Duplex>;
  /** Connections open at the service. */
  readonly connections: number;
  /** Connections it has ever accepted. */
  readonly accepted: number;
  /** What sessions threw that was no expected failure. */
  readonly bugs: readonly unknown[];
  /** Lets sessions finish for so many milliseconds. */
  drain(graceMs: number): Promise<DrainResult>;
  stop(): Promise<void>;
}

/** Where a service can be put. */
export interface StageKind {
  readonly name: string;
  /** A client can reset its connection. */
  readonly hasReset: boolean;
  open(service: Service, options?: Readonly<Record<string, unknown>>): Promise<Stage>;
}

/** All of them. */
export const STAGES: readonly StageKind[] = [
  { name: 'TCP', hasReset: true, open: (service, options) => serveOn('tcp://127.0.0.1:0', service, options) },
  {
    name: 'WebSocket',
    hasReset: true,
    open: (service, options) => serveOn('ws://127.0.0.1:0', service, options, (endpoint) => dial(endpoint)),
  },
  {
    name: 'TLS',
    hasReset: true,
    open: (service, options) =>
      serveOn('tls://127.0.0.1:0', service, options, (endpoint, certificate) =>
        dial(endpoint, { tls: { pins: [certificate?.fingerprint ?? ''] } }),
      ),
  },
  { name: 'a Unix socket', hasReset: false, open: serveOnSocketFile },
  { name: 'a pair that deals in single bytes', hasReset: false, open: serveInMemory },
];

/** A service's options: their defaults, and what is given here. */
export async function optionsOf(service: Service, given: Readonly<Record<string, unknown>> = {}) {
  return { ...(await optionValues(service.options ?? {}, () => undefined)), ...given };
}

async function serveOn(
  where: string,
  service: Service,
  given?: Readonly<Record<string, unknown>>,
  connect: (endpoint: Endpoint, certificate: ServerCertificate | undefined) => Promise<Duplex> = connectTo,
): Promise<Stage> {
  const bugs: unknown[] = [];
  const server = await serve(service, { endpoints: [where], options: (await optionsOf(service, given)) as never });
  let accepted = 0;
  server.on('connected', () => {
    accepted += 1;
  });
  server.on('failed', (_peer, error) => {
    if (!(error instanceof NettkError)) bugs.push(error);
  });
  return {
    connect: () => {
      const endpoint = server.endpoints[0] as Endpoint;
      return connect(endpoint, server.certificateOf(endpoint));
    },
    get connections() {
      return server.connections;
    },
    get accepted() {
      return accepted;
    },
    bugs,
    drain: (graceMs) => server.drain(graceMs),
    stop: () => server.close(),
  };
}

async function serveOnSocketFile(service: Service, given?: Readonly<Record<string, unknown>>): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'nettk-stage-'));
  const stage = await serveOn(`unix:${join(folder, 's')}`, service, given);
  const stop = async (): Promise<void> => {
    await stage.stop();
    await rm(folder, { recursive: true });
  };
  return Object.create(stage, { stop: { value: stop } });
}

/** Cuts everything into single bytes. */
function singleBytes(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let i = 0; i < chunk.length; i += 1) this.push(chunk.subarray(i, i + 1));
      done();
    },
  });
}

async function serveInMemory(service: Service, given?: Readonly<Record<string, unknown>>): Promise<Stage> {
  const options = await optionsOf(service, given);
  const draining = new AbortController();
  const state = await service.setup?.(options as never, serverContext(draining));
  const sessions = new Map<Session<never, unknown>, Promise<void>>();
  const bugs: unknown[] = [];
  let accepted = 0;
  const run = async (session: Session<never, unknown>): Promise<void> => {
    try {
      await service.session?.(session.conn, session);
    } catch (error) {
      if (!(error instanceof NettkError) && !isPeerGone(error)) bugs.push(error);
    }
    await session.finish();
    sessions.delete(session);
  };
  const drain = async (): Promise<DrainResult> => {
    draining.abort('draining');
    for (const session of sessions.keys()) session.stop('draining');
    await Promise.all(sessions.values());
    return { cut: 0 };
  };
  return {
    async connect() {
      const [near, far] = duplexPair();
      const session = new Session(asConn(far, parseEndpoint('unix:@memory')), options as never, state, 1_000);
      far.on('error', () => {}).on('close', () => session.stop('connection lost'));
      sessions.set(session, run(session));
      accepted += 1;
      const cut = singleBytes();
      cut.on('error', () => {}).pipe(near.on('error', () => {}));
      const client = Duplex.from({ writable: cut, readable: near } as never);
      // Node's pair does not tell one end that the other is gone.
      return client.on('error', () => {}).on('close', () => far.destroy());
    },
    get connections() {
      return sessions.size;
    },
    get accepted() {
      return accepted;
    },
    bugs,
    drain,
    async stop() {
      for (const { conn } of sessions.keys()) conn.destroy();
      await drain();
      await service.close?.(state);
    },
  };
}
