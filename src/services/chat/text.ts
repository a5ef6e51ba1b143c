/** Text between the faces: cut for IRC, freed of IRC's colours and of control bytes for plain lines. */

import { MAX_IRC_BYTES } from '../../protocols/irc.ts';
import { asAction, cutText, withoutFormatting } from '../../protocols/irc-text.ts';
import { printable } from '../../stream/printable.ts';

const CRLF_BYTES = 2;

/**
 * The lines that say a text behind a head such as `:ann!a@h PRIVMSG #room :`, each of 512 bytes with CR LF at most.
 *
 * @param isAction the text is that of `/me`
 */
export function linesOfText(head: string, text: string, isAction = false): string[] {
  const room = MAX_IRC_BYTES - CRLF_BYTES - Buffer.byteLength(head);
  if (!isAction) return cutText(text, room).map((piece) => head + piece);
  return cutText(text, room - asAction('').length).map((piece) => head + asAction(piece));
}

const ASCII = /^[\x20-\x7e]*$/;

/** A message as plain clients see it: without formatting, and nothing that drives a terminal. */
export function plainText(text: string): string {
  return ASCII.test(text) ? text : printable(withoutFormatting(text));
}

/** What was typed, without control bytes but tabs: they could forge lines, and nobody types IRC's formatting by hand. */
export function cleaned(text: string): string {
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '');
}
