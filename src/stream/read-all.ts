/** Reads a stream to its end, within limits. */

import type { Duplex } from 'node:stream';
import { NettkError } from '../errors.ts';

/** How much and how long. */
export interface ReadAllOptions {
  /** More bytes than this are an error. */
  readonly maxBytes: number;
  /** Milliseconds until the end has to have come. */
  readonly timeoutMs: number;
  /** What errors name; `read the answer` where left out. */
  readonly action?: string;
  /** Gives up when it aborts, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads until the peer's end; leaves our side open.
 *
 * @throws NettkError `TOO_LONG` or `TIMEOUT`; the stream's own error; the signal's reason
 */
export function readAll(stream: Duplex, options: ReadAllOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    const fail = (code: 'TOO_LONG' | 'TIMEOUT', reason: string): void =>
      settle(new NettkError({ code, action: options.action ?? 'read the answer', reason }));
    const timer = setTimeout(() => fail('TIMEOUT', `no end after ${options.timeoutMs / 1_000} s`), options.timeoutMs);
    const onData = (chunk: Buffer): void => {
      parts.push(chunk);
      length += chunk.length;
      if (length > options.maxBytes) fail('TOO_LONG', `more than ${options.maxBytes} bytes`);
    };
    const onAbort = (): void => settle(options.signal?.reason);
    const onEnd = (): void => settle();
    const settle = (error?: unknown): void => {
      clearTimeout(timer);
      stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', settle);
      options.signal?.removeEventListener('abort', onAbort);
      if (error === undefined) resolve(Buffer.concat(parts));
      else reject(error);
    };
    stream.on('error', settle).on('end', onEnd).on('close', onEnd).on('data', onData);
    options.signal?.addEventListener('abort', onAbort);
    if (options.signal?.aborted) onAbort();
    else if (stream.errored) settle(stream.errored);
    else if (stream.readableEnded) onEnd();
  });
}
