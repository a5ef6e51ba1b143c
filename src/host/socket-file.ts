/** The file a Unix socket leaves behind: is it one, and may it go (unix(7)). */

import { existsSync, lstatSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, wrapSystemError } from '../errors.ts';

/** Is there a socket at this path? A link to one does not count: it is not ours to follow. */
export function isSocketFile(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}

/** Is the folder there that this path is in? Abstract names (`@name`) need none. */
export function isInFolder(path: string): boolean {
  return path.startsWith('@') || existsSync(dirname(path));
}

/**
 * Removes a socket file that nobody listens on; one that is gone already is fine.
 *
 * @throws NettkError when it may not be removed
 */
export function removeSocketFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw wrapSystemError(error, `remove ${path}`);
  }
}
