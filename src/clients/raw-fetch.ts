/** The bare fetch: one `GET /path` line on a socket, and every byte that comes back (HTTP/0.9, and its teachers). */

import type { Socket } from 'node:net';
import { badAnswer, explainFailure, tookTooLong } from '../net/http-failure.ts';
import { withIdleLimit } from '../net/idle-limit.ts';
import { openWebConnection } from '../net/web-connection.ts';
import { WEB_EXIT } from '../net/web-exit.ts';
import { formatWebUrl, type WebUrl } from '../net/web-url.ts';
import { Wire } from '../net/wire.ts';
import { type FetchOptions, withDeadline } from './fetch.ts';
import { type BodySink, openedSink, type ReceivedBody, receiveBody } from './receive-body.ts';

/**
 * Sends `GET /path`, a line feed and nothing else, and takes every byte until the other side ends.
 *
 * @throws NettkError with curl's number as its exit status: a reset is one, and so is an end without a single byte
 */
export function fetchRaw(
  url: WebUrl,
  open: () => Promise<BodySink>,
  options: Omit<FetchOptions, 'headers'>,
): Promise<ReceivedBody> {
  const address = formatWebUrl(url);
  return withDeadline(options.signal, options.timeoutMs, address, async (signal) => {
    const { socket } = await openWebConnection(url, { ...options, signal });
    const wire = new Wire(socket, signal);
    try {
      socket.write(`GET ${url.path}\n`);
      const sink = await openedSink(open(), signal);
      return await receiveBody(everyByte(socket, wire, address, options.idleTimeoutMs), sink, `fetch ${address}`, {
        ...options,
        signal,
      });
    } finally {
      wire.close();
    }
  });
}

async function* everyByte(socket: Socket, wire: Wire, address: string, idleMs: number): AsyncGenerator<Buffer> {
  const onIdle = (): void => wire.stop(tookTooLong(address, `no data for ${idleMs / 1000} s`));
  let hasBytes = false;
  try {
    for await (const chunk of withIdleLimit<Buffer>(socket, idleMs, onIdle)) {
      hasBytes = true;
      yield chunk;
    }
  } catch (error) {
    throw wire.reason(error, (failure) => explainFailure(failure, address, { start: '', hasHead: true }));
  }
  if (!hasBytes) throw badAnswer(address, 'closed without an answer', WEB_EXIT.empty);
}
