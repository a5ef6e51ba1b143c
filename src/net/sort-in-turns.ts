/** Sorting much without keeping the event loop: in pieces of some milliseconds, others between them. */

import { nextTurn } from '../stream/turn.ts';

/** Items sorted, or merged, in one turn. */
const ITEMS_A_TURN = 4_096;

/** Sorts a copy; equal items keep their order. */
export async function sortInTurns<T>(items: readonly T[], compare: (one: T, other: T) => number): Promise<T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < items.length; start += ITEMS_A_TURN) {
    runs.push(items.slice(start, start + ITEMS_A_TURN).sort(compare));
    await nextTurn();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(await merge(runs[i] ?? [], runs[i + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(left: readonly T[], right: readonly T[], compare: (one: T, other: T) => number): Promise<T[]> {
  const merged: T[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    const [one, other] = [left[i] as T, right[j] as T];
    if (compare(one, other) <= 0) i = merged.push(one) - j;
    else j = merged.push(other) - i;
    if (merged.length % ITEMS_A_TURN === 0) await nextTurn();
  }
  for (; i < left.length; i += 1) merged.push(left[i] as T);
  for (; j < right.length; j += 1) merged.push(right[j] as T);
  return merged;
}
