/** What an open file is (fstat(2)). */

import { fstatSync } from 'node:fs';

/** Is it a regular file, which never keeps a reader or writer waiting for somebody else? False where it is not open. */
export function isRegularFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}
