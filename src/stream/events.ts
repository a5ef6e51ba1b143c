/** The event style of a connection: connected, data, lost, failed, as the chapter's event-driven framework has it. */

import type { Conn } from '../net/conn.ts';

/** What to do when something happens on a connection; each may be left out. */
export interface ConnHandlers {
  /** The connection is there. */
  connected?(conn: Conn): void;
  /** Bytes came; cut anywhere. */
  data?(conn: Conn, chunk: Buffer): void;
  /** The peer ended in order. Our side is still open: write, then `conn.end()`; it is ended where this is left out. */
  lost?(conn: Conn): void;
  /** The connection failed: reset, timed out. Nothing more comes. */
  failed?(error: Error, conn?: Conn): void;
}

/**
 * Drives handlers from a connection's events. Resolves when the connection is closed; a failure went to `failed`.
 *
 * @param goodbye once it aborts, data and end go to nobody: our side is ended
 * @throws what a handler throws, after closing the connection; the failure itself where there is no `failed`
 */
export function handleEvents(conn: Conn, handlers: ConnHandlers, goodbye?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const guard = (run: () => void): void => {
      try {
        run();
      } catch (error) {
        conn.off('close', resolve).destroy();
        reject(error);
      }
    };
    conn.on('error', (error) =>
      guard(() => {
        if (!handlers.failed) throw error;
        handlers.failed(error, conn);
      }),
    );
    conn.on('close', resolve);
    conn.on('end', () => guard(() => (handlers.lost && !goodbye?.aborted ? handlers.lost(conn) : conn.end())));
    guard(() => handlers.connected?.(conn));
    conn.on('data', (chunk: Buffer) => {
      if (!goodbye?.aborted) guard(() => handlers.data?.(conn, chunk));
    });
  });
}

/**
 * Makes a service's session of handlers.
 *
 * @example defineService({ name: 'shout', summary: 'Says it louder', port: 0, session: eventSession({ data: (conn, chunk) => conn.write(chunk.toString().toUpperCase()) }) })
 */
export function eventSession(handlers: ConnHandlers): (conn: Conn, context: { signal: AbortSignal }) => Promise<void> {
  return async (conn, { signal }) => {
    if (signal.aborted) return;
    // A draining server says goodbye: nothing may be written after it, so what the peer still sends is dropped.
    signal.addEventListener('abort', () => conn.end());
    await handleEvents(conn, handlers, signal);
  };
}
