/** Text between the faces: cut for IRC between characters, freed of IRC's colours and of control bytes for plain lines. */

import { MAX_IRC_BYTES } from '../../protocols/irc.ts';
import { printable } from '../../stream/printable.ts';

const CRLF_BYTES = 2;
/** So many bytes has a UTF-16 unit in UTF-8 at most. */
const MAX_UNIT_BYTES = 3;

/**
 * The lines that say a text behind a head such as `:ann!a@h PRIVMSG #room :`, each of 512 bytes with CR LF at most; cut between
 * characters, at a blank where there is one in the last third.
 */
export function linesOfText(head: string, text: string, isAction = false): string[] {
  const [before, after] = isAction ? ['\u0001ACTION ', '\u0001'] : ['', ''];
  const room = MAX_IRC_BYTES - CRLF_BYTES - Buffer.byteLength(head) - before.length - after.length;
  if (text.length * MAX_UNIT_BYTES <= room) return [`${head}${before}${text}${after}`];
  return cutText(text, room).map((piece) => `${head}${before}${piece}${after}`);
}

/** Cuts text into pieces of so many bytes of UTF-8 at most. */
export function cutText(text: string, maxBytes: number): string[] {
  const pieces: string[] = [];
  let rest = Buffer.from(text);
  while (rest.length > maxBytes) {
    const end = lastBoundary(rest, maxBytes);
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

const BLANK = 0x20;

function lastBoundary(bytes: Buffer, most: number): number {
  const blank = bytes.lastIndexOf(BLANK, most);
  return blank > (most * 2) / 3 ? blank : characterStart(bytes, most);
}

/** The start of the character that a place is in; a character is never wider than a line. */
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

/** Is it a message from program to program (CTCP), other than `/me`? */
export function isCtcp(text: string): boolean {
  return text.startsWith('\u0001') && actionOf(text) === undefined;
}

// Bold, italics, underline, strike-through, monospace, reverse, reset; colours by number and by RGB.
const FORMATTING =
  /[\x02\x1d\x1f\x1e\x11\x16\x0f]|\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\da-fA-F]{6}(?:,[\da-fA-F]{6})?)?/g;
const ASCII = /^[\x20-\x7e]*$/;

/** A message as plain clients see it: without formatting, and nothing that drives a terminal. */
export function plainText(text: string): string {
  return ASCII.test(text) ? text : printable(text.replace(FORMATTING, ''));
}

/** What was typed, without control bytes but tabs: they could forge lines, and nobody types IRC's formatting by hand. */
export function cleaned(text: string): string {
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '');
}
