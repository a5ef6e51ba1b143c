/** Colour, little of it: `--color`, then NO_COLOR (https://no-color.org), then whether a terminal reads that stream. */

import type { Io } from './io.ts';

/** What text is painted as; SGR codes of ECMA-48. */
const STYLES = { heading: '1', good: '32', warning: '33', error: '1;31' } as const;

/** Paints text, or leaves it as it is. */
export type Palette = Readonly<Record<keyof typeof STYLES, (text: string) => string>>;

/** Whose terminal is asked. */
export type OutputStream = 'stdout' | 'stderr';

/**
 * Is text on this stream coloured?
 *
 * @param choice the value of `--color`: `auto`, `always` or `never`
 */
export function usesColor(choice: string, stream: OutputStream, io: Pick<Io, 'env' | `${OutputStream}IsTty`>): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (io.env['NO_COLOR'] || io.env['TERM'] === 'dumb') return false;
  return io[`${stream}IsTty`];
}

/** The paint for a stream; empty text stays empty. */
export function createPalette(choice: string, stream: OutputStream, io: Io): Palette {
  if (!usesColor(choice, stream, io)) return PLAIN;
  const paint = (code: string) => (text: string) => (text === '' ? '' : `\x1b[${code}m${text}\x1b[0m`);
  const { heading, good, warning, error } = STYLES;
  return { heading: paint(heading), good: paint(good), warning: paint(warning), error: paint(error) };
}

const same = (text: string): string => text;
/** No colour at all. */
export const PLAIN: Palette = { heading: same, good: same, warning: same, error: same };

/** What `--color` says on a line that may not be understood; `never` with `--json`, which is for programs. */
export function colorChoice(words: readonly string[]): string {
  const dashes = words.indexOf('--');
  const typed = dashes === -1 ? words : words.slice(0, dashes);
  if (typed.includes('--json')) return 'never';
  const last = typed.findLastIndex((word) => word === '--color' || word.startsWith('--color='));
  const choice = typed[last] === '--color' ? typed[last + 1] : typed[last]?.slice('--color='.length);
  return choice === 'always' || choice === 'never' ? choice : 'auto';
}
