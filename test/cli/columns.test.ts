import { describe, expect, it } from 'vitest';
import { columns } from '../../src/cli/columns.ts';

describe('columns', () => {
  it('aligns cells and leaves no blanks at line ends', () => {
    expect(
      columns([
        ['a', 'bbb', 'c'],
        ['aaa', 'b', ''],
      ]),
    ).toBe('a    bbb  c\naaa  b\n');
    expect(columns([])).toBe('');
  });

  it('paints cells after measuring them', () => {
    const loud = (cell: string, row: number, column: number) => (row + column === 0 ? `<b>${cell}</b>` : cell);
    expect(
      columns(
        [
          ['a', 'b'],
          ['aaa', 'b'],
        ],
        loud,
      ),
    ).toBe('<b>a</b>    b\naaa  b\n');
  });

  it('makes cells printable, so that one can neither forge a row nor drive the terminal', () => {
    expect(columns([['a\nb', '\x1b[2J', 'é']])).toBe('a\\x0ab  \\x1b[2J  é\n');
  });
});
