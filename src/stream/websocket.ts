/**
 * An open WebSocket (RFC 6455) as a byte stream: what is written goes out in messages, what comes in messages is read.
 *
 * The rules of half-close. WebSocket has none: a Close says "I send no more", but most peers answer it at once, and what
 * they had still to say is lost. So:
 * - Two nettks agree in the handshake (`nettk-half-close`) that a Close 1000 ends one direction only. Then our end is a
 *   Close at once, the peer goes on until its own end, and nothing is lost or waited for.
 * - Other peers get our Close once they have read all we sent (the answer to a ping shows it) and have then been silent
 *   for a while (`endSilenceMs`); where nobody waits for their answer (a server that says goodbye), at once. We read on
 *   until their Close.
 * - A peer's Close ends our input. Our answer to it waits until our output has ended too, for 5 s with peers that did not
 *   agree: `ws` and Python's websockets still take messages meanwhile. What is written after the answer fails with EPIPE.
 * - Close 1000, 1001 or one without a code is an end; any other code is an error that names it; an end without a Close
 *   (1006) is a reset, unless we have closed already and the peer just hung up.
 */

import { Duplex } from 'node:stream';
import { CLOSE, closeFailure, cutFailure, goneFailure, lossFailure, silentFailure } from './websocket-close.ts';
import { type FrameLink, openLink } from './websocket-link.ts';
import { type Messages, messagesBy } from './websocket-messages.ts';
import { type Agreement, MAX_MESSAGE_BYTES, type WebSocketOptions } from './websocket-options.ts';
import { Pings } from './websocket-pings.ts';

/** Writes that wait together and stay messages of their own. */
const MAX_WRITES = 64;
/** How long a silent peer is left alone before it is pinged, in milliseconds. */
const PING_MS = 30_000;
/** How long a peer without half-close has to be silent after our end, in milliseconds. */
const END_SILENCE_MS = 1_000;
/** A peer that does not answer the ping at our end is taken to have read everything after this long, in milliseconds. */
const END_PONG_MS = 10_000;
/** How long our output may go on after the Close of a peer without half-close, in milliseconds. */
const CLOSE_GRACE_MS = 5_000;
/** How long a peer without half-close may be silent after our Close, in milliseconds (as `ws`). */
const CLOSE_SILENCE_MS = 30_000;

/** An open WebSocket. */
export interface WebSocketStream extends Duplex {
  /** What the handshake settled. */
  readonly agreement: Agreement;
}

/** Lays frames over a connection whose handshake is done; from now on the stream owns it. */
export async function openWebSocket(
  conn: Duplex,
  agreement: Agreement,
  options: WebSocketOptions,
): Promise<WebSocketStream> {
  const { isServer, deflate, head } = agreement;
  const { lines: lineEnds = false, maxMessageBytes = MAX_MESSAGE_BYTES } = options;
  const stream = new MessageStream(agreement, options);
  stream.start(await openLink(conn, { isServer, deflate, maxMessageBytes, lineEnds }, stream.handlers), head);
  return stream;
}

type Done = (error?: Error | null) => void;

class MessageStream extends Duplex implements WebSocketStream {
  readonly agreement: Agreement;
  readonly #options: WebSocketOptions;
  readonly #messages: Messages;
  readonly #pings: Pings;
  readonly #timers = new Set<NodeJS.Timeout>();
  #link!: FrameLink;
  #isListening = false;
  /** What came is not read yet. */
  #isHeldBack = false;
  /** All that was written is out. */
  #isFinal = false;
  /** The code of the peer's Close. */
  #theirs: number | undefined;
  /** Runs while a peer's silence shall lead to something. */
  #silence: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** Why it is over; told once all that came before is read. */
  #failure: Error | undefined;

  constructor(agreement: Agreement, options: WebSocketOptions) {
    super();
    this.agreement = agreement;
    this.#options = options;
    const { pingMs = PING_MS } = options;
    this.#messages = messagesBy(options);
    this.#pings = new Pings(
      {
        send: (payload) => this.#link.ping(payload),
        isListening: () => this.#isListening,
        onDead: () => this.#fail(silentFailure(pingMs)),
      },
      pingMs,
    );
  }

  /** What the link tells us. */
  readonly handlers = {
    onData: (data: Buffer): void => this.#take(data),
    onHeard: (): void => this.#pings.heard(),
    onPong: (payload: Buffer): void => this.#pings.answered(payload),
    onClose: (code: number, reason: string): void => this.#closed(code, reason),
    onHungUp: (): void => this.#close(this.#theirs ?? CLOSE.normal),
    onCut: (): void =>
      this.#link.hasClosed && !this.agreement.halfClose ? this.#endInput() : this.#fail(cutFailure()),
    onFailure: (error: Error): void => this.#fail(error),
    onGone: (error: Error | null): void => this.#whenRead(() => this.destroy(error ?? goneFailure())),
  };

  start(link: FrameLink, head: Buffer): void {
    this.#link = link;
    link.start(head);
  }

  /** Emits `timeout` when no data moved for this long, in milliseconds, as a socket does; 0 is never. */
  setTimeout(ms: number): this {
    clearTimeout(this.#idle);
    this.#idle = ms > 0 ? setTimeout(() => this.emit('timeout'), ms) : undefined;
    return this;
  }

  /** Breaks off without a Close: a TCP reset where TCP carries it. */
  resetAndDestroy(): this {
    this.#link.reset();
    return this.destroy();
  }

  override read(size?: number): Buffer | null {
    const chunk = super.read(size) as Buffer | null;
    if (this.#failure) setImmediate(() => this.#tellFailure());
    return chunk;
  }

  override _read(): void {
    this.#isListening = true;
    this.#isHeldBack = false;
    this.#link.listen(true);
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.#send([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    const parts = chunks.map(({ chunk }) => chunk);
    // Each write is a message of its own, unless they are many.
    this.#send(parts.length > MAX_WRITES ? [Buffer.concat(parts)] : parts, done);
  }

  override _final(done: Done): void {
    let left: Buffer[];
    try {
      left = this.#messages.finish();
    } catch (error) {
      done(error as Error);
      return;
    }
    if (left.length > 0) this.#sendMessages(left, (error) => (error ? done(error) : this.#end(done)));
    else this.#end(done);
  }

  /** Everything is out. */
  #end(done: Done): void {
    this.#isFinal = true;
    const { endSilenceMs = END_SILENCE_MS } = this.#options;
    const isAwaited = this.#theirs === undefined && !this.agreement.halfClose && endSilenceMs > 0;
    if (!isAwaited) {
      this.#close(this.#theirs ?? CLOSE.normal, done);
      return;
    }
    const timer = this.#timer(END_PONG_MS, () => this.#closeAfter(endSilenceMs));
    this.#pings.mark(() => {
      clearTimeout(timer);
      this.#closeAfter(endSilenceMs);
    });
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#pings.stop();
    for (const timer of [...this.#timers, this.#silence, this.#idle]) clearTimeout(timer);
    const isPart = error === null && !this.writableFinished && this.writableLength > 0;
    if (isPart || (error !== null && error !== this.#failure)) {
      // Without a Close: what went out must not look whole.
      this.#link.drop();
      done(error);
      return;
    }
    this.#link.close(this.#theirs ?? (this.writableFinished ? CLOSE.normal : CLOSE.goingAway));
    const over = this.#link.goodbye();
    if (error === null) over.then(() => done(null));
    else done(error);
  }

  #take(data: Buffer): void {
    if (this.destroyed) return;
    this.#idle?.refresh();
    this.#silence?.refresh();
    if (this.push(data)) return;
    this.#isListening = false;
    this.#isHeldBack = true;
    this.#link.listen(false);
  }

  #send(parts: readonly Buffer[], done: Done): void {
    let messages: Buffer[];
    try {
      messages = parts.flatMap((part) => this.#messages.take(part));
    } catch (error) {
      done(error as Error);
      return;
    }
    if (messages.length === 0) done();
    else this.#sendMessages(messages, done);
  }

  #sendMessages(messages: readonly Buffer[], done: Done): void {
    if (this.#failure || this.#link.hasClosed) {
      done(this.#reason());
      return;
    }
    this.#idle?.refresh();
    this.#pings.wrote();
    const { lines = false, text = lines } = this.#options;
    this.#link.send(messages, text, (error) => done(error && this.#reason(error)));
  }

  /** Why nothing can be sent any more. */
  #reason(error?: Error): Error {
    const isOpen = this.#theirs === undefined && !this.#link.hasClosed;
    return this.#failure ?? (error && isOpen ? lossFailure(error) : goneFailure());
  }

  /** The peer's Close has come. */
  #closed(code: number, reason: string): void {
    this.#theirs = code;
    this.#pings.stop();
    const failure = closeFailure(code, reason);
    if (failure) {
      this.#close(code);
      this.#fail(failure);
      return;
    }
    const mayGoOn = this.agreement.halfClose && code === CLOSE.normal;
    const isDone = this.#isFinal || (this.agreement.halfClose && code === CLOSE.goingAway);
    if (this.#link.hasClosed) this.#over();
    else if (isDone) this.#close(code);
    else if (!mayGoOn) this.#timer(this.#options.closeGraceMs ?? CLOSE_GRACE_MS, () => this.#close(code));
    this.#endInput();
  }

  #endInput(): void {
    clearTimeout(this.#silence);
    this.push(null);
  }

  /** Closes once the peer was silent for a while, which says nothing while we hold it back. */
  #closeAfter(ms: number): void {
    this.#onSilence(ms, () => this.#close(CLOSE.normal));
  }

  #onSilence(ms: number, run: () => void): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => (this.#isHeldBack ? this.#silence?.refresh() : run()), ms);
  }

  #close(code: number, done: Done = () => {}): void {
    this.#pings.stop();
    this.#link.close(code, (error) => {
      done(error && this.#reason());
      if (this.#theirs !== undefined) this.#over();
    });
    if (this.#theirs !== undefined || this.agreement.halfClose) return;
    this.#onSilence(CLOSE_SILENCE_MS, () => this.#fail(silentFailure(CLOSE_SILENCE_MS)));
  }

  /** Both have closed: who did not read to the end yet may, who still writes cannot. */
  #over(): void {
    this.#link.goodbye().then(() => this.#whenRead(() => this.destroy()));
  }

  #whenRead(run: () => void): void {
    if (this.readableEnded) run();
    else this.on('end', run);
  }

  #fail(error: Error): void {
    if (this.#failure || this.destroyed) return;
    this.#failure = error;
    this.#tellFailure();
  }

  /** Tells why it is over, unless there is something left to read. */
  #tellFailure(): void {
    if (this.readableLength === 0) this.destroy(this.#failure);
  }

  #timer(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(run, ms);
    this.#timers.add(timer);
    return timer;
  }
}
