/** Do two paths name one file? To write it would be to lose what is still to be read of it (stat(2)). */

import { statSync } from 'node:fs';

/** Links followed; two files that are not there, and devices and pipes, are never the same. */
export function isSameFile(one: string, other: string): boolean {
  const first = statSync(one, { throwIfNoEntry: false });
  const second = statSync(other, { throwIfNoEntry: false });
  if (!first?.isFile() || !second?.isFile()) return false;
  return first.dev === second.dev && first.ino === second.ino;
}
