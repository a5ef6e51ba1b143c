/** What a person meant: the nearest known word by edits and swapped neighbours (Damerau-Levenshtein). */

import { editDistance } from '../net/close-match.ts';

/** How many edits still count as a typo, for each letter of the word. */
const EDITS_PER_LETTER = 0.4;

/**
 * The known word nearest to a mistyped one, or nothing where none is near.
 *
 * @example suggest('prot', ['port', 'time']) // 'port'
 */
export function suggest(typed: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(typed.length * EDITS_PER_LETTER));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const word of known) {
    const distance = editDistance(typed, word);
    if (distance < bestDistance) [best, bestDistance] = [word, distance];
  }
  return best ?? known.find((word) => typed.length >= 3 && word.startsWith(typed));
}
