/** A certificate made on the spot for a server that has none: clients know it by its fingerprint only. */

import { hostname } from 'node:os';

/** A certificate and its key, as PEM text. */
export interface ThrowawayCertificate {
  readonly cert: string;
  readonly key: string;
}

/** How long it is valid, in days; a server that runs for longer is started anew now and then, or has a real one. */
const VALID_DAYS = 30;
/** Clients whose clock is late shall take it too, in milliseconds. */
const CLOCK_SLACK_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Types of names in a certificate (RFC 5280, section 4.2.1.6). */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/**
 * Makes a self-signed ECDSA P-256 certificate for localhost, this machine's name and the addresses given. Each call makes
 * a new key.
 *
 * @param addresses address literals, without brackets and zones
 */
export async function makeThrowawayCertificate(addresses: readonly string[]): Promise<ThrowawayCertificate> {
  const { generate } = await import('selfsigned');
  const now = Date.now();
  const names = [...new Set(['localhost', hostname()])].filter((name) => /^[a-z\d.-]+$/i.test(name));
  const made = await generate([{ name: 'commonName', value: 'nettk throw-away certificate' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - CLOCK_SLACK_MS),
    notAfterDate: new Date(now + VALID_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: DNS_NAME, value }) as const),
          ...[...new Set(addresses)].map((ip) => ({ type: IP_ADDRESS, ip }) as const),
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}
