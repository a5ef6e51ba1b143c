/** Whom TLS trusts, and what a certificate that is not trusted means, in people's words (RFC 5280, RFC 9525). */

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

const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet, or the clock of this machine is wrong',
  CERT_REVOKED: 'its certificate was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: nobody else vouches for it',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  INVALID_CA: 'its certificate was issued by a certificate that is no authority',
  INVALID_PURPOSE: 'its certificate is not meant for servers',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
};

/** Says why a certificate was refused; undefined where the error is about something else. */
export function explainCertificate(error: unknown): string | undefined {
  const code = errorCode(error);
  if (error instanceof WrongName) return `its certificate ${error.message}`;
  return REASONS[code] ?? unnamedReason(error, code);
}

/** OpenSSL has more reasons than names: a code in capitals that is neither Node's nor the system's (`UNSPECIFIED`). */
function unnamedReason(error: unknown, code: string): string | undefined {
  if (!/^[A-Z][A-Z_]+$/.test(code) || /^(ERR_|EPROTO$|E[A-Z]{4,}$)/.test(code)) return undefined;
  const text = error instanceof Error ? error.message.replace(/;.*$/s, '') : code;
  return `its certificate was refused: ${text}`;
}
