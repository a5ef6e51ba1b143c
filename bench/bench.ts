/** What a bench module gives, and how figures become one. */

/** One figure. */
export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  /** The median of the runs. */
  readonly value: number;
  /** Every run, in order. */
  readonly runs?: readonly number[];
  readonly note?: string;
  /** What it must be: at most, or at least, this value. */
  readonly bar?: { readonly atMost: number } | { readonly atLeast: number };
}

/** A bench module. */
export interface Bench {
  run(): Promise<readonly BenchRow[]>;
}

/** How often each figure is taken, interleaved with the others. */
export const RUNS = 5;

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + sorted[middle]!) / 2;
}

/** Does a row hold its bar? True where it has none. */
export function holds({ bar, value }: BenchRow): boolean {
  if (bar === undefined) return true;
  return 'atMost' in bar ? value <= bar.atMost : value >= bar.atLeast;
}
