import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { ERRORS_PAGE, errorsPage } from '../../scripts/docs-errors.ts';

it('leaves docs/errors.md up to date with the table of errors', async () => {
  expect(await readFile(ERRORS_PAGE, 'utf8'), 'npm run docs writes it').toBe(errorsPage());
});
