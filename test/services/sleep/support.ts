/** A sleep session over a pair of streams, with a context the test holds in its hand; and a sleep server on loopback. */

import { type Duplex, duplexPair } from 'node:stream';
import { asConn, type Conn } from '../../../src/net/conn.ts';
import { type Server, serve } from '../../../src/net/serve.ts';
import { sleep } from '../../../src/services/sleep.ts';
import { readLines } from '../../../src/stream/lines.ts';
import { serverContext } from '../../support/server-context.ts';

export const DAY_MS = 86_400_000;

export type SleepState = Awaited<ReturnType<NonNullable<typeof sleep.setup>>>;

export const createState = async (maxSleep = 365 * DAY_MS): Promise<SleepState> =>
  sleep.setup!({ maxSleep }, serverContext());

export interface FakeSession {
  /** The client's end. */
  readonly client: Duplex;
  /** The server's end. */
  readonly conn: Conn;
  readonly state: SleepState;
  /** Ends with the session. */
  readonly over: Promise<void>;
  /** How many holds are on the idle rule. */
  holds(): number;
  drain(): void;
  /** The next lines that the server says. */
  lines(count: number): Promise<string[]>;
}

export async function fakeSession(options: { graceMs?: number; state?: SleepState } = {}): Promise<FakeSession> {
  const [client, server] = duplexPair();
  const conn = asConn(server, { scheme: 'tcp', host: '127.0.0.1', port: 1, path: '' });
  const stop = new AbortController();
  const state = options.state ?? (await createState());
  let holds = 0;
  const context = {
    options: { maxSleep: 365 * DAY_MS },
    state,
    signal: stop.signal,
    graceMs: options.graceMs ?? 5_000,
    hold: () => {
      holds += 1;
      return () => {
        holds -= 1;
      };
    },
  };
  const over = Promise.resolve(sleep.session?.(conn, context));
  const answers = readLines(client);
  return {
    client,
    conn,
    state,
    over,
    holds: () => holds,
    drain: () => stop.abort('draining'),
    async lines(count) {
      const got: string[] = [];
      while (got.length < count) got.push((await answers.next()).value ?? '(end)');
      return got;
    },
  };
}

/** One call as a line. */
export const call = (id: number | string, params: unknown, method = 'sleep'): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;

/** Cancels a call. */
export const cancel = (id: number | string): string =>
  `${JSON.stringify({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } })}\n`;

/** A sleep server on free ports. */
export async function startSleep(maxSleep = 365 * DAY_MS): Promise<{ server: Server; port: number }> {
  const server = await serve(sleep, { endpoints: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'], options: { maxSleep } });
  return { server, port: server.endpoints[0]!.port };
}
