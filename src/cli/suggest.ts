/** What a person meant: the nearest known word by edits and swapped neighbours (Damerau-Levenshtein). */

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

/**
 * How many insertions, deletions, substitutions and swaps of neighbours turn one word into the other.
 *
 * @example editDistance('prot', 'port') // 1
 */
export function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const now = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      now[column] = Math.min(
        at(old, column) + 1,
        at(now, column - 1) + 1,
        at(old, column - 1) + (same ? 0 : 1),
        swapped ? at(older, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [older, old] = [old, now];
  }
  return at(old, b.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
