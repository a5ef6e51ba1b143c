/** How many files this process may open, and has open: sockets count (getrlimit(2), RLIMIT_NOFILE). */

import { readdirSync, readFileSync } from 'node:fs';

/** What POSIX promises at least where the system does not tell (no /proc). */
const ASSUMED_LIMIT = 1024;
/** Files kept free for everything that is not a client connection: logs, children, the accept itself. */
const RESERVED_FILES = 16;

/** The soft limit on open files of this process; 1,024 is assumed where /proc does not tell. */
function openFileLimit(): number {
  try {
    const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return line?.[1] === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(line?.[1] ?? ASSUMED_LIMIT);
  } catch {
    return ASSUMED_LIMIT;
  }
}

/** How many files this process has open now; 32 is assumed where /proc does not tell. */
function openFileCount(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 32;
  }
}

/**
 * How many more connections fit, at least 1. Past the limit on open files libuv accepts and closes clients silently, and
 * saving files fails: servers stay below it.
 */
export function connectionsThatFit(): number {
  return Math.max(1, openFileLimit() - openFileCount() - RESERVED_FILES);
}

/** Handshakes at once where files are plenty: enough for a rush of clients, and no memory to speak of. */
const MAX_HANDSHAKES = 1_024;

/** Handshakes at once that leave most of the files this process may open to connections, at least 1. */
export function handshakesThatFit(): number {
  return Math.max(1, Math.min(MAX_HANDSHAKES, Math.floor(connectionsThatFit() / 4)));
}
