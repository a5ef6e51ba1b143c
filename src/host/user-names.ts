/** User names by number: the local ones of /etc/passwd (passwd(5)). */

import { readTextFile } from './text-file.ts';

let names: Map<number, string> | undefined;

/** The name of a user; the number itself where /etc/passwd, read once, has none. */
export function userName(uid: number): string {
  names ??= parsePasswd(readPasswd());
  return names.get(uid) ?? String(uid);
}

/** Parses passwd(5): each number's first name; lines that are none of its are skipped. */
export function parsePasswd(text: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name = '', , uid = ''] = line.split(':');
    if (name !== '' && /^\d{1,10}$/.test(uid) && !found.has(Number(uid))) found.set(Number(uid), name);
  }
  return found;
}

function readPasswd(): string {
  try {
    return readTextFile('/etc/passwd');
  } catch {
    // Numbers do as well as names here.
    return '';
  }
}
