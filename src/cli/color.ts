/** Whether to colour: `--color`, then NO_COLOR (https://no-color.org), then whether a terminal reads. */

import type { Io } from './io.ts';

/**
 * Decides once for standard output.
 *
 * @param choice the value of `--color`: `auto`, `always` or `never`
 */
export function usesColor(choice: string, io: Pick<Io, 'env' | 'stdoutIsTty'>): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (io.env['NO_COLOR'] || io.env['TERM'] === 'dumb') return false;
  return io.stdoutIsTty;
}
