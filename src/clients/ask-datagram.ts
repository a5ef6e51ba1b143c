/** One question in one datagram, one answer: asked again when it may have been lost. */

import { NettkError, wrapSystemError } from '../errors.ts';
import type { Conn } from '../net/conn.ts';
import { dial } from '../net/dial.ts';
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts';

/** How long and how often. */
export interface AskDatagramOptions {
  /** Milliseconds in all; the tries share them evenly. */
  readonly timeoutMs: number;
  /** How often the question is sent, 1 or more. */
  readonly tries: number;
  readonly signal?: AbortSignal | undefined;
  readonly family?: 4 | 6 | undefined;
}

/**
 * Sends a datagram and waits for the first answer.
 *
 * @throws NettkError `ECONNREFUSED` where the port is closed, `NO_ANSWER` after the timeout; the signal's reason
 */
export async function askDatagram(
  target: Endpoint,
  question: Uint8Array,
  options: AskDatagramOptions,
): Promise<Buffer> {
  const conn = await dial(target, { signal: options.signal, family: options.family });
  try {
    return await exchange(conn, question, options);
  } finally {
    conn.on('error', () => {}).destroy();
  }
}

/**
 * The same over a connected socket that stays open, for one question after another. Answers to earlier questions that
 * come late are taken for this one's: UDP cannot tell.
 */
export function exchange(conn: Conn, question: Uint8Array, options: AskDatagramOptions): Promise<Buffer> {
  const action = `ask ${formatEndpoint(conn.peer)}`;
  return new Promise((resolve, reject) => {
    let sent = 0;
    const settle = (done: () => void): void => {
      clearInterval(timer);
      conn.off('data', onAnswer).off('error', onError);
      options.signal?.removeEventListener('abort', onAbort);
      conn.pause();
      done();
    };
    const onAnswer = (answer: Buffer): void => settle(() => resolve(answer));
    const onError = (error: Error): void => settle(() => reject(wrapSystemError(error, action)));
    const onAbort = (): void => settle(() => reject(options.signal?.reason));
    const send = (): void => {
      if (sent < options.tries) conn.write(question);
      else settle(() => reject(noAnswer(action, options.timeoutMs)));
      sent += 1;
    };
    const timer = setInterval(send, options.timeoutMs / options.tries);
    conn.on('error', onError).on('data', onAnswer);
    conn.resume();
    options.signal?.addEventListener('abort', onAbort);
    if (options.signal?.aborted) onAbort();
    else send();
  });
}

function noAnswer(action: string, timeoutMs: number): NettkError {
  return new NettkError({ code: 'NO_ANSWER', action, reason: `no answer within ${timeoutMs / 1_000} s` });
}
