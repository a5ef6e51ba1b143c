/** A certificate chain and its private key as PEM text (RFC 7468), checked before a handshake needs them. */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { NettkError } from '../errors.ts';

/** Who one side of TLS is. */
export interface Identity {
  /** Its certificate first, then those that lead to its authority. */
  readonly cert: string;
  readonly key: string;
}

/** What to call the two in messages: where they were read, perhaps. */
export interface IdentityNames {
  readonly cert: string;
  readonly key: string;
}

const PLAIN_NAMES: IdentityNames = { cert: 'certificate', key: 'private key' };
const CERTIFICATES = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs;

/**
 * Checks that both can be read and belong together.
 *
 * @returns the certificate itself
 * @throws NettkError `EINVAL`: no certificate or key in it, unreadable, encrypted, of another certificate
 */
export function checkIdentity({ cert, key }: Identity, names: IdentityNames = PLAIN_NAMES): X509Certificate {
  const [own] = readCertificates(cert, names.cert);
  if (!own.checkPrivateKey(readKey(key, names.key))) {
    throw unfit(names.key, `not the key of ${names.cert === PLAIN_NAMES.cert ? 'the certificate' : names.cert}`);
  }
  return own;
}

/**
 * The certificates of a PEM text.
 *
 * @returns one at least
 * @throws NettkError `EINVAL` where there is none, or one cannot be read
 */
export function readCertificates(pem: string, name: string): [X509Certificate, ...X509Certificate[]] {
  const blocks = pem.match(CERTIFICATES) ?? [];
  if (blocks.length === 0) {
    const isKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem);
    throw unfit(name, isKey ? 'a private key, not a certificate' : 'no PEM certificate in it', PEM_HINT);
  }
  try {
    return blocks.map((block) => new X509Certificate(block)) as [X509Certificate, ...X509Certificate[]];
  } catch (cause) {
    throw unfit(name, 'a certificate in it cannot be read', undefined, cause);
  }
}

const PEM_HINT = 'a PEM file: it has a line -----BEGIN CERTIFICATE-----';

function readKey(pem: string, name: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    throw unfit(name, 'the key is encrypted', 'a plain one: openssl pkey -in KEY -out PLAIN');
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) throw unfit(name, 'no PEM private key in it');
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw unfit(name, 'the private key in it cannot be read', undefined, cause);
  }
}

function unfit(action: string, reason: string, hint?: string, cause?: unknown): NettkError {
  return new NettkError({ code: 'USAGE', action, reason, hint, cause });
}
