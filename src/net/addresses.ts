/** A host's addresses in the order to try them. */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { NettkError, wrapSystemError } from '../errors.ts';

/** One address of a host. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/**
 * Looks a host up as the system does (getaddrinfo(3), /etc/hosts included), families interleaved so that a broken one
 * costs one attempt (RFC 8305, section 4). A literal is its own answer.
 *
 * @throws NettkError `ENOTFOUND` or `EAI_AGAIN`; `EAFNOSUPPORT` where no address has the family asked for; `BAD_ENDPOINT`
 *   for a zone that is no interface
 */
export async function hostAddresses(host: string, family?: 4 | 6): Promise<HostAddress[]> {
  checkZone(host);
  const all = await lookupHost(host);
  const wanted = all.filter((one) => family === undefined || one.family === family);
  if (wanted.length > 0) return interleave(wanted);
  throw wrapSystemError({ code: 'EAFNOSUPPORT' }, `look up ${host}`, {
    reason: `no IPv${family} address`,
    blame: 'them',
  });
}

/**
 * Every address of a host, each once, in the system's order (RFC 6724). A literal is its own answer.
 *
 * @throws NettkError `ENOTFOUND` or `EAI_AGAIN`
 */
export async function lookupHost(host: string): Promise<HostAddress[]> {
  const literal = isIP(host);
  if (literal !== 0) return [{ address: host, family: literal as 4 | 6 }];
  try {
    const found = await lookup(host, { all: true, order: 'verbatim' });
    const once = new Map(found.map(({ address, family }) => [address, { address, family: family as 4 | 6 }]));
    return [...once.values()];
  } catch (error) {
    throw wrapSystemError(error, `look up ${host}`);
  }
}

/** With a zone it does not know, libuv quietly takes any interface: the wrong peer, or a silence of ten seconds. */
function checkZone(address: string): void {
  const [, zone] = address.split('%');
  if (zone === undefined) return;
  const names = Object.keys(networkInterfaces());
  if (names.includes(zone)) return;
  throw new NettkError({
    code: 'BAD_ENDPOINT',
    action: `address ${JSON.stringify(address)}`,
    reason: `no interface ${JSON.stringify(zone)} is up`,
    hint: names.join(', '),
  });
}

function interleave(all: readonly HostAddress[]): HostAddress[] {
  const first = all.filter((one) => one.family === all[0]?.family);
  const second = all.filter((one) => one.family !== all[0]?.family);
  return first.flatMap((one, i) => (second[i] ? [one, second[i]] : [one])).concat(second.slice(first.length));
}
