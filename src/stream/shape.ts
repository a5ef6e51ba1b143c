/** Shapes what goes through a connection: stages over its two directions, as a connection again. */

import { Duplex } from 'node:stream';
import type { Conn } from '../net/conn.ts';
import { drained } from './drained.ts';
import { reset } from './join.ts';

/** A change made to a byte stream: chunks in, chunks out, right wherever they are cut; what waits in it holds back the source. */
export type Stage = (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/** The stages of both directions, in the order in which bytes pass them. */
export interface Shape {
  /** From us to the peer. */
  readonly send: readonly Stage[];
  /** From the peer to us. */
  readonly receive: readonly Stage[];
}

/**
 * Lays stages over a connection. The connection itself is given back where there are none. An error that a stage throws
 * destroys it; a half-close, an end, a failure and a reset pass through both ways; a chunk of UDP stays a datagram.
 *
 * @example shapeConn(conn, { send: [crlf], receive: [] }).write('GET / HTTP/1.0\n\n')
 */
export function shapeConn(conn: Conn, shape: Shape): Conn {
  const shaped = shapeStream(conn, shape);
  return shaped === conn ? conn : Object.assign(shaped, { peer: conn.peer });
}

/** The same over any stream. */
export function shapeStream(stream: Duplex, shape: Shape): Duplex {
  if (shape.send.length === 0 && shape.receive.length === 0) return stream;
  return new ShapedStream(stream, shape);
}

/** Runs chunks through stages, first to last. */
export function chain(source: AsyncIterable<Buffer>, stages: readonly Stage[]): AsyncIterable<Buffer> {
  return stages.reduce((chunks, stage) => stage(chunks), source);
}

class ShapedStream extends Duplex {
  readonly #inner: Duplex;
  readonly #outgoing = new Handoff();
  readonly #sent: Promise<void>;
  #wanted = Promise.withResolvers<void>();

  constructor(inner: Duplex, shape: Shape) {
    super({ objectMode: inner.readableObjectMode });
    this.#inner = inner;
    inner.on('error', (error) => this.destroy(error));
    this.#sent = this.#sendAll(chain(this.#outgoing, shape.send));
    this.#sent.catch((error: Error) => this.destroy(error));
    this.#receiveAll(chain(chunksOf(inner), shape.receive)).catch((error: Error) => this.destroy(error));
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#outgoing.give(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#outgoing.end();
    this.#sent.then(() => done(), done);
  }

  override _read(): void {
    this.#wanted.resolve();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#wanted.resolve();
    this.#outgoing.end();
    this.#inner.destroy(error ?? undefined);
    done(error);
  }

  /** Called by `reset`: the peer shall see a reset, not an end. */
  resetAndDestroy(): void {
    reset(this.#inner);
    this.destroy();
  }

  async #sendAll(pieces: AsyncIterable<Buffer>): Promise<void> {
    for await (const piece of pieces) {
      if (this.destroyed) return;
      if (!this.#inner.write(piece)) await drained(this.#inner);
    }
    if (!this.destroyed) await new Promise<void>((resolve) => this.#inner.end(resolve));
  }

  async #receiveAll(pieces: AsyncIterable<Buffer>): Promise<void> {
    for await (const piece of pieces) {
      if (this.destroyed) return;
      this.#wanted = Promise.withResolvers();
      if (!this.push(piece)) await this.#wanted.promise;
    }
    if (!this.destroyed) this.push(null);
  }
}

function chunksOf(stream: Duplex): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer> };
}

/** Hands chunks from a writer to a reader one at a time; the writer goes on when the reader wants the next. */
class Handoff {
  #next = Promise.withResolvers<readonly [chunk: Buffer, taken: () => void] | undefined>();

  give(chunk: Buffer, taken: () => void): void {
    this.#next.resolve([chunk, taken]);
  }

  end(): void {
    this.#next.resolve(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const given = await this.#next.promise;
      if (!given) return;
      this.#next = Promise.withResolvers();
      yield given[0];
      given[1]();
    }
  }
}
