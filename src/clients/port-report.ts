/** What is known about a port: its names, whether it is free, and who holds it. */

import { errorCode, NettkError } from '../errors.ts';
import { tryPort } from '../net/free-port.ts';
import { findServices, type ServiceEntry, unknownService } from '../net/ports.ts';
import { bindScope, listOwnedSockets, type OwnedSocket } from './socket-list.ts';

/** A protocol that a port can be held in here. */
export type PortProtocol = 'tcp' | 'udp';

/** One port of one protocol. */
export interface PortReport {
  /** The first service name; undefined where the port has none. */
  readonly name: string | undefined;
  readonly aliases: readonly string[];
  readonly port: number;
  readonly protocol: string;
  /** Could a server take it now? Undefined for protocols other than TCP and UDP, and where neither binding nor /proc tells. */
  readonly free: boolean | undefined;
  /** May this user bind it? */
  readonly permitted: boolean;
  /** Who holds it, where it is not free. */
  readonly holders: readonly OwnedSocket[];
}

const PROTOCOLS: readonly PortProtocol[] = ['tcp', 'udp'];

/**
 * Reports on a service name, a port number or either with `/tcp` or `/udp` behind. A name stands for the protocols its
 * service has, a number for TCP and UDP.
 *
 * @throws NettkError `UNKNOWN_SERVICE` for a name that is not known, `BAD_ENDPOINT` for a number that is no port
 */
export async function reportPort(word: string, protocol?: PortProtocol): Promise<PortReport[]> {
  const reports: PortReport[] = [];
  // One after another: two names of one port would hold it against each other while binding.
  for (const entry of entriesFor(word, protocol)) reports.push(await reportEntry(entry));
  return reports;
}

type NamedPort = Omit<ServiceEntry, 'name'> & { readonly name: string | undefined };

function entriesFor(word: string, protocol?: PortProtocol): NamedPort[] {
  const found = findServices(word, protocol);
  if (/^\d+$/.test(word) && !found.some((entry) => namesMatch(entry, word))) {
    return withNameless(found, Number(word), protocol === undefined ? PROTOCOLS : [protocol]);
  }
  if (found.length > 0) return found;
  const [, name, suffix] = /^(.+)\/(tcp|udp)$/.exec(word) ?? [];
  if (name === undefined || protocol !== undefined) throw unknownService(word, protocol);
  return entriesFor(name, suffix as PortProtocol);
}

const namesMatch = (entry: ServiceEntry, word: string): boolean => entry.name === word || entry.aliases.includes(word);

/** The entries, and the port without a name in each protocol that has none. */
function withNameless(found: ServiceEntry[], port: number, protocols: readonly PortProtocol[]): NamedPort[] {
  const missing = protocols.filter((protocol) => !found.some((entry) => entry.protocol === protocol));
  const nameless = missing.map((protocol) => ({ name: undefined, aliases: [], port, protocol }));
  return [...found, ...nameless].sort((a, b) => rank(a.protocol) - rank(b.protocol));
}

function rank(protocol: string): number {
  if (protocol === 'tcp') return 0;
  return protocol === 'udp' ? 1 : 2;
}

async function reportEntry(entry: NamedPort): Promise<PortReport> {
  const protocol = PROTOCOLS.find((one) => one === entry.protocol);
  if (protocol === undefined) return { ...entry, free: undefined, permitted: true, holders: [] };
  const { result, heldOn } = await tryPort(entry.port, protocol);
  // Reading /proc costs more than binding, so only a port that cannot be bound is worth it.
  if (result === 'free') return { ...entry, free: true, permitted: true, holders: [] };
  const sockets = socketsOn(entry.port, protocol);
  const listeners = sockets?.filter((one) => one.listening) ?? [];
  if (listeners.length > 0) return held(entry, listeners);
  // Where binding is not permitted the list of sockets has to do, if there is one: nobody listens.
  const free = sockets === undefined ? undefined : true;
  if (result === 'not permitted') return { ...entry, free, permitted: false, holders: [] };
  const unseen = heldOn.map((address) => unseenHolder(entry.port, protocol, address));
  return held(entry, sockets?.length ? sockets : unseen);
}

function held(entry: NamedPort, holders: readonly OwnedSocket[]): PortReport {
  return { ...entry, free: false, permitted: true, holders };
}

/** The sockets on a port; undefined where this system does not tell. */
function socketsOn(port: number, protocol: PortProtocol): OwnedSocket[] | undefined {
  try {
    return listOwnedSockets({ protocols: [protocol], port });
  } catch (error) {
    if (error instanceof NettkError && errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A holder that shows only in that the port cannot be bound: bound and not listening, say. */
function unseenHolder(port: number, proto: PortProtocol, address: string): OwnedSocket {
  const facts = { peer: undefined, state: 'BOUND', listening: false, uid: undefined, inode: 0, user: undefined };
  return { ...facts, proto, address, port, holders: [], unknownOwner: 'no process seen', scope: bindScope(address) };
}
