/** A person's own certificate authorities, read and checked before they are trusted. */

import { X509Certificate } from 'node:crypto';
import { NettkError } from '../errors.ts';
import { readTextFile } from '../host/text-file.ts';
import { WEB_EXIT } from '../net/web-exit.ts';

/**
 * Reads a file of PEM certificates. TLS itself would take a file without any, and then trust nobody.
 *
 * @throws NettkError with exit status 77 where it cannot be read or holds no certificate
 */
export function readAuthorities(path: string): string {
  const pem = readPem(path);
  try {
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
    for (const one of certificates) new X509Certificate(one);
    if (certificates.length > 0) return pem;
  } catch (cause) {
    throw unfit(path, 'a certificate in it cannot be read', cause);
  }
  throw unfit(path, 'no PEM certificate in it');
}

function readPem(path: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    throw error instanceof NettkError ? error.withExit(WEB_EXIT.caFile) : error;
  }
}

function unfit(path: string, reason: string, cause?: unknown): NettkError {
  return new NettkError({ code: 'EINVAL', action: `authorities in ${path}`, reason, exit: WEB_EXIT.caFile, cause });
}
