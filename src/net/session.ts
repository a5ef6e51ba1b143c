/** One connection being served: its context, its place in line, its end. */

import type { Socket } from 'node:net';
import { ERRORS, type ErrorCode, errorCode, NettkError } from '../errors.ts';
import type { ServiceContext } from '../services/service.ts';
import { reset } from '../stream/join.ts';
import { lingerClose } from '../stream/linger.ts';
import type { Conn } from './conn.ts';

/** Why a session's signal aborted. */
export type SessionStop = 'draining' | 'connection lost';

/** How long a drained peer gets to close its side after our last byte, in milliseconds. */
const DRAIN_LINGER_MS = 500;

/** A session and the context its service sees. The abort controller is made on first use: most sessions never ask. */
export class Session<O, S> implements ServiceContext<O, S> {
  readonly conn: Conn;
  readonly options: O;
  readonly state: S;
  readonly graceMs: number;
  /** Why we ended it out of order; empty where we did not. */
  reason = '';
  #controller: AbortController | undefined;
  #stopped: SessionStop | undefined;
  #holds = 0;
  #isFinishing = false;

  constructor(conn: Conn, options: O, state: S, graceMs: number) {
    this.conn = conn;
    this.options = options;
    this.state = state;
    this.graceMs = graceMs;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#stopped) this.#controller.abort(this.#stopped);
    }
    return this.#controller.signal;
  }

  hold(): () => void {
    let released = false;
    this.#holds += 1;
    return () => {
      if (!released) this.#holds -= 1;
      released = true;
    };
  }

  /** Aborts the signal, once; a goodbye under way is cut short. */
  stop(reason: SessionStop): void {
    this.#stopped ??= reason;
    this.#controller?.abort(this.#stopped);
    if (this.#isFinishing) this.finish();
  }

  /** Breaks the connection off when it is silent for this long and nothing holds it, in milliseconds; 0 is never. */
  limitIdle(idleMs: number, onIdle: () => void): void {
    const socket = this.conn as Conn & Partial<Pick<Socket, 'setTimeout'>>;
    // setTimeout would take its callback for the first silence only.
    socket.on('timeout', () => {
      if (this.#holds > 0) socket.setTimeout?.(idleMs);
      else onIdle();
    });
    socket.setTimeout?.(idleMs);
  }

  /** Ends it out of order. Unsent output would make an orderly end a lie: then the peer gets a reset. */
  breakOff(reason: string): void {
    this.reason = reason;
    if (this.conn.writableLength > 0) reset(this.conn);
    else this.conn.destroy();
  }

  /** Why it ended out of order, whoever ended it; empty where it did not. */
  get outcome(): string {
    return this.reason || (this.conn.errored ? breakText(this.conn.errored) : '');
  }

  /** Says goodbye politely; shorter while the server drains. */
  finish(): Promise<void> {
    this.#isFinishing = true;
    return lingerClose(this.conn, this.#stopped === 'draining' ? { silenceMs: DRAIN_LINGER_MS } : {});
  }
}

/** How a connection broke, in the words of the table. */
function breakText(error: Error): string {
  if (error instanceof NettkError) return error.message;
  const code = errorCode(error);
  return code in ERRORS ? ERRORS[code as ErrorCode].text : error.message;
}
