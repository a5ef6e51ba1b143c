/** The socket of one request: remembers how it failed, and how the answer began, whatever the parser makes of it. */

import type { Socket } from 'node:net';
import { errorCode } from '../errors.ts';

/** Who waits for the socket; undici's connector callback. */
export type SocketTaker = (...args: [null, Socket] | [Error, null]) => void;

/** Enough of an answer to see its protocol and version. */
const START_BYTES = 8;

/** Watches a socket from its first moment to its close. */
export class Wire {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  #isTaken = false;
  #stopped: { readonly reason: unknown } | undefined;
  #failure: Error | undefined;
  #start = '';
  #onClose = (): void => {};

  /** @param signal breaks the connection off when it aborts; its reason is then `reason()` */
  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    socket.on('error', (error) => {
      // That is how undici closes a connection it is done with.
      if (errorCode(error) !== 'UND_ERR_INFO') this.#failure ??= error;
    });
    signal.addEventListener('abort', this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  /** The first error of the socket, a reset by the peer for one. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The first bytes that came, at most 8, as Latin-1. */
  get start(): string {
    return this.#start;
  }

  /** Gives the socket away, once: nobody may quietly connect again and ask a second time. */
  handTo(take: SocketTaker): void {
    const isFirst = !this.#isTaken;
    this.#isTaken = true;
    queueMicrotask(() => {
      if (!isFirst) return take(this.#failure ?? new Error('the connection is gone'), null);
      take(null, this.#socket);
      this.#watchStart();
    });
  }

  /** Breaks the connection off for a reason of ours. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason };
    this.#socket.destroy(reason instanceof Error ? reason : new Error('stopped'));
  }

  /** Why it failed: our own reason as it is, else the socket's or the given error, explained. */
  reason(error: unknown, explain: (failure: unknown) => Error): unknown {
    return this.#stopped ? this.#stopped.reason : explain(this.#failure ?? error);
  }

  /** Runs when the wire is closed. */
  onClose(action: () => void): void {
    this.#onClose = action;
  }

  /** Lets go of everything. */
  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
    this.#onClose();
  }

  readonly #onAbort = (): void => this.stop(this.#signal.reason);

  /** The parser reads in paused mode, where a `data` listener hears every chunk without starting the flow. */
  #watchStart(): void {
    const onData = (chunk: Buffer): void => {
      this.#start += chunk.toString('latin1', 0, START_BYTES - this.#start.length);
      if (this.#start.length >= START_BYTES) this.#socket.off('data', onData);
    };
    this.#socket.on('data', onData);
  }
}
