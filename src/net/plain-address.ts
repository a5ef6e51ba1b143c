/** IPv4 peers of IPv6 sockets, whose address comes as `::ffff:192.0.2.1` (RFC 4291, section 2.5.5.2). */

const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/**
 * The address as people know it: a v4-mapped one as IPv4, any other as it is.
 *
 * @example plainAddress('::ffff:192.0.2.1') // '192.0.2.1'
 */
export function plainAddress(address: string): string {
  return address.replace(MAPPED, '');
}
