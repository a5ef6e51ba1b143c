/** Looks at the first line of a connection, so that one port can speak several protocols. */

import type { Readable } from 'node:stream';

/** What came before it was clear. */
export interface FirstLine {
  /** All that came so far: the line, and perhaps more; it is off the stream, unless it was to be kept there. */
  readonly bytes: Buffer;
  /** There is a line feed within the limit of bytes; where not, the stream ended or was closed, or a limit was met. */
  readonly isWhole: boolean;
}

const LF = 0x0a;

/** How long a first line is waited for. */
export interface FirstLineLimits {
  /** In bytes; past it what came is given as it is. */
  readonly maxBytes: number;
  /** In milliseconds; after it, too. */
  readonly timeoutMs: number;
  /** Gives up when it aborts. */
  readonly signal: AbortSignal;
  /** Is this, with a whole line in it, to stay on the stream? Once a stream has said that it ended, nothing can be put back. */
  keeps?(bytes: Buffer): boolean;
}

/**
 * Takes bytes until there is a line feed among them, or a limit is met. The stream is paused when it resolves.
 *
 * @throws the stream's error
 */
export function firstLine(
  stream: Readable,
  { maxBytes, timeoutMs, signal, keeps }: FirstLineLimits,
): Promise<FirstLine> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => settle(false), timeoutMs);
    const release = (): void => {
      clearTimeout(timer);
      stream.off('data', onData).off('end', onOver).off('close', onOver).off('error', onError).pause();
      signal.removeEventListener('abort', onOver);
    };
    const settle = (isWhole: boolean): void => {
      release();
      const bytes = Buffer.concat(chunks);
      if (isWhole && keeps?.(bytes)) stream.unshift(bytes);
      resolve({ bytes, isWhole });
    };
    const onData = (chunk: Buffer): void => {
      const end = chunk.indexOf(LF);
      // A line that is too long is so even where its end came with it: how a stream is cut must not matter.
      const isWhole = end !== -1 && length + end < maxBytes;
      chunks.push(chunk);
      length += chunk.length;
      if (isWhole || length >= maxBytes) settle(isWhole);
    };
    const onOver = (): void => settle(false);
    const onError = (error: Error): void => {
      release();
      reject(error);
    };
    if (stream.errored) {
      onError(stream.errored);
      return;
    }
    stream.on('end', onOver).on('close', onOver).on('error', onError);
    signal.addEventListener('abort', onOver);
    if (stream.readableEnded || stream.destroyed || signal.aborted) onOver();
    else stream.on('data', onData).resume();
  });
}
