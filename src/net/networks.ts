/** A set of networks as people write it, for options that say which addresses are meant. */

import { NettkError } from '../errors.ts';
import { AddressRanges, packAddress, unmapAddress } from './address-ranges.ts';
import { readRules } from './gate-rule.ts';

/** A set of addresses. */
export interface Networks {
  /** Is the address, a literal, in it? */
  has(address: string): boolean;
}

/**
 * Reads addresses, networks and ranges separated by commas, as the rules of a gate are written; no host names.
 *
 * @throws NettkError `BAD_ENDPOINT` naming the rule
 * @example readNetworks('10.0.0.0/8,::1').has('10.1.2.3') // true
 */
export function readNetworks(text: string): Networks {
  const { ranges, names } = readRules(text);
  const [name] = names;
  if (name !== undefined) {
    const action = `rule ${JSON.stringify(name)}`;
    throw new NettkError({ code: 'BAD_ENDPOINT', action, reason: 'a host name, not a network', hint: '10.0.0.0/8' });
  }
  const all = AddressRanges.of(ranges);
  return { has: (address) => all.has(unmapAddress(packAddress(address))) };
}
