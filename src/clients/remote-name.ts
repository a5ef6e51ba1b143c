/** The file name a URL suggests, and nothing that could land anywhere else. */

import { usageError } from '../errors.ts';
import { formatWebUrl, type WebUrl } from '../net/web-url.ts';

/** The longest name most file systems take, in bytes, less what the unfinished file adds. */
const MAX_NAME_BYTES = 255 - '.part'.length;

/**
 * The last part of a URL's path as a file name: never a directory, a hidden file or a name with control characters.
 *
 * @throws NettkError usage, where the URL has no such name
 * @example remoteName(parseWebUrl('http://host/a/page.html?x=1')) // 'page.html'
 */
export function remoteName(url: WebUrl): string {
  const last = /([^/]*)$/.exec(url.path.replace(/[?#].*$/, ''))?.[1] ?? '';
  const name = decoded(last);
  const hint = '-o FILE';
  const action = `file name of ${formatWebUrl(url)}`;
  if (name === '') throw usageError(action, 'the URL ends in no name', hint);
  if (name.startsWith('.')) throw usageError(action, `${JSON.stringify(name)} starts with a dot`, hint);
  // C0 and C1 controls, and the format characters that turn what a person reads around (Unicode's bidi class).
  if (/[/\\\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/.test(name)) {
    throw usageError(action, `${JSON.stringify(name)} has characters that no name should have`, hint);
  }
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw usageError(action, 'too long for a file name', hint);
  return name;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
