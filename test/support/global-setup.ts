/** Builds dist/nettk before the tests where it is missing or older than what it is made of. */

import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NETTK } from './nettk.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MADE_OF = ['src', 'commands', 'scripts', 'package.json', 'package-lock.json'];

/** Runs once, before all test files. */
export function setup(): void {
  if (builtAt() > Math.max(...MADE_OF.map((name) => changedAt(join(ROOT, name))))) return;
  try {
    const script = join(ROOT, 'scripts/build.ts');
    execFileSync(join(ROOT, 'node_modules/node/bin/node'), [script, '--binary-only'], { stdio: 'pipe' });
  } catch (error) {
    // While one edits, unit tests must still run; the tests that start dist/nettk then test the last one that was built.
    if (process.env['CI'] === 'true') throw error;
    console.warn(`dist/nettk could not be built: ${(error as Error).message}`);
  }
}

function builtAt(): number {
  return statSync(NETTK, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function changedAt(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}
