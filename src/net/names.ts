/**
 * Hosts and their names, as the socket interface has them: getaddrinfo(3), gethostbyname(3), getnameinfo(3) and the
 * others, over the system's resolver (/etc/hosts, nsswitch and DNS).
 */

import { lookupService as lookupHostAndService } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { errorCode, NettkError, wrapSystemError } from '../errors.ts';
import { type HostAddress, lookupHost } from './addresses.ts';
import { parseHost } from './endpoint.ts';
import { lookupService, parsePort } from './ports.ts';
import { getProtoByName } from './protocol-numbers.ts';

export { getProtoByName } from './protocol-numbers.ts';

/** The way data is cut: `stream` is TCP, `datagram` UDP. */
export type SocketType = 'stream' | 'datagram';

/** Where to connect or bind, one answer of `getAddrInfo`. */
export interface AddressInfo {
  readonly family: 4 | 6;
  readonly type: SocketType;
  /** The protocol's number, 6 for TCP and 17 for UDP. */
  readonly protocol: number;
  readonly address: string;
  readonly port: number;
}

/** What `getAddrInfo` narrows by. */
export interface AddressHints {
  readonly family?: 4 | 6;
  readonly type?: SocketType;
  /** Without a host: the addresses to bind (`0.0.0.0`, `::`) instead of the loopback ones. */
  readonly passive?: boolean;
}

/** A host's names and addresses. */
export interface HostEntry {
  /** The name looked up, or the first name of the address. */
  readonly hostname: string;
  /** Always empty: Node passes on neither canonical names nor aliases. */
  readonly aliases: readonly string[];
  readonly addresses: readonly string[];
}

/** What `getNameInfo` answers with. */
export interface NameInfoOptions {
  /** The address as it is instead of its name. */
  readonly numericHost?: boolean;
  /** The port's number instead of its service name. */
  readonly numericService?: boolean;
  /** The service name of UDP instead of TCP. */
  readonly datagram?: boolean;
  /** Fails where the address has no name. */
  readonly nameRequired?: boolean;
}

const TYPES: readonly SocketType[] = ['stream', 'datagram'];
const TRANSPORTS = { stream: 'tcp', datagram: 'udp' } as const;

/**
 * Lists where a host and service can be reached, in the order in which the system wants them tried (RFC 6724). Where no
 * type is asked for, a service that only one transport has gives only that one.
 *
 * @param host a name or literal; undefined is this machine (see `passive`)
 * @param service a port number or service name; undefined is port 0
 * @throws NettkError `ENOTFOUND`, `EAI_AGAIN`, `BAD_ENDPOINT`, `UNKNOWN_SERVICE`
 * @example await getAddrInfo('localhost', 'daytime', { type: 'datagram' })
 */
export async function getAddrInfo(
  host: string | undefined,
  service?: string | number,
  hints: AddressHints = {},
): Promise<AddressInfo[]> {
  const ports = portsOf(service, hints.type === undefined ? TYPES : [hints.type]);
  const found = host === undefined ? ownAddresses(hints.passive ?? false) : await resolveHost(host);
  const wanted = found.filter((one) => hints.family === undefined || one.family === hints.family);
  if (wanted.length === 0) throw noAddress(host ?? 'this machine', hints.family);
  return wanted.flatMap((one) =>
    ports.map(({ type, port }) => ({ ...one, type, protocol: getProtoByName(TRANSPORTS[type]), port })),
  );
}

/** The ports a service has, by type; throws the first type's error where it has none. */
function portsOf(
  service: string | number | undefined,
  types: readonly SocketType[],
): { type: SocketType; port: number }[] {
  const errors: NettkError[] = [];
  const ports = types.flatMap((type) => {
    try {
      return [{ type, port: parsePort(String(service ?? 0), TRANSPORTS[type]) }];
    } catch (error) {
      if (!(error instanceof NettkError)) throw error;
      errors.push(error);
      return [];
    }
  });
  if (ports.length === 0 && errors[0]) throw errors[0];
  return ports;
}

function ownAddresses(passive: boolean): { address: string; family: 4 | 6 }[] {
  const [v4, v6] = passive ? ['0.0.0.0', '::'] : ['127.0.0.1', '::1'];
  return [
    { address: v4 as string, family: 4 },
    { address: v6 as string, family: 6 },
  ];
}

/**
 * Lists every address of a host, each once, in the system's order.
 *
 * @throws NettkError `ENOTFOUND`, `EAI_AGAIN`, `BAD_ENDPOINT`
 */
export async function resolveHost(host: string): Promise<HostAddress[]> {
  return lookupHost(parseHost(host));
}

/**
 * A host's first IPv4 address; `getAddrInfo` gives the others and IPv6.
 *
 * @throws NettkError as `resolveHost`; `ENOTFOUND` where it has no IPv4 address
 * @example await getHostByName('localhost') // '127.0.0.1'
 */
export async function getHostByName(host: string): Promise<string> {
  const { addresses } = await getHostByNameEx(host);
  return addresses[0] as string;
}

/**
 * A host's name and all its IPv4 addresses.
 *
 * @throws NettkError as `resolveHost`; `ENOTFOUND` where it has no IPv4 address
 */
export async function getHostByNameEx(host: string): Promise<HostEntry> {
  const found = (await resolveHost(host)).filter((one) => one.family === 4);
  if (found.length === 0) throw noAddress(host, 4);
  return { hostname: host, aliases: [], addresses: found.map((one) => one.address) };
}

/**
 * The name of an address or, given a name, of its first address.
 *
 * @throws NettkError `ENOTFOUND` where the address has no name
 * @example (await getHostByAddr('127.0.0.1')).hostname // 'localhost'
 */
export async function getHostByAddr(address: string): Promise<HostEntry> {
  const first = (await resolveHost(address))[0]?.address ?? address;
  const { host } = await getNameInfo(first, 0, { nameRequired: true, numericService: true });
  return { hostname: host, aliases: [], addresses: [first] };
}

/**
 * The host and service names of an address and port; numbers where there is no name.
 *
 * @param address an address literal, an IPv6 one with its zone where it has one
 * @throws NettkError `BAD_ENDPOINT` where it is no literal, `ENOTFOUND` with `nameRequired`
 */
export async function getNameInfo(
  address: string,
  port: number,
  options: NameInfoOptions = {},
): Promise<{ host: string; service: string }> {
  if (isIP(address) === 0) {
    throw new NettkError({
      code: 'BAD_ENDPOINT',
      action: `address ${JSON.stringify(address)}`,
      reason: 'not a literal',
    });
  }
  const service = options.numericService ? String(port) : serviceName(port, options.datagram ? 'udp' : 'tcp');
  if (options.numericHost) return { host: address, service };
  const host = await reverseName(address);
  if (host === undefined && options.nameRequired) {
    throw new NettkError({ code: 'ENOTFOUND', action: `name of ${address}`, reason: 'the address has no name' });
  }
  return { host: host ?? address, service };
}

function serviceName(port: number, protocol: 'tcp' | 'udp'): string {
  try {
    return lookupService(port, protocol);
  } catch (error) {
    if (errorCode(error) === 'NOT_FOUND') return String(port);
    throw error;
  }
}

/**
 * The first name of an address as the system finds it (/etc/hosts, then DNS); undefined where it has none.
 *
 * @throws NettkError `EAI_AGAIN` where the name service cannot be reached
 */
export async function reverseName(address: string): Promise<string | undefined> {
  try {
    const { hostname: name } = await lookupHostAndService(address, 0);
    // getnameinfo(3) answers with the address itself where there is no name.
    return isIP(name) === 0 ? name : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOTFOUND') return undefined;
    throw wrapSystemError(error, `name of ${address}`);
  }
}

/**
 * A host's fully qualified name: the first name of its address; the name as given where the address has none. Empty,
 * or `0.0.0.0`, is this machine.
 */
export async function getFqdn(name = ''): Promise<string> {
  const host = name === '' || name === '0.0.0.0' ? hostname() : name;
  try {
    return (await getHostByAddr(host)).hostname;
  } catch (error) {
    if (error instanceof NettkError) return host;
    throw error;
  }
}

function noAddress(host: string, family: 4 | 6 | undefined): NettkError {
  const reason = family === undefined ? 'no address' : `no IPv${family} address`;
  return new NettkError({ code: 'ENOTFOUND', action: `look up ${host}`, reason });
}
