/** IP address literals in the one spelling under which they can be compared. */

const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}(\\.${OCTET}){3}$`);
const IPV6_SHAPE = /^[\da-f:]*:[\da-f:.]*$/i;
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

/**
 * The canonical form (RFC 5952) of a strict literal; a v4-mapped address becomes the IPv4 one. Undefined where it is no
 * literal, has a zone, or is an address that nobody can be asked at: unspecified, multicast, broadcast.
 *
 * @example canonicalAddress('2001:DB8::0:1') // '2001:db8::1'
 */
export function canonicalAddress(text: string): string | undefined {
  const address = IPV4.test(text) ? text : canonicalIpv6(text);
  return address === undefined || isNobody(address) ? undefined : address;
}

function canonicalIpv6(text: string): string | undefined {
  if (!IPV6_SHAPE.test(text)) return undefined;
  const url = URL.parse(`http://[${text}]/`);
  if (!url) return undefined;
  const address = url.hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const number = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join('.');
}

function isNobody(address: string): boolean {
  if (address.includes(':')) return address === '::' || address.startsWith('ff');
  const first = Number(address.slice(0, address.indexOf('.')));
  return first === 0 || (first >= 224 && first < 240) || address === '255.255.255.255';
}

/** An address and a port as people write them: IPv6 in brackets. */
export function formatTarget(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
