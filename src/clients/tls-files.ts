/** Certificates and keys of a person's own, read and checked before TLS needs them. */

import { usageError } from '../errors.ts';
import { readTextFile } from '../host/text-file.ts';
import { checkIdentity, type Identity, readCertificates } from '../net/identity.ts';

/** No chain of certificates is longer, in bytes. */
const MAX_PEM_BYTES = 4 * 1024 * 1024;

/**
 * Reads a file of PEM certificates. TLS itself would take a file without any, and then trust nobody.
 *
 * @throws NettkError where it cannot be read or holds no certificate
 */
export function readAuthorities(path: string): string {
  const pem = readTextFile(path, MAX_PEM_BYTES);
  readCertificates(pem, `authorities in ${path}`);
  return pem;
}

/**
 * Reads a certificate and its private key.
 *
 * @param keyPath where the key is not in the file of the certificate
 * @throws NettkError where one cannot be read, the key is encrypted or they do not belong together
 */
export function readIdentity(certPath: string, keyPath?: string): Identity {
  const cert = readTextFile(certPath, MAX_PEM_BYTES);
  if (keyPath === undefined && !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(cert)) {
    throw usageError('option --cert', `no private key in ${certPath}`, '--key FILE');
  }
  const key = keyPath === undefined ? cert : readTextFile(keyPath, MAX_PEM_BYTES);
  const identity = { cert, key };
  checkIdentity(identity, { cert: `certificate in ${certPath}`, key: `private key in ${keyPath ?? certPath}` });
  return identity;
}
