/** Leaves a process that is done but held by a system call nobody waits for. */

import { existsSync } from 'node:fs';

const SHELL = '/bin/sh';

/**
 * Ends the process now, with this status. `process.exit` would wait for the thread of a stuck host name lookup, which can take half
 * a minute; so a shell takes the process's place, and exits.
 */
export function leaveNow(status: number): void {
  if (process.execve !== undefined && existsSync(SHELL)) process.execve(SHELL, ['sh', '-c', `exit ${status}`], {});
  process.exit(status);
}
