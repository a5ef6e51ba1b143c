/** This machine's shell. */

import { existsSync } from 'node:fs';

/** The standard shell (sh(1)); undefined on a machine without one, such as a container with nothing but a program. */
export function findShell(): string | undefined {
  return existsSync('/bin/sh') ? '/bin/sh' : undefined;
}
