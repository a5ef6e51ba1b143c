/** Takes a body to where it belongs, counting, hashing and limiting it on the way; only a whole one gets its name. */

import { createHash } from 'node:crypto';
import { NettkError } from '../errors.ts';
import { WEB_EXIT } from '../net/web-exit.ts';
import { untilAborted } from '../stream/until-aborted.ts';

/** Where a body goes; an `OutputFile` is one. */
export interface BodySink {
  write(bytes: Uint8Array): Promise<void>;
  /** The body is whole. */
  commit(): Promise<void>;
  /** It will never be. Does not throw. */
  discard(): Promise<void>;
}

/** What a body must keep to. */
export interface BodyLimits {
  /** The most bytes it may have. */
  readonly maxBytes?: number | undefined;
  /** The SHA-256 it must have, in lower-case hexadecimal. */
  readonly sha256?: string | undefined;
  /** Told after every piece how many bytes are taken. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Ends the wait for a sink that takes nothing, such as a FIFO that nobody reads. */
  readonly signal?: AbortSignal | undefined;
}

/** What a whole body was. */
export interface ReceivedBody {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * Writes a body to its sink and commits it; discards it when anything fails.
 *
 * @param action what errors name: `fetch http://…`
 * @throws NettkError `TOO_LONG`, `UNVERIFIED`, or whatever the body or the sink throws; the signal's reason
 */
export async function receiveBody(
  body: AsyncIterable<Uint8Array>,
  sink: BodySink,
  action: string,
  limits: BodyLimits = {},
): Promise<ReceivedBody> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      checkSize(bytes, action, limits.maxBytes);
      hash.update(chunk);
      const taken = written(sink.write(chunk));
      await (limits.signal ? untilAborted(taken, limits.signal) : taken);
      limits.onBytes?.(bytes);
    }
    const sha256 = hash.digest('hex');
    checkHash(sha256, action, limits.sha256);
    await written(sink.commit());
    return { bytes, sha256 };
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** @throws NettkError `TOO_LONG` when a body has, or says it will have, more bytes than it may */
export function checkSize(bytes: number | undefined, action: string, max: number | undefined): void {
  if (bytes === undefined || max === undefined || bytes <= max) return;
  const reason = `larger than the ${max} bytes allowed`;
  throw new NettkError({ code: 'TOO_LONG', action, reason, exit: WEB_EXIT.tooBig });
}

/**
 * Opens a sink. A FIFO opens when somebody reads it, which may be never.
 *
 * @throws NettkError with curl's number; the signal's reason
 */
export function openedSink(opening: Promise<BodySink>, signal: AbortSignal): Promise<BodySink> {
  return untilAborted(written(opening), signal, (sink) => sink.discard());
}

/** Gives a file's failure curl's number. A reader of standard output that has gone is another matter, and passes. */
export async function written<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isOurs = error instanceof NettkError && error.code !== 'EPIPE';
    throw isOurs ? error.withExit(WEB_EXIT.write) : error;
  }
}

function checkHash(actual: string, action: string, expected: string | undefined): void {
  if (expected === undefined || expected === actual) return;
  throw new NettkError({ code: 'UNVERIFIED', action, reason: `SHA-256 is ${actual}, not ${expected}` });
}
