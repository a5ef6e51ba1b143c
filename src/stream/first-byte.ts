/** Looks at the first byte of a connection without taking it, so that one port can speak several protocols. */

import type { Duplex } from 'node:stream';

const BLANKS: readonly number[] = [0x20, 0x09, 0x0d, 0x0a];

/**
 * Waits for the first byte that is not blank (blanks before it are dropped) and leaves it in the stream; empty where the
 * stream ends, closes or the signal aborts before.
 *
 * @throws the stream's error
 */
export function firstByte(stream: Duplex, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const release = (): void => {
      stream.off('readable', onReadable).off('end', onOver).off('close', onOver).off('error', onError);
      signal.removeEventListener('abort', onOver);
    };
    const settle = (first: string): void => {
      release();
      resolve(first);
    };
    const onReadable = (): void => {
      const first = peek(stream);
      if (first !== undefined) settle(first);
    };
    const onOver = (): void => settle('');
    const onError = (error: Error): void => {
      release();
      reject(error);
    };
    stream.on('readable', onReadable).on('end', onOver).on('close', onOver).on('error', onError);
    signal.addEventListener('abort', onOver);
    if (stream.errored) onError(stream.errored);
    else if (stream.readableEnded || stream.destroyed || signal.aborted) onOver();
    else onReadable();
  });
}

/** Puts back what it took in the same turn: once the stream has said that it ended, nothing can be put back. */
function peek(stream: Duplex): string | undefined {
  for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) {
    const start = chunk.findIndex((byte) => !BLANKS.includes(byte));
    if (start === -1) continue;
    stream.unshift(chunk.subarray(start));
    return String.fromCharCode(chunk[start] as number);
  }
  return undefined;
}
