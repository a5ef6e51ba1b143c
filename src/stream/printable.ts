/** Text from a peer made safe for a terminal and a log: what could drive either is shown as an escape. */

// Numbers instead of \p classes, which would load ICU: C0, DEL and C1; soft hyphen; Arabic, Syriac and Kaithi marks; the
// zero-width and bidirectional controls; line and paragraph separators; invisible operators; byte order mark; tags.
const UNSAFE = new RegExp(
  '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u180e' +
    '\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{110bd}\\u{110cd}\\u{13430}-\\u{1343f}' +
    '\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e007f}]',
  'gu',
);

const escapeOne = (character: string): string => {
  const code = character.codePointAt(0) as number;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
};

/**
 * Escapes what could move the cursor, change colours, forge a line, hide or reverse the writing: `\x1b`, `\u202e`.
 *
 * @example printable('bell\x07') // 'bell\\x07'
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, escapeOne);
}

/** As much of a peer's text as an error needs, in characters. */
const EXCERPT_LENGTH = 40;

/**
 * The beginning of a peer's text, escaped, for an error or a note.
 *
 * @example excerpt('x'.repeat(99)) // 40 times x, and `…`
 */
export function excerpt(text: string): string {
  return text.length > EXCERPT_LENGTH ? `${printable(text.slice(0, EXCERPT_LENGTH))}…` : printable(text);
}

/** As `printable`, for text of several lines: line feeds and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === '\n' || character === '\t' ? character : escapeOne(character),
  );
}

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * JSON on one line whose strings hold no such character as it is: they are JSON's own escapes, so a reader gets the same
 * value.
 *
 * @example printableJson({ name: '\u202etxt' }) // '{"name":"\\u202etxt"}'
 */
export function printableJson(value: unknown): string {
  // Split in UTF-16 units: JSON has no other escapes.
  return JSON.stringify(value).replace(UNSAFE, (character) => character.split('').map(escapeUnit).join(''));
}
