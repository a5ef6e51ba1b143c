/**
 * Who may ask an HTTP server that serves this machine only. A web page elsewhere can make a browser send requests here:
 * under its own name, once that resolves to 127.0.0.1 (DNS rebinding, CVE-2018-7160), or across sites, with its Origin.
 */

/** Is this Host one that no name server could have pointed here: localhost or an address literal? */
function isOwnName(host: string): boolean {
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  return name === 'localhost' || /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[\da-f:.]+\]$/.test(name);
}

/**
 * May a request with these headers be answered on this machine's own addresses? A missing Host (HTTP/1.0) may; a missing
 * Origin (no browser, or the same site) may.
 *
 * @param scheme what the server's own pages come over
 * @example isLocalHost('localhost:21568', undefined) // true
 */
export function isLocalHost(
  host: string | undefined,
  origin: string | undefined,
  scheme: 'http' | 'https' = 'http',
): boolean {
  if (host !== undefined && !isOwnName(host)) return false;
  return origin === undefined || origin.toLowerCase() === `${scheme}://${host}`.toLowerCase();
}

/**
 * Reads an origin as browsers write it, in small letters and without a slash at the end, or `*`; undefined where it is none.
 *
 * @example parseOrigin('https://Example.com/') // 'https://example.com'
 */
export function parseOrigin(text: string): string | undefined {
  const origin = text.toLowerCase().replace(/\/$/, '');
  const isOrigin = origin === '*' || origin === 'null' || /^[a-z][a-z0-9+.-]*:\/\/[^\s/]+$/.test(origin);
  return isOrigin ? origin : undefined;
}

/** Is this address one of the machine's own, which only its own programs, browsers too, can connect from? */
export function isOwnAddress(address: string): boolean {
  return /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+|localhost)$/i.test(address);
}
