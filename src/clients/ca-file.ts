/** A person's own certificate authorities for `web`, with the exit status that curl gives their failures. */

import { NettkError } from '../errors.ts';
import { WEB_EXIT } from '../net/web-exit.ts';
import { readAuthorities } from './tls-files.ts';

/**
 * Reads a file of PEM certificates.
 *
 * @throws NettkError with exit status 77 where it cannot be read or holds no certificate
 */
export function readWebAuthorities(path: string): string {
  try {
    return readAuthorities(path);
  } catch (error) {
    throw error instanceof NettkError ? error.withExit(WEB_EXIT.caFile) : error;
  }
}
