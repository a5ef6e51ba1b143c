/** What undici's errors mean for the document that was being fetched, with curl's numbers. */

import { errorCode, NettkError, wrapSystemError } from '../errors.ts';
import { WEB_EXIT } from './web-exit.ts';

/** How far the answer had come. */
export interface Progress {
  /** The first bytes of the answer, as Latin-1. */
  readonly start: string;
  /** The head was complete. */
  readonly hasHead: boolean;
}

const action = (url: string): string => `fetch ${url}`;

/** An error of the answer, with the number that curl gives it. */
export function badAnswer(url: string, reason: string, exit: number, hint?: string, cause?: unknown): NettkError {
  return new NettkError({ code: 'PROTOCOL', action: action(url), reason, exit, hint, cause });
}

/** A wait that took longer than asked. */
export function tookTooLong(url: string, reason: string): NettkError {
  return new NettkError({ code: 'TIMEOUT', action: action(url), reason, exit: WEB_EXIT.timeout });
}

/** Says what broke an answer off. A NettkError passes through. */
export function explainFailure(error: unknown, url: string, progress: Progress): NettkError {
  if (error instanceof NettkError) return error;
  const code = errorCode(error);
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' && !progress.hasHead) {
    return badAnswer(url, 'its lengths contradict each other', WEB_EXIT.weirdReply, undefined, error);
  }
  // Undici's parser errors have no code of their own.
  const parserText = error instanceof Error && error.name === 'HTTPParserError' ? error.message : undefined;
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' || parserText?.includes('Invalid EOF state')) {
    return cut(url, progress, error);
  }
  if (code === 'UND_ERR_SOCKET') return closed(error, url, progress);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return badAnswer(url, 'the head of the answer is too long', WEB_EXIT.weirdReply, undefined, error);
  }
  if (parserText !== undefined) return notHttp(error, url, progress);
  return wrapSystemError(error, action(url), { exit: WEB_EXIT.receive });
}

function closed(error: unknown, url: string, progress: Progress): NettkError {
  const text = error instanceof Error ? error.message : '';
  if (text.startsWith('bad '))
    return badAnswer(url, 'an answer nobody asked for', WEB_EXIT.weirdReply, undefined, error);
  return cut(url, progress, error);
}

function cut(url: string, { start, hasHead }: Progress, cause: unknown): NettkError {
  if (hasHead) return badAnswer(url, 'cut: the connection ended before the document', WEB_EXIT.cut, undefined, cause);
  if (start === '') return badAnswer(url, 'closed without an answer', WEB_EXIT.empty, undefined, cause);
  if (!start.startsWith('HTTP/')) return notHttp(cause, url, { start, hasHead });
  return badAnswer(url, 'closed in the middle of the head', WEB_EXIT.receive, undefined, cause);
}

/** An answer that is not HTTP/1.x at all, or not correct. */
export function notHttp(cause: unknown, url: string, { start, hasHead }: Progress): NettkError {
  if (start.startsWith('\x15\x03')) {
    const hint = url.replace(/^http:/, 'https:');
    return badAnswer(url, 'the port speaks TLS', WEB_EXIT.unsupported, hint, cause);
  }
  if (!hasHead && !'HTTP/'.startsWith(start.slice(0, 5))) {
    return badAnswer(url, 'not an HTTP answer', WEB_EXIT.unsupported, '--raw to take the bytes as they come', cause);
  }
  const detail = /\((.*)\)/.exec(cause instanceof Error ? cause.message : '')?.[1] ?? 'it breaks the protocol';
  const exit = hasHead ? WEB_EXIT.receive : WEB_EXIT.weirdReply;
  return badAnswer(url, `not a correct HTTP answer: ${detail}`, exit, undefined, cause);
}
