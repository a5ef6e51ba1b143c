/**
 * A reset that always closes. While the end of our side is being sent the system refuses one (uv_tcp_close_reset), and
 * Node then leaves the socket open for good, and the process with it: TCPWrap::Reset has marked it as closing.
 */

import { Socket } from 'node:net';
import type { Stream, Writable } from 'node:stream';

/** Is the end of our side on its way to the system, all data before it taken? Then it is too late for a reset. */
export function isEnding({ writableEnded, writableFinished, writableLength }: Writable): boolean {
  return writableEnded && !writableFinished && writableLength === 0;
}

/**
 * Makes `resetAndDestroy` of a socket close it where it cannot be reset: the peer gets the end that is on its way. A
 * socket that resets in a way of its own, as one of TLS does, keeps it.
 */
export function makeResetSure<S extends Stream>(stream: S): S {
  const isPlain = stream instanceof Socket && stream.resetAndDestroy === Socket.prototype.resetAndDestroy;
  return isPlain ? Object.assign(stream, { resetAndDestroy }) : stream;
}

function resetAndDestroy(this: Socket): Socket {
  return isEnding(this) ? this.destroy() : Socket.prototype.resetAndDestroy.call(this);
}
