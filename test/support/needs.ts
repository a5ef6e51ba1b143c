/** Visible skips: a test that needs a peer program or root says so, and fails instead of skipping when CI=true. */

import { execFileSync } from 'node:child_process';
import type { TestContext } from 'vitest';

function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v "$1"`, 'sh', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Skips the running test, with the reason, unless every program is installed; `root` needs uid 0.
 *
 * @throws Error instead of skipping when the environment says CI=true
 */
export function needs(context: TestContext, ...programs: readonly string[]): void {
  const missing = programs.filter((program) => (program === 'root' ? process.getuid?.() !== 0 : !has(program)));
  if (missing.length === 0) return;
  const reason = `needs ${missing.join(', ')}`;
  if (process.env['CI'] === 'true') throw new Error(`${reason}: scripts/install-peers.sh installs the peers`);
  context.skip(reason);
}
