/**
 * The pump: bytes from one stream to another, with back-pressure, and two pumps joined into a conversation.
 *
 * The rules of half-close, which every use of the pump keeps:
 * - When one side's input ends, the other side's output is ended once all bytes are through; the way back stays open.
 * - When both ways have ended, the conversation is over and nothing was lost.
 * - When one side fails (a reset, say), the other is reset too, so that nobody takes a cut for an end.
 */

import type { Duplex, Readable, Writable } from 'node:stream';
import { errorCode } from '../errors.ts';

/** How a pump runs. */
export interface PumpOptions {
  /** Stops taking from the source, as if it had ended; what was taken is still delivered. */
  readonly signal?: AbortSignal;
  /** Leaves the sink open at the source's end (standard output). */
  readonly keepOpen?: boolean;
  /** Hears how many bytes were just handed to the sink, whatever way they took. */
  onBytes?: ((count: number) => void) | undefined;
}

/**
 * Copies a source to a sink until the source ends, then ends the sink. Resolves with the bytes copied when the sink has
 * taken them all; rejects with the first error of either. Never destroys a stream: whoever owns it does.
 */
export function pump(source: Readable, sink: Writable, options: PumpOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let over = false;
    const onData = (chunk: Uint8Array): void => {
      bytes += chunk.length;
      options.onBytes?.(chunk.length);
      if (!sink.write(chunk)) source.pause();
    };
    const onDrain = (): void => void (over || source.resume());
    const onEnd = (): void => {
      if (over) return;
      over = true;
      source.off('data', onData);
      if (sink.writableFinished) settle();
      else if (sink.writableEnded || sink.destroyed) settle(closedEarly(sink));
      else if (!options.keepOpen) sink.end(onTaken);
      // An empty write comes back when all before it is out; a stream of objects would send it.
      else if (sink.writableObjectMode) settle();
      else sink.write('', onTaken);
    };
    // A failure comes as the sink's error or close too, which must find its listener.
    const onTaken = (error?: Error | null): void => {
      if (!error) settle();
    };
    const onSourceClose = (): void => {
      if (!over && !source.readableEnded) settle(closedEarly(source));
    };
    const onSinkClose = (): void => {
      if (!sink.writableFinished) settle(closedEarly(sink));
    };
    const settle = (error?: Error | null): void => {
      over = true;
      source.off('data', onData).off('end', onEnd).off('error', settle).off('close', onSourceClose);
      sink.off('drain', onDrain).off('error', settle).off('close', onSinkClose);
      options.signal?.removeEventListener('abort', onEnd);
      if (error) reject(error);
      else resolve(bytes);
    };
    source.on('end', onEnd).on('error', settle).on('close', onSourceClose).on('data', onData);
    sink.on('drain', onDrain).on('error', settle).on('close', onSinkClose);
    options.signal?.addEventListener('abort', onEnd);
    const failed = source.errored ?? sink.errored;
    if (failed) settle(failed);
    else if (source.readableEnded || options.signal?.aborted) onEnd();
    else if (source.destroyed) onSourceClose();
    else source.resume();
  });
}

/** How many bytes went each way. */
export interface JoinResult {
  readonly aToB: number;
  readonly bToA: number;
}

/** Who hears of what is joined, whatever becomes of it. */
export interface JoinOptions {
  /** Hears how many bytes were just handed from the first stream to the second. */
  readonly onAToB?: (count: number) => void;
  /** The same for the way back. */
  readonly onBToA?: (count: number) => void;
}

/**
 * Joins two streams into one conversation; see the rules above. Resolves when both ways have ended; when one fails,
 * resets both and rejects with that error.
 *
 * @example await join(await dial('tcp://127.0.0.1:7'), conn);
 */
export async function join(a: Duplex, b: Duplex, options: JoinOptions = {}): Promise<JoinResult> {
  const ways = [pump(a, b, { onBytes: options.onAToB }), pump(b, a, { onBytes: options.onBToA })] as const;
  try {
    const [aToB, bToA] = await Promise.all(ways);
    return { aToB, bToA };
  } catch (error) {
    reset(a);
    reset(b);
    await Promise.allSettled(ways);
    throw error;
  }
}

/** Breaks a stream off so that the peer can tell it from an end: a TCP reset where the stream is a socket. */
export function reset(stream: Duplex): void {
  if (stream.destroyed) return;
  stream.on('error', () => {});
  try {
    (stream as Duplex & { resetAndDestroy?: () => unknown }).resetAndDestroy?.();
  } catch {
    // Only TCP has a reset; a Unix socket says so by throwing, and its peer sees the close.
  }
  stream.destroy();
}

/** Is this what a peer's leaving looks like (reset, closed pipe), rather than a fault of ours? */
export function isPeerGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNABORTED';
}

function closedEarly(stream: Readable | Writable): Error {
  const cause = stream.errored;
  return cause ?? Object.assign(new Error('closed before its end'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}
