/** How the end of a message body is known (RFC 9112, section 6.3), judged once more beside the parser. */

import { excerpt } from '../stream/printable.ts';
import type { Headers } from './http.ts';
import { badAnswer } from './http-failure.ts';
import { WEB_EXIT } from './web-exit.ts';

/** Where a body ends. */
export interface Framing {
  /** The bytes announced, where they were. */
  readonly length: number | undefined;
  /** Only the end of the connection ends it. */
  readonly untilClose: boolean;
}

/**
 * Reads the framing of an answer to GET.
 *
 * @throws NettkError for a transfer coding other than `chunked`, which we did not ask for and must not store as content
 */
export function framingOf(url: string, status: number, version: string, headers: Headers): Framing {
  const values = (name: string): string[] => headers.filter((h) => h[0].toLowerCase() === name).map((h) => h[1].trim());
  const codings = values('transfer-encoding');
  const lengths = values('content-length');
  if (codings.length > 0 && (codings.join().toLowerCase() !== 'chunked' || version === '1.0' || lengths.length > 0)) {
    throw badAnswer(url, `transfer coding "${excerpt(codings.join())}" cannot be trusted here`, WEB_EXIT.weirdReply);
  }
  if (status === 204 || status === 304) return { length: 0, untilClose: false };
  if (codings.length > 0) return { length: undefined, untilClose: false };
  const [length] = lengths;
  if (length === undefined) return { length: undefined, untilClose: true };
  if (lengths.length > 1 || !/^\d{1,15}$/.test(length)) {
    throw badAnswer(url, `content length "${excerpt(lengths.join())}" is not a number`, WEB_EXIT.weirdReply);
  }
  return { length: Number(length), untilClose: false };
}
