/** Looks at the whole head of an HTTP request without taking it, so that who answers may depend on any line of it. */

import type { Duplex } from 'node:stream';

/** How much of a client's bytes and time is taken. */
export interface PeekHeadOptions {
  /** The longest head, in bytes with the blank line at its end. */
  readonly maxBytes: number;
  /** How long the head may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** A head, or why there is none: `cut off` is the stream's end in the middle, `over` its close or the signal. */
export type PeekedHead =
  | { readonly state: 'whole'; readonly text: string }
  | { readonly state: 'too long' | 'too slow' | 'cut off' | 'over' };

/** A blank line; nettk's own users type theirs with bare line feeds. */
const HEAD_END = /\r?\n\r?\n/;

/**
 * Waits for the blank line that ends a head, however it is cut, and leaves all of it in the stream; of a head that does not
 * come whole nothing is put back.
 *
 * @throws the stream's error
 */
export function peekHead(stream: Duplex, { maxBytes, timeoutMs, signal }: PeekHeadOptions): Promise<PeekedHead> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const release = (): void => {
      clearTimeout(timer);
      stream.off('readable', onReadable).off('end', onEnd).off('close', onOver).off('error', onError);
      signal.removeEventListener('abort', onOver);
    };
    const settle = (head: PeekedHead): void => {
      release();
      resolve(head);
    };
    const take = (): PeekedHead | undefined => {
      for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) {
        seen = Buffer.concat([seen, chunk]);
        const head = headIn(seen, maxBytes);
        // In the same turn: once the stream has said that it ended, nothing can be put back.
        if (head?.state === 'whole') stream.unshift(seen);
        if (head) return head;
      }
      return undefined;
    };
    const onReadable = (): void => {
      const head = take();
      if (head) settle(head);
    };
    const onEnd = (): void => settle({ state: 'cut off' });
    const onOver = (): void => settle({ state: 'over' });
    const onError = (error: Error): void => {
      release();
      reject(error);
    };
    const timer = setTimeout(() => settle({ state: 'too slow' }), timeoutMs);
    stream.on('readable', onReadable).on('end', onEnd).on('close', onOver).on('error', onError);
    signal.addEventListener('abort', onOver);
    if (stream.errored) onError(stream.errored);
    else if (stream.destroyed || signal.aborted) onOver();
    else if (stream.readableEnded) onEnd();
    else onReadable();
  });
}

function headIn(seen: Buffer, maxBytes: number): PeekedHead | undefined {
  const text = seen.toString('latin1', 0, maxBytes);
  const end = HEAD_END.exec(text);
  if (end) return { state: 'whole', text: text.slice(0, end.index) };
  return seen.length >= maxBytes ? { state: 'too long' } : undefined;
}
