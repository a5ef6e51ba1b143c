import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isSameFile } from '../../src/host/same-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'nettk-same-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('links of both kinds are the file; devices, and files that are not there, are never the same', () => {
  const [one, soft, hard, other] = ['one', 'soft', 'hard', 'other'].map((name) => join(folder, name)) as [
    string,
    ...string[],
  ];
  writeFileSync(one, '');
  writeFileSync(other as string, '');
  symlinkSync(one, soft as string);
  linkSync(one, hard as string);
  expect([soft, hard, other].map((path) => isSameFile(one, path as string))).toEqual([true, true, false]);
  expect(isSameFile('/dev/null', '/dev/null')).toBe(false);
  expect(isSameFile('/no/such/file', '/no/such/file')).toBe(false);
});
