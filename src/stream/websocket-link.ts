/** Frames over a connection (RFC 6455, section 5): messages in and out, pings answered, Close frames, the end of TCP. */

import type { Duplex } from 'node:stream';
import { reset } from './join.ts';
import { lingerClose } from './linger.ts';
import { frameFailure, lossFailure } from './websocket-close.ts';
import { type FrameReceiver, type FrameSender, loadFrames, type MessageDeflate } from './websocket-frames.ts';

/** Pieces of a message, and pieces that TCP cuts a frame into, that are kept until it is whole. */
const MAX_FRAGMENTS = 16_384;
const MAX_CHUNKS = 66_000;
/** Messages that came at once stay apart, more are joined: each Buffer costs far more memory than a few bytes. */
const MAX_PARTS = 64;
/** How long a client waits for the server to end TCP first (section 7.1.1), in milliseconds. */
const SERVER_END_MS = 1_000;
/** How a peer is waited for after our last byte, in milliseconds. */
const LINGER = { silenceMs: 500, totalMs: 2_000 };
/** A peer that takes not even the Close is let go after this long, in milliseconds. */
const GOODBYE_MS = 5_000;

/** What a link tells. */
export interface LinkHandlers {
  /** Bytes of messages; never while `listen(false)`, but for what was on its way. */
  onData(data: Buffer): void;
  /** Anything came, a pong too. */
  onHeard(): void;
  onPong(payload: Buffer): void;
  /** The peer's Close; nothing comes after it. */
  onClose(code: number, reason: string): void;
  /** The connection ended, in order, after the peer's Close: it reads no more. */
  onHungUp(): void;
  /** The connection ended, in order, without the peer's Close. */
  onCut(): void;
  /** The connection was lost after the peer's Close, before ours. */
  onGone(error: Error | null): void;
  /** The connection failed, or the peer broke the protocol and was told so. */
  onFailure(error: Error): void;
}

/** What the handshake settled about frames. */
export interface LinkOptions {
  readonly isServer: boolean;
  readonly deflate: MessageDeflate | undefined;
  /** The longest message taken, in bytes, decompressed. */
  readonly maxMessageBytes: number;
  /** Adds a line feed to each message. */
  readonly lineEnds: boolean;
}

/** Opens the link; nothing is read before `start`. */
export async function openLink(conn: Duplex, options: LinkOptions, handlers: LinkHandlers): Promise<FrameLink> {
  const { Receiver, Sender } = await loadFrames();
  const extensions = options.deflate ? { 'permessage-deflate': options.deflate } : {};
  const receiver = new Receiver({
    isServer: options.isServer,
    extensions,
    binaryType: 'fragments',
    maxPayload: options.maxMessageBytes,
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: MAX_CHUNKS,
  });
  return new FrameLink(conn, { receiver, sender: new Sender(conn, extensions) }, options, handlers);
}

/** The frame layer of one connection. */
export class FrameLink {
  readonly #conn: Duplex;
  readonly #receiver: FrameReceiver;
  readonly #sender: FrameSender;
  readonly #options: LinkOptions;
  readonly #handlers: LinkHandlers;
  readonly #gathered: Buffer[] = [];
  #isReceiving = false;
  #isWanted = false;
  #isOver = false;
  #isPonging = false;
  #nextPong: Buffer | undefined;
  #sentClose = false;
  #hasTheirs = false;
  #goodbye: Promise<void> | undefined;

  constructor(
    conn: Duplex,
    frames: { readonly receiver: FrameReceiver; readonly sender: FrameSender },
    options: LinkOptions,
    handlers: LinkHandlers,
  ) {
    this.#conn = conn;
    this.#receiver = frames.receiver;
    this.#sender = frames.sender;
    this.#options = options;
    this.#handlers = handlers;
    // The library's receiver is done after a Close and a failure; what comes then is read and dropped.
    conn.on('error', (error) => this.#fail(lossFailure(error)));
  }

  /** Has our Close been sent? */
  get hasClosed(): boolean {
    return this.#sentClose;
  }

  /** Takes the connection over, with the bytes that came glued to the handshake. */
  start(head: Buffer): void {
    const { onPong } = this.#handlers;
    this.#receiver.on('message', (data) => this.#gather(data));
    this.#receiver.on('ping', (payload) => this.#pong(payload));
    this.#receiver.on('pong', (payload) => onPong(payload));
    this.#receiver.on('conclude', (code, reason) => this.#concluded(code, reason.toString()));
    this.#receiver.on('drain', () => this.#flow());
    this.#receiver.on('finish', () => this.#cut());
    this.#receiver.on('error', (error: Error) => this.#refuse(error));
    const conn = this.#conn;
    conn.on('data', (chunk: Buffer) => this.#receive(chunk));
    conn.on('end', () => this.#ended()).on('close', () => this.#lost());
    if (head.length > 0) this.#receive(head);
    if (conn.errored) this.#fail(lossFailure(conn.errored));
    else if (conn.readableEnded || conn.destroyed) this.#receiver.end();
    this.#flow();
  }

  /** Sends messages, at least one; calls back when the system has taken them all. */
  send(messages: readonly Buffer[], isText: boolean, done: (error?: Error | null) => void): void {
    const compress = this.#options.deflate !== undefined;
    const options = { binary: !isText, compress, fin: true, mask: !this.#options.isServer };
    const last = messages.length - 1;
    this.#conn.cork();
    for (const [i, message] of messages.entries()) this.#sender.send(message, options, i === last ? done : undefined);
    this.#conn.uncork();
  }

  /** Sends a ping. */
  ping(payload: Buffer): void {
    if (!this.#sentClose && this.#conn.writable) this.#sender.ping(payload, !this.#options.isServer);
  }

  /** Sends a Close, once; 1005 is one without a code. */
  close(code: number, done: (error?: Error | null) => void = () => {}): void {
    if (this.#sentClose || !this.#conn.writable) {
      done();
      return;
    }
    this.#sentClose = true;
    this.#sender.close(code === 1005 ? undefined : code, '', !this.#options.isServer, done);
  }

  /** Reads, or holds the peer back. */
  listen(isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#flow();
  }

  /** Breaks the connection off without a Close. */
  reset(): void {
    this.#isOver = true;
    reset(this.#conn);
  }

  /** Closes the connection without a Close. */
  drop(): void {
    this.#isOver = true;
    this.#conn.destroy();
    this.#options.deflate?.cleanup();
  }

  /** After the last Close: ends the connection politely; resolves when it is closed. */
  goodbye(): Promise<void> {
    this.#goodbye ??= this.#leave();
    return this.#goodbye;
  }

  async #leave(): Promise<void> {
    const conn = this.#conn;
    this.#isOver = true;
    this.#flow();
    const limit = setTimeout(() => conn.destroy(), GOODBYE_MS);
    if (this.#hasTheirs && !this.#options.isServer) await endOf(conn, SERVER_END_MS);
    await lingerClose(conn, LINGER);
    clearTimeout(limit);
    this.#options.deflate?.cleanup();
  }

  #flow(): void {
    if (this.#isOver || (this.#isWanted && !this.#receiver.writableNeedDrain)) this.#conn.resume();
    else this.#conn.pause();
  }

  #receive(chunk: Buffer): void {
    if (this.#isOver || this.#receiver.writableEnded || this.#receiver.destroyed) return;
    this.#handlers.onHeard();
    this.#isReceiving = true;
    this.#receiver.write(chunk);
    this.#isReceiving = false;
    this.#deliver();
    this.#flow();
  }

  #gather(data: Buffer | Buffer[]): void {
    for (const part of Array.isArray(data) ? data : [data]) if (part.length > 0) this.#gathered.push(part);
    if (this.#options.lineEnds) this.#gathered.push(Buffer.from('\n'));
    // A message that was inflated comes alone.
    if (!this.#isReceiving) this.#deliver();
  }

  #deliver(): void {
    const parts = this.#gathered.splice(0);
    if (parts.length > MAX_PARTS) this.#handlers.onData(Buffer.concat(parts));
    else for (const part of parts) this.#handlers.onData(part);
  }

  /** One pong is on its way at most, and the newest ping waits: a peer that only pings must not fill our memory. */
  #pong(payload: Buffer): void {
    if (this.#sentClose) return;
    if (this.#isPonging) {
      this.#nextPong = payload;
      return;
    }
    this.#isPonging = true;
    this.#sender.pong(payload, !this.#options.isServer, () => {
      this.#isPonging = false;
      const next = this.#nextPong;
      this.#nextPong = undefined;
      if (next) this.#pong(next);
    });
  }

  #concluded(code: number, reason: string): void {
    this.#deliver();
    this.#isOver = true;
    this.#hasTheirs = true;
    this.#handlers.onClose(code, reason);
  }

  /** What came before is still on its way through the receiver. */
  #ended(): void {
    if (this.#isOver) this.#handlers.onHungUp();
    else this.#receiver.end();
  }

  #lost(): void {
    if (!this.#isOver) this.#receiver.end();
    else if (!this.#goodbye) this.#handlers.onGone(this.#conn.errored);
  }

  #cut(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handlers.onCut();
  }

  #refuse(error: Error): void {
    const { failure, code } = frameFailure(error);
    this.close(code);
    this.#fail(failure);
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deliver();
    this.#handlers.onFailure(error);
    this.#flow();
  }
}

/** Resolves at the stream's end, when it is closed, or after so many milliseconds. */
function endOf(stream: Duplex, ms: number): Promise<void> {
  if (stream.readableEnded || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(), ms);
    const settle = (): void => {
      clearTimeout(timer);
      stream.off('end', settle).off('close', settle);
      resolve();
    };
    stream.on('end', settle).on('close', settle);
  });
}
