/** Which addresses are this machine's own. */

import { networkInterfaces } from 'node:os';
import { isOwnAddress } from '../../stream/http-origin.ts';

/** How long the list of interfaces is believed, in milliseconds: it costs a system call for each of them. */
const BELIEVED_MS = 1_000;

let known: ReadonlySet<string> = new Set();
let readAt = Number.NEGATIVE_INFINITY;

/** Is an address, in canonical form, one of this machine? */
export function isOfThisMachine(address: string): boolean {
  if (isOwnAddress(address)) return true;
  if (performance.now() - readAt > BELIEVED_MS) {
    known = new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((one) => one.address)));
    readAt = performance.now();
  }
  return known.has(address);
}
