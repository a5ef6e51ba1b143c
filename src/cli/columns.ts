/** Rows of text as aligned columns. */

import { printable } from '../stream/printable.ts';

/**
 * Aligns rows by their widest cell, two blanks between columns, none at the end of a line. Cells are made printable.
 *
 * @example columns([['tcp', '7'], ['udp', '7007']]) // 'tcp  7\nudp  7007\n'
 */
export function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell)));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
