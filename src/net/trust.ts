/** Whom TLS trusts, and what a certificate that is not trusted means, in people's words (RFC 5280, RFC 9525). */

import type { X509Certificate } from 'node:crypto';
import { errorCode } from '../errors.ts';
import { WrongName } from './certificate-names.ts';

/** How the server's certificate is judged. */
export interface Trust {
  /** PEM certificates of authorities that replace the usual ones. */
  readonly ca?: string | undefined;
  /** Takes any certificate. */
  readonly insecure?: boolean | undefined;
}

/** The authorities trusted where nobody names others: Node's bundled ones, the system's, and NODE_EXTRA_CA_CERTS. */
export async function usualAuthorities(): Promise<string[]> {
  const { getCACertificates } = await import('node:tls');
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}

const UNKNOWN_ISSUER =
  'the authority that issued its certificate is not known here, or the server left out part of the chain';

const NO_AUTHORITY = 'its certificate was issued by a certificate that is no authority';

/** OpenSSL's words where it has no code of its own. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/EE certificate key too weak/, 'the key of its certificate is too short to be safe'],
  [/CA certificate key too weak/, "the key of its certificate's authority is too short to be safe"],
  [/md too weak|digest algorithm too weak/, 'its certificate is signed with a hash that is broken'],
  [/subtree violation/, "its certificate's authority may not issue for its names"],
  [/path length/, "its certificate's authority may not have authorities below it"],
];

/** What a certificate says that it is for (RFC 5280, section 4.2.1.12). */
const PURPOSES = { servers: '1.3.6.1.5.5.7.3.1', clients: '1.3.6.1.5.5.7.3.2' } as const;

const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet, or the clock of this machine is wrong',
  CERT_REVOKED: 'its certificate was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: nobody else vouches for it',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  INVALID_CA: NO_AUTHORITY,
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
};

/**
 * Says why a certificate was refused; undefined where the error is about something else.
 *
 * @param seen the certificate, where it is known
 * @param whose who should have shown one that is meant for them
 */
export function explainCertificate(
  error: unknown,
  seen?: X509Certificate,
  whose: keyof typeof PURPOSES = 'servers',
): string | undefined {
  const code = errorCode(error);
  if (error instanceof WrongName) return `its certificate ${error.message}`;
  // OpenSSL says the same of a certificate meant for something else and of an issuer that is no authority.
  if (code === 'INVALID_PURPOSE') {
    const purposes: readonly string[] | undefined = seen?.keyUsage;
    const isMeant = purposes === undefined || purposes.includes(PURPOSES[whose]);
    return seen && isMeant ? NO_AUTHORITY : `its certificate is not meant for ${whose}`;
  }
  return REASONS[code] ?? unnamedReason(error, code);
}

/** OpenSSL has more reasons than names: a code in capitals that is neither Node's nor the system's (`UNSPECIFIED`). */
function unnamedReason(error: unknown, code: string): string | undefined {
  if (!/^[A-Z][A-Z_]+$/.test(code) || /^(ERR_|EPROTO$|E[A-Z]{4,}$)/.test(code)) return undefined;
  const text = error instanceof Error ? error.message.replace(/;.*$/s, '') : code;
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? `its certificate was refused: ${text}`;
}
