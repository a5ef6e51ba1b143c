/** Rows of text as aligned columns. */

import { printable } from '../stream/printable.ts';

/**
 * Aligns rows by their widest cell, two blanks between columns, none at the end of a line. Cells are made printable.
 *
 * @param paint colours a cell; what it adds does not count for the width
 * @example columns([['tcp', '7'], ['udp', '7007']]) // 'tcp  7\nudp  7007\n'
 */
export function columns(
  rows: readonly (readonly string[])[],
  paint: (cell: string, row: number, column: number) => string = (cell) => cell,
): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell)));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return cells
    .map(
      (row, y) =>
        `${row
          .map((cell, x) => paint(cell, y, x) + ' '.repeat((widths[x] ?? 0) - cell.length))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
