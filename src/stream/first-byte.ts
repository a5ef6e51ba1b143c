/** Looks at the first byte of a connection without taking it, so that one port can speak several protocols. */

import type { Duplex } from 'node:stream';

const BLANKS = ' \t\r\n';

/**
 * Waits for the first byte that is not blank (blanks before it are dropped) and leaves it in the stream; empty where the
 * stream ends, closes or the signal aborts before.
 *
 * @throws the stream's error
 */
export async function firstByte(stream: Duplex, signal: AbortSignal): Promise<string> {
  for (;;) {
    const chunk = await nextChunk(stream, signal);
    if (chunk === undefined) return '';
    const start = chunk.findIndex((byte) => !BLANKS.includes(String.fromCharCode(byte)));
    if (start === -1) continue;
    stream.unshift(chunk.subarray(start));
    return String.fromCharCode(chunk[start] as number);
  }
}

function nextChunk(stream: Duplex, signal: AbortSignal): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const release = (): void => {
      stream.off('readable', onReadable).off('end', onOver).off('close', onOver).off('error', onError);
      signal.removeEventListener('abort', onOver);
    };
    const settle = (chunk?: Buffer): void => {
      release();
      resolve(chunk);
    };
    const onReadable = (): void => {
      const chunk = stream.read() as Buffer | null;
      if (chunk !== null) settle(chunk);
    };
    const onOver = (): void => settle();
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
