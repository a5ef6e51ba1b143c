/** What both sides of TLS can choose: versions, ciphers, application protocols (RFC 8446, RFC 7301). */

import { NettkError } from '../errors.ts';
import type { Identity } from './identity.ts';

/** A version of TLS that can be the oldest allowed; older ones are broken (RFC 8996). */
export type TlsVersion = '1.2' | '1.3';

/** The choices that clients and servers share. */
export interface TlsSettings {
  /** PEM certificates of the authorities to trust. */
  readonly ca?: string | undefined;
  /** The certificate to show, and its key. */
  readonly identity?: Identity | undefined;
  /** Certificates to take as they are, whoever issued them, expired or not: `sha256:…`, as `parsePin` reads them. */
  readonly pins?: readonly string[] | undefined;
  /** Application protocols, the preferred one first. */
  readonly alpn?: readonly string[] | undefined;
  /** The oldest version allowed; 1.2 by default. */
  readonly minVersion?: TlsVersion | undefined;
  /** Ciphers in OpenSSL's language (openssl-ciphers(1)); those of TLS 1.3 by their full names. */
  readonly ciphers?: string | undefined;
}

/** The choices in Node's words. */
export function nodeSettings(settings: TlsSettings) {
  const { identity, alpn, ciphers, minVersion = '1.2' } = settings;
  return {
    minVersion: `TLSv${minVersion}`,
    maxVersion: 'TLSv1.3',
    ...(identity && { cert: identity.cert, key: identity.key }),
    ...(alpn && alpn.length > 0 && { ALPNProtocols: [...alpn] }),
    ...(ciphers !== undefined && { ciphers }),
  } as const;
}

/**
 * Runs what makes a TLS context, whose complaints about settings are the caller's fault.
 *
 * @throws NettkError `USAGE`
 */
export function settingUp<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const { code = '', reason = '', message = String(cause) } = cause as Error & { code?: string; reason?: string };
    const facts = SETTING_FAULTS.find(([pattern]) => pattern.test(code));
    const [, action, text] = facts ?? [undefined, 'TLS settings', reason || message];
    throw new NettkError({ code: 'USAGE', action, reason: text, cause });
  }
}

const SETTING_FAULTS: readonly (readonly [RegExp, string, string])[] = [
  [/NO_CIPHER_MATCH|INVALID_COMMAND|NO_CIPHERS/, 'TLS ciphers', 'none of them is known here; try openssl ciphers -v'],
  [/KEY_TOO_SMALL/, 'certificate', 'its key is too short to be safe'],
  [/MD_TOO_WEAK/, 'certificate', 'it is signed with a hash that is broken'],
  [/KEY_VALUES_MISMATCH/, 'private key', 'not the key of the certificate'],
];
