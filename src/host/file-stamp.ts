/** What tells that a file is another one, or another version: device, inode, size and times (stat(2)). */

import { stat } from 'node:fs/promises';
import { NettkError, wrapSystemError } from '../errors.ts';

/**
 * The stamp of a file, links followed; a file with another stamp has changed or was replaced.
 *
 * @throws NettkError `ENOENT`, `EACCES` … as the system says; `EINVAL` where it is no plain file, which has no versions
 */
export async function fileStamp(path: string): Promise<string> {
  const action = `read ${path}`;
  try {
    const facts = await stat(path, { bigint: true });
    if (!facts.isFile()) throw new NettkError({ code: 'EINVAL', action, reason: 'not a plain file' });
    return [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(' ');
  } catch (error) {
    throw wrapSystemError(error, action);
  }
}
