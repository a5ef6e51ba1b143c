/** Asks whether anybody is at the other end of a connection, without saying anything. */

import { wrapSystemError } from '../errors.ts';
import type { Conn } from '../net/conn.ts';
import { formatEndpoint } from '../net/endpoint.ts';

/** What a probe can find; over UDP nobody answering may mean a service that says nothing, or a firewall. */
export type ProbeResult = 'open' | 'open or silent';

/**
 * Looks at an open connection and closes it: a stream that is connected is open. Over UDP an empty datagram is sent, the
 * least that makes a closed port refuse it, and an answer or a refusal is waited for.
 *
 * @param waitMs how long over UDP, in milliseconds
 * @throws NettkError where a UDP port is closed; the signal's reason
 */
export async function probe(conn: Conn, waitMs: number, signal: AbortSignal): Promise<ProbeResult> {
  try {
    return conn.peer.scheme === 'udp' ? await probeDatagram(conn, waitMs, signal) : 'open';
  } finally {
    conn.on('error', () => {}).destroy();
  }
}

function probeDatagram(conn: Conn, waitMs: number, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const release = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const settle = (result: ProbeResult): void => {
      release();
      resolve(result);
    };
    const fail = (error: unknown): void => {
      release();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    const timer = setTimeout(() => settle('open or silent'), waitMs);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) return onAbort();
    conn.on('error', (error) => fail(wrapSystemError(error, `probe ${formatEndpoint(conn.peer)}`)));
    conn.on('data', () => settle('open'));
    conn.write(Buffer.alloc(0));
  });
}
