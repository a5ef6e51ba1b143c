/** Waits for room: a writer that got `false` from write() goes on when the peer has read. */

import type { Writable } from 'node:stream';

/** Resolves when the stream can take more, or is closed; whoever writes next finds out which. */
export function drained(stream: Writable): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}
