/** How many files this process may open, and has open: sockets count (getrlimit(2), RLIMIT_NOFILE). */

import { readdirSync, readFileSync } from 'node:fs';

/** What POSIX promises at least where the system does not tell (no /proc). */
const ASSUMED_LIMIT = 1024;

/** The soft limit on open files of this process; 1,024 is assumed where /proc does not tell. */
export function openFileLimit(): number {
  try {
    const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return line?.[1] === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(line?.[1] ?? ASSUMED_LIMIT);
  } catch {
    return ASSUMED_LIMIT;
  }
}

/** How many files this process has open now; 32 is assumed where /proc does not tell. */
export function openFileCount(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 32;
  }
}
