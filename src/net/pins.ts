/** Pins: certificates known by their SHA-256, which need no authority to vouch for them (as in RFC 7469, of the whole). */

import { createHash, timingSafeEqual } from 'node:crypto';
import { usageError } from '../errors.ts';

const SHA256_BYTES = 32;
const FORM = 'sha256: and 64 hexadecimal digits, or 44 characters of base64';

/**
 * Reads a pin, `sha256:` and the SHA-256 of a certificate (its DER form): hexadecimal, colons allowed, or base64. The
 * prefix may be left out.
 *
 * @returns as `fingerprintOf` prints it
 * @throws NettkError `USAGE` where it is none
 */
export function parsePin(text: string): string {
  const value = text.trim().replace(/^sha256(:|\/\/)/i, '');
  const hex = value.replaceAll(':', '');
  if (/^[\da-f]{64}$/i.test(hex)) return `sha256:${hex.toLowerCase()}`;
  const bytes = /^[\w+/-]{43}=?$/.test(value) ? Buffer.from(value, 'base64') : Buffer.alloc(0);
  if (bytes.length !== SHA256_BYTES) throw usageError(`pin ${JSON.stringify(text)}`, 'not a SHA-256', FORM);
  return `sha256:${bytes.toString('hex')}`;
}

/** The pin of a certificate in DER form: `sha256:` and 64 lower-case hexadecimal digits. */
export function fingerprintOf(der: Uint8Array): string {
  return `sha256:${createHash('sha256').update(der).digest('hex')}`;
}

/** Is this certificate one of the pinned ones? */
export function isPinned(der: Uint8Array, pins: readonly string[]): boolean {
  const seen = Buffer.from(fingerprintOf(der));
  return pins.map((pin) => Buffer.from(parsePin(pin))).some((pin) => timingSafeEqual(pin, seen));
}
