/** Address literals: which text is one, and IPv4 on IPv6 sockets, `::ffff:192.0.2.1` (RFC 4291, section 2.5.5.2). */

import { isIP } from 'node:net';

const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/**
 * The address as people know it: a v4-mapped one as IPv4, any other as it is.
 *
 * @example plainAddress('::ffff:192.0.2.1') // '192.0.2.1'
 */
export function plainAddress(address: string): string {
  return address.replace(MAPPED, '');
}

/** Is it an address literal, which nobody has to look up? */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}
