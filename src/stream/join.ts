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
import { type PieceReading, readPieces } from './pieces.ts';

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
  const pump = new Pump(source, sink, options);
  pump.start();
  return pump.done;
}

class Pump {
  readonly #source: Readable;
  readonly #sink: Writable;
  readonly #options: PumpOptions;
  readonly #outcome = Promise.withResolvers<number>();
  #bytes = 0;
  /** Has the source ended, or anything failed? */
  #over = false;
  /** The fast way, where both ends can take it; else the source's `data`. */
  #reading: PieceReading | undefined;
  /** Is the sink still at work on a piece in memory of the source? */
  #isLent = false;

  constructor(source: Readable, sink: Writable, options: PumpOptions) {
    this.#source = source;
    this.#sink = sink;
    this.#options = options;
  }

  get done(): Promise<number> {
    return this.#outcome.promise;
  }

  start(): void {
    const { signal } = this.#options;
    this.#source.on('end', this.#onEnd).on('error', this.#settle).on('close', this.#onSourceClose);
    this.#sink.on('drain', this.#onDrain).on('error', this.#settle).on('close', this.#onSinkClose);
    signal?.addEventListener('abort', this.#onEnd);
    const failed = this.#source.errored ?? this.#sink.errored;
    if (failed) this.#settle(failed);
    else if (this.#source.readableEnded || signal?.aborted) this.#onEnd();
    else if (this.#source.destroyed) this.#onSourceClose();
    else this.#flow();
  }

  #flow(): void {
    this.#reading = readPieces(this.#source, this.#sink, this.#onPiece);
    if (!this.#reading) this.#source.on('data', this.#onData).resume();
  }

  #count(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#options.onBytes?.(chunk.length);
  }

  #onData = (chunk: Uint8Array): void => {
    if (!this.#sink.write(chunk)) this.#source.pause();
    this.#count(chunk);
  };

  #onDrain = (): void => {
    if (!this.#over && !this.#reading) this.#source.resume();
  };

  #onPiece = (piece: Uint8Array): boolean => {
    this.#sink.write(piece, this.#onPieceWritten);
    const isLent = this.#sink.writableLength > 0;
    this.#isLent = isLent;
    this.#count(piece);
    return !isLent;
  };

  #onPieceWritten = (): void => {
    if (!this.#isLent || this.#sink.writableLength > 0) return;
    this.#isLent = false;
    this.#reading?.resume();
  };

  #onEnd = (): void => {
    if (this.#over) return;
    this.#stopReading();
    this.#over = true;
    const { keepOpen } = this.#options;
    const sink = this.#sink;
    if (sink.writableFinished) this.#settle();
    else if (sink.writableEnded || sink.destroyed) this.#settle(closedEarly(sink));
    else if (!keepOpen) sink.end(this.#onTaken);
    // An empty write comes back when all before it is out; a stream of objects would send it.
    else if (sink.writableObjectMode) this.#settle();
    else sink.write('', this.#onTaken);
  };

  // A failure comes as the sink's error or close too, which must find its listener.
  #onTaken = (error?: Error | null): void => {
    if (!error) this.#settle();
  };

  #onSourceClose = (): void => {
    if (!this.#over && !this.#source.readableEnded) this.#settle(closedEarly(this.#source));
  };

  #onSinkClose = (): void => {
    if (!this.#sink.writableFinished) this.#settle(closedEarly(this.#sink));
  };

  #stopReading(): void {
    this.#source.off('data', this.#onData);
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.stop();
  }

  #settle = (error?: Error | null): void => {
    this.#stopReading();
    this.#over = true;
    this.#source.off('end', this.#onEnd).off('error', this.#settle).off('close', this.#onSourceClose);
    this.#sink.off('drain', this.#onDrain).off('error', this.#settle).off('close', this.#onSinkClose);
    this.#options.signal?.removeEventListener('abort', this.#onEnd);
    if (error) this.#outcome.reject(error);
    else this.#outcome.resolve(this.#bytes);
  };
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
