/** A conversation between two local streams and a connection: what netcat does. */

import type { Readable, Writable } from 'node:stream';
import { wrapSystemError } from '../errors.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import type { Conn } from '../services/service.ts';
import { inTime } from '../stream/in-time.ts';
import { pump } from '../stream/join.ts';

/** How long what was taken from the input may still need to leave after the peer's end, in milliseconds. */
const FLUSH_GRACE_MS = 5_000;

/** How many bytes went each way. */
export interface Conversed {
  readonly sent: number;
  readonly received: number;
}

/**
 * Sends the input and writes what comes back, at the same time. The input's end half-closes the connection and the
 * reading goes on; the peer's end finishes the conversation, whether the input has ended or not. The connection is
 * closed afterwards; the output stays open.
 *
 * @throws NettkError when the connection fails; the input's or output's own error; the signal's reason
 */
export async function converse(conn: Conn, input: Readable, output: Writable, signal: AbortSignal): Promise<Conversed> {
  signal.throwIfAborted();
  const peerEnded = new AbortController();
  const onAbort = (): void => {
    conn.destroy();
  };
  signal.addEventListener('abort', onAbort);
  conn.on('error', () => {});
  // A peer that stops reading shows as the connection's error or end; only the input's own failure is news here.
  const up = pump(input, conn, { signal: peerEnded.signal }).catch((error: unknown) => {
    if (input.errored) conn.destroy();
    if (input.errored) throw error;
    return 0;
  });
  up.catch(() => {});
  try {
    const received = await pump(conn, output, { keepOpen: true });
    peerEnded.abort();
    return {
      sent: await inTime(up, FLUSH_GRACE_MS, () => new Error('the peer takes no more')).catch(() => 0),
      received,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (input.errored) throw wrapSystemError(input.errored, 'read standard input');
    throw output.errored ? error : wrapSystemError(error, `talk to ${formatEndpoint(conn.peer)}`);
  } finally {
    peerEnded.abort();
    signal.removeEventListener('abort', onAbort);
    input.pause();
    conn.destroy();
  }
}
