/** The event style of a client: dials, then tells what happens. */

import { type ConnHandlers, handleEvents } from '../stream/events.ts';
import { type DialOptions, dial } from './dial.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * Connects and drives handlers; resolves when the connection is closed. A connection that cannot be opened is told to
 * `failed`, without a connection.
 *
 * @throws the failure itself where there is no `failed`
 * @example await dialEvents('tcp://127.0.0.1:21567', { connected: (conn) => conn.write('hi\n'), data: (conn, text) => conn.end() });
 */
export async function dialEvents(
  target: Endpoint | string,
  handlers: ConnHandlers,
  options: DialOptions = {},
): Promise<void> {
  const opened = await dial(target, options).catch((error: Error) => {
    if (!handlers.failed) throw error;
    handlers.failed(error);
  });
  if (opened) await handleEvents(opened, handlers);
}
