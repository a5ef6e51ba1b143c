/** Reads a stream chunk by chunk without owning it: iterating a socket itself would destroy it at the end. */

import type { Readable } from 'node:stream';

/** Bytes; or why there are none: the stream is at its end or closed, it was silent, the signal aborted. */
export type ChunkEvent = Buffer | 'end' | 'quiet' | 'stop';

/**
 * Waits for the next bytes, the end, silence or the signal, whichever comes first; leaves no listener behind.
 *
 * @param quietMs how long it may be silent, in milliseconds; 0 is for ever
 * @throws the stream's error
 */
export function nextChunk(stream: Readable, quietMs: number, signal?: AbortSignal): Promise<ChunkEvent> {
  const ready = takeNow(stream, signal);
  if (ready !== undefined) return Promise.resolve(ready);
  return new Promise((resolve, reject) => {
    const timer = quietMs > 0 ? setTimeout(() => settle('quiet'), quietMs) : undefined;
    const settle = (event: ChunkEvent): void => {
      release();
      resolve(event);
    };
    const onReadable = (): void => {
      const event = takeNow(stream, signal);
      if (event !== undefined) settle(event);
    };
    const onEnd = (): void => settle('end');
    const onStop = (): void => settle('stop');
    const onError = (error: Error): void => {
      release();
      reject(error);
    };
    const release = (): void => {
      clearTimeout(timer);
      stream.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onError);
      signal?.removeEventListener('abort', onStop);
    };
    stream.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onError);
    signal?.addEventListener('abort', onStop);
  });
}

function takeNow(stream: Readable, signal?: AbortSignal): ChunkEvent | undefined {
  const chunk: unknown = stream.read();
  if (chunk !== null && chunk !== undefined) return asBuffer(chunk);
  if (stream.errored) throw stream.errored;
  if (stream.readableEnded || stream.destroyed) return 'end';
  return signal?.aborted ? 'stop' : undefined;
}

function asBuffer(chunk: unknown): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
}
