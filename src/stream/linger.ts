/**
 * The polite close: says everything, then listens a while. Closing a socket with input nobody read makes the kernel send
 * a reset, which destroys what the peer has not yet read of our answer (RFC 9112, section 9.6, the same for HTTP).
 */

import type { Duplex } from 'node:stream';

/** How the peer is waited for after our end. */
export interface LingerOptions {
  /** Let go when the peer has sent nothing for this long after our last byte left, in milliseconds (nginx: 5 s). */
  readonly silenceMs?: number;
  /** Let go at the latest this long after our last byte left, in milliseconds (nginx: 30 s). */
  readonly totalMs?: number;
}

const LINGER_SILENCE_MS = 5_000;
const LINGER_TOTAL_MS = 30_000;

/**
 * Ends our side, reads and drops what the peer still sends, and resolves when the stream is closed. A peer that neither
 * ends nor stops sending is let go after the limits; one that reads slowly is waited for (the idle rule is another's).
 */
export function lingerClose(stream: Duplex, options: LingerOptions = {}): Promise<void> {
  if (stream.destroyed) return Promise.resolve();
  const silenceMs = options.silenceMs ?? LINGER_SILENCE_MS;
  return new Promise((resolve) => {
    let silence: NodeJS.Timeout | undefined;
    let total: NodeJS.Timeout | undefined;
    const letGo = (): void => {
      stream.destroy();
    };
    const startClock = (): void => {
      silence = setTimeout(letGo, silenceMs);
      total = setTimeout(letGo, options.totalMs ?? LINGER_TOTAL_MS);
      stream.on('data', () => silence?.refresh());
    };
    stream.on('error', () => {});
    stream.on('close', () => {
      clearTimeout(silence);
      clearTimeout(total);
      resolve();
    });
    if (stream.writableFinished) startClock();
    else stream.on('finish', startClock);
    if (!stream.writableEnded) stream.end();
    stream.resume();
  });
}
