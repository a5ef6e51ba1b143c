/** What a server gives its service, for services that are set up without a server. */

import { dial } from '../../src/net/dial.ts';
import type { ServerContext } from '../../src/services/service.ts';

/** One that dials for real and keeps what was noted. */
export function serverContext(stop = new AbortController()): ServerContext & { readonly notes: string[] } {
  const notes: string[] = [];
  return { signal: stop.signal, dial, note: (line) => void notes.push(line), notes };
}
