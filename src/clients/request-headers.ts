/** The header fields of a request, checked before they reach the wire (RFC 9110, section 5). */

import { usageError } from '../errors.ts';
import type { Headers } from '../net/http.ts';

/** Fields that belong to the connection: whoever sets them breaks the framing of the message (RFC 9112, section 6). */
const CONNECTION_FIELDS =
  /^(connection|content-length|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Makes the fields of a request from what a person gave: `Name: value` adds or replaces, `Name:` leaves a usual field
 * out, as with curl's -H. Bytes are asked for as they are (`Accept-Encoding: identity`).
 *
 * @param lines one for each -H
 * @throws NettkError usage, naming the line
 * @example requestHeaders(['Accept: text/html'], 'nettk/1.0')
 */
export function requestHeaders(lines: readonly string[], userAgent: string): Headers {
  const given = lines.map((line) => parseHeader(line, "-H 'Name: value'"));
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const hosts = given.filter(([name]) => name.toLowerCase() === 'host');
  if (hosts.length > 1 || hosts[0]?.[1] === '') throw usageError('header Host', 'a request has exactly one');
  const usual: Headers = [
    ['User-Agent', userAgent],
    ['Accept', '*/*'],
    ['Accept-Encoding', 'identity'],
  ];
  checkValue('--user-agent', userAgent);
  const kept = usual.filter(([name, value]) => !names.has(name.toLowerCase()) && value !== '');
  return [...kept, ...given.filter(([, value]) => value !== '')];
}

/**
 * Reads `Name: value`.
 *
 * @param hint how it is typed
 * @throws NettkError usage, naming the line
 */
export function parseHeader(line: string, hint: string): readonly [string, string] {
  const colon = line.indexOf(':');
  const action = `header ${JSON.stringify(line)}`;
  if (colon === -1) throw usageError(action, 'no colon after the name', hint);
  const name = line.slice(0, colon);
  if (!TOKEN.test(name)) throw usageError(action, 'not a header name');
  if (CONNECTION_FIELDS.test(name)) throw usageError(action, `${name} is set by nettk alone`);
  const value = line.slice(colon + 1).trim();
  checkValue(action, value);
  return [name, value];
}

function checkValue(action: string, value: string): void {
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value)) throw usageError(action, 'control characters have no place in a header');
}
