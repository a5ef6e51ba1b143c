/** An end for what has none: once the other side has ended, a while of silence ends a datagram stream too. */

import type { Shape } from './shape.ts';

/**
 * Makes stages for a stream of datagrams: when all is sent, the receiving ends after this much silence.
 *
 * @param silenceMs milliseconds
 * @param maxBytes cuts what is sent, where it comes from a byte stream; left out, every chunk is a datagram as it is
 */
export function datagramEnd(silenceMs: number, maxBytes?: number): Shape {
  const sent = Promise.withResolvers<void>();
  return {
    send: [
      async function* send(source) {
        for await (const chunk of source) yield* maxBytes === undefined ? [chunk] : pieces(chunk, maxBytes);
        sent.resolve();
      },
    ],
    receive: [
      async function* receive(source) {
        const chunks = source[Symbol.asyncIterator]();
        for (;;) {
          const next = await nextBefore(chunks.next(), sent.promise, silenceMs);
          if (!next || next.done) return;
          yield next.value;
        }
      },
    ],
  };
}

function* pieces(chunk: Buffer, maxBytes: number): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += maxBytes) yield chunk.subarray(at, at + maxBytes);
}

/** The next chunk; nothing when it does not come in time, which runs once `started` has resolved. */
async function nextBefore<T>(next: Promise<T>, started: Promise<void>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const silence = new Promise<undefined>((resolve) => {
    started.then(() => {
      if (!isOver) timer = setTimeout(resolve, ms, undefined);
    });
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}
