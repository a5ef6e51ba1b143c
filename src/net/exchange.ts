/** One request's way through undici: the head as a promise, the body as a bounded queue that an error does not empty. */

import type { Dispatcher } from 'undici';

type Controller = Dispatcher.DispatchController;

/** The head of an answer as undici gives it. */
export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn, as sent, Latin-1. */
  readonly fields: readonly string[];
}

/** When this much of the body waits for its reader, no more is read; undici adds at most one piece, in bytes. */
const MAX_QUEUED_BYTES = 256 * 1024;

/**
 * Undici's own body stream drops what the reader has not taken yet when the connection ends in an error, and takes the
 * end of the connection for one when it came while the reader was slow. Here every byte that came can be read first.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #head = Promise.withResolvers<AnswerHead>();
  readonly #queue: Buffer[] = [];
  #queued = 0;
  #controller: Controller | undefined;
  #end: { readonly error?: unknown } | undefined;
  #wake = (): void => {};

  /** The head of the final answer; rejects with undici's error when none comes. */
  get head(): Promise<AnswerHead> {
    return this.#head.promise;
  }

  /** The body as it comes; throws undici's error after all that came before it. Read it once. */
  async *body(): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.#queue.shift();
      if (chunk) {
        this.#queued -= chunk.length;
        yield chunk;
      } else if (!this.#end) {
        await new Promise<void>((wake) => {
          this.#wake = wake;
          this.#controller?.resume();
        });
      } else if ('error' in this.#end) {
        throw this.#end.error;
      } else {
        return;
      }
    }
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
  }

  onResponseStart(controller: Controller, status: number, _headers: unknown, reason = ''): void {
    if (status < 200) return;
    const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : [];
    const fields = raw.map((field) => (typeof field === 'string' ? field : field.toString('latin1')));
    this.#head.resolve({ status, reason, fields });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued >= MAX_QUEUED_BYTES) controller.pause();
    this.#wake();
  }

  onResponseEnd(): void {
    this.#end = {};
    this.#wake();
  }

  onResponseError(_controller: Controller, error: unknown): void {
    this.#end = { error };
    this.#head.reject(error);
    this.#wake();
  }
}
