/** Text in IRC messages: cut to fit between characters, actions (CTCP), colours left out. */

import { printable } from '../stream/printable.ts';

/** So many bytes has a UTF-16 unit in UTF-8 at most. */
const MAX_UNIT_BYTES = 3;
const BLANK = 0x20;

/**
 * Cuts text into pieces of so many bytes of UTF-8 at most, between characters, at a blank where there is one in the last third; that
 * blank is dropped.
 *
 * @example cutText('one two', 5) // ['one', 'two'], where the blank is late enough
 */
export function cutText(text: string, maxBytes: number): string[] {
  if (text.length * MAX_UNIT_BYTES <= maxBytes) return [text];
  const pieces: string[] = [];
  let rest = Buffer.from(text);
  // Every turn takes something away, however little room there is.
  const most = Math.max(maxBytes, 1);
  while (rest.length > most) {
    const end = lastBoundary(rest, most);
    pieces.push(rest.toString('utf8', 0, end));
    rest = rest.subarray(rest[end] === BLANK ? end + 1 : end);
  }
  if (rest.length > 0 || pieces.length === 0) pieces.push(rest.toString());
  return pieces;
}

/** The beginning of a text, of so many bytes at most. */
export function shorten(text: string, maxBytes: number): string {
  if (text.length * MAX_UNIT_BYTES <= maxBytes) return text;
  const bytes = Buffer.from(text);
  return bytes.length <= maxBytes ? text : bytes.toString('utf8', 0, characterStart(bytes, maxBytes));
}

function lastBoundary(bytes: Buffer, most: number): number {
  const blank = bytes.lastIndexOf(BLANK, most);
  if (blank > (most * 2) / 3) return blank;
  return characterStart(bytes, most) || characterEnd(bytes);
}

/** The end of the first character. */
function characterEnd(bytes: Buffer): number {
  let at = 1;
  while (((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}

/** The start of the character that a place is in. */
function characterStart(bytes: Buffer, place: number): number {
  let at = place;
  while (at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}

/** The text of `/me`, where a message is one (CTCP ACTION); undefined where not. */
export function actionOf(text: string): string | undefined {
  if (!text.startsWith('\u0001ACTION ')) return undefined;
  return text.endsWith('\u0001') ? text.slice(8, -1) : text.slice(8);
}

/** A message that is `/me`. */
export function asAction(text: string): string {
  return `\u0001ACTION ${text}\u0001`;
}

/** Is it a message from program to program (CTCP), other than `/me`? */
export function isCtcp(text: string): boolean {
  return text.startsWith('\u0001') && actionOf(text) === undefined;
}

// Bold, italics, underline, strike-through, monospace, reverse, reset; colours by number and by RGB.
const FORMATTING =
  /[\x02\x1d\x1f\x1e\x11\x16\x0f]|\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\da-fA-F]{6}(?:,[\da-fA-F]{6})?)?/g;

/** Text without bold, italics and colours. */
export function withoutFormatting(text: string): string {
  return text.replace(FORMATTING, '');
}

/** The longest text of a server that an error repeats, in bytes. */
const MAX_SAYING_BYTES = 200;

/** What a server says, for an error: not too much of it, and nothing that drives a terminal. */
export function saying(text: string): string {
  return printable(withoutFormatting(shorten(text, MAX_SAYING_BYTES)));
}
