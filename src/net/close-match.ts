/** The nearest of some known words to a mistyped one: optimal string alignment distance (Damerau and Levenshtein). */

/**
 * Finds the known word that the given one was probably meant to be: the same but for case, or at most a third of its
 * letters (two at most) changed, left out, added or swapped. The first of several equally near ones wins.
 *
 * @example closeMatch('daytme', ['daytime', 'time']) // 'daytime'
 */
export function closeMatch(word: string, known: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let nearest = Math.min(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    // Lengths further apart than the distance allowed need no counting.
    if (Math.abs(candidate.length - wanted.length) >= nearest) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < nearest) [best, nearest] = [candidate, distance];
  }
  return best;
}

/**
 * How many single changes, or swaps of two neighbours, lead from one word to the other.
 *
 * @example editDistance('prot', 'port') // 1
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, to.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
