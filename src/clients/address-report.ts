/** What is known about addresses: of a host in the system's order, of a network, of this machine's interfaces. */

import { networkInterfaces } from 'node:os';
import { NettkError } from '../errors.ts';
import { type AddressClass, classifyAddress, classifyRange, embeddedIpv4 } from '../net/address-class.ts';
import { type Network, parseNetwork } from '../net/cidr.ts';
import { resolveHost, reverseName } from '../net/names.ts';

/** A reverse lookup that takes longer counts as not answered: some resolvers wait 30 s. */
const REVERSE_TIMEOUT_MS = 3_000;

/** One address of a host. */
export interface AddressReport {
  readonly address: string;
  readonly family: 4 | 6;
  readonly class: AddressClass;
  /** The IPv4 address inside an IPv6 one. */
  readonly embedded: string | undefined;
  /** Its first name; undefined where it has none, was not asked for, or nobody answered. */
  readonly name: string | undefined;
  /** Why the name is not known, where somebody failed to answer. */
  readonly failure: string | undefined;
}

/** One address of an interface of this machine. */
export interface InterfaceReport {
  readonly interface: string;
  /** The address, a link-local one of IPv6 with its zone. */
  readonly address: string;
  readonly prefix: number;
  readonly mac: string;
  readonly class: AddressClass;
}

/** A network, its class where it is all of one. */
export interface NetworkReport extends Network {
  readonly class: AddressClass | undefined;
}

/**
 * Reports every address of a host, or the one of a literal, in the order in which the system tries them.
 *
 * @param numeric asks for no names
 * @throws NettkError as `resolveHost`
 */
export async function reportHost(host: string, numeric = false): Promise<AddressReport[]> {
  const found = await resolveHost(host);
  return Promise.all(
    found.map(async ({ address, family }) => ({
      address,
      family,
      class: classifyAddress(address),
      embedded: embeddedIpv4(address),
      ...(numeric ? { name: undefined, failure: undefined } : await nameOf(address)),
    })),
  );
}

async function nameOf(address: string): Promise<{ name: string | undefined; failure: string | undefined }> {
  const { promise: silence, resolve } = Promise.withResolvers<'silence'>();
  const timer = setTimeout(() => resolve('silence'), REVERSE_TIMEOUT_MS);
  try {
    const name = await Promise.race([reverseName(address), silence]);
    return name === 'silence' ? { name: undefined, failure: 'no answer' } : { name, failure: undefined };
  } catch (error) {
    if (!(error instanceof NettkError)) throw error;
    return { name: undefined, failure: 'name service not reachable' };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Reports a network in CIDR notation.
 *
 * @throws NettkError `BAD_ENDPOINT` with the reason
 */
export function reportNetwork(text: string): NetworkReport {
  const network = parseNetwork(text);
  return { ...network, class: classifyRange(network.network, network.end) };
}

/** Reports the addresses of this machine's interfaces. */
export function reportInterfaces(): InterfaceReport[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map((one) => ({
      interface: name,
      address: one.family === 'IPv6' && one.scopeid > 0 ? `${one.address}%${name}` : one.address,
      prefix: Number(one.cidr?.split('/')[1] ?? 0),
      mac: one.mac,
      class: classifyAddress(one.address),
    })),
  );
}
