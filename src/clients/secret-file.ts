/** A secret that stands in a file, where no list of processes shows it. */

import { readTextFile } from '../host/text-file.ts';

/** No secret is longer, in bytes. */
const MAX_SECRET_BYTES = 8_192;

/** What a file says, without blanks around it. @throws NettkError where it cannot be read */
export function readSecret(path: string): string {
  return readTextFile(path, MAX_SECRET_BYTES).trim();
}
