/** Services made for one test, and a tape of what their server tells. */

import { type ServeOptions, type Server, serve } from '../../src/net/serve.ts';
import type { Service } from '../../src/services/service.ts';
import { readLines } from '../../src/stream/lines.ts';

/** What serves a connection. */
export type Session = NonNullable<Service['session']>;
type Datagram = NonNullable<Service['datagram']>;

/** A server of one session or datagram function on a free port. */
export async function startService(
  parts: { session?: Session; datagram?: Datagram; concurrency?: number },
  options: Partial<ServeOptions<never>> = {},
) {
  const { session, datagram, concurrency } = parts;
  const service: Service = {
    name: 'test',
    summary: 'Tests',
    port: 0,
    ...(session && { session }),
    ...(datagram && { datagram }),
    ...(concurrency !== undefined && { concurrency: () => concurrency }),
  };
  const server = await serve(service, { endpoints: [session ? 'tcp://127.0.0.1:0' : 'udp://127.0.0.1:0'], ...options });
  return { server, endpoint: server.endpoints[0]! };
}

/** Names what a server tells, in order. */
export function tape(server: Server): string[] {
  const told: string[] = [];
  server.on('connected', () => told.push('connected'));
  server.on('disconnected', (_peer, reason) => told.push(`disconnected ${reason}`.trim()));
  server.on('refused', ({ reason, count }) => told.push(`refused ${count} ${reason}`));
  server.on('failed', (_peer, error) => told.push(`failed ${(error as Error).message}`));
  server.on('draining', () => told.push('draining'));
  server.on('closed', () => told.push('closed'));
  return told;
}

/** Talks until the client ends. */
export const parrot: Session = async (conn) => {
  for await (const line of readLines(conn)) conn.write(`${line}!\n`);
};
/** Resolves when a session is told to stop. */
export const untilAborted = ({ signal }: { signal: AbortSignal }): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
