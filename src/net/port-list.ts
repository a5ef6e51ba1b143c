/** Several ports in one word, as people type them: `80,443,8000-8010`, names too. */

import { NettkError } from '../errors.ts';
import { parsePort } from './ports.ts';

/** The most ports that one list may come to. */
export const MAX_PORTS_IN_LIST = 1_024;

/**
 * Reads ports and ranges of ports, parted by commas, each port once and in the order given. A word between the commas is
 * looked up as a name first: `ftp-data` is no range.
 *
 * @throws NettkError as `parsePort`; `BAD_ENDPOINT` for a range that goes down, or more than 1,024 ports
 * @example parsePortList('80,8000-8002') // [80, 8000, 8001, 8002]
 */
export function parsePortList(text: string, protocol: 'tcp' | 'udp' = 'tcp'): number[] {
  const ports = new Set<number>();
  for (const word of text.split(',')) {
    const [first, last] = readRange(word, protocol);
    if (last - first >= MAX_PORTS_IN_LIST) throw refuse(text, `more than ${MAX_PORTS_IN_LIST} ports`);
    for (let port = first; port <= last; port += 1) ports.add(port);
  }
  if (ports.size > MAX_PORTS_IN_LIST) throw refuse(text, `more than ${MAX_PORTS_IN_LIST} ports`);
  return [...ports];
}

function readRange(word: string, protocol: 'tcp' | 'udp'): [number, number] {
  const match = /^(\d+)-(\d+)$/.exec(word);
  if (!match) {
    const port = parsePort(word, protocol);
    return [port, port];
  }
  const first = parsePort(match[1] as string, protocol);
  const last = parsePort(match[2] as string, protocol);
  if (first <= last) return [first, last];
  throw refuse(word, 'a range goes up', `${last}-${first}`);
}

function refuse(text: string, reason: string, hint?: string): NettkError {
  return new NettkError({ code: 'BAD_ENDPOINT', action: `ports ${JSON.stringify(text)}`, reason, hint });
}
