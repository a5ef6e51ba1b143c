/** Binds a UDP endpoint and answers datagrams from it. */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type NettkError, usageError, wrapSystemError } from '../errors.ts';
import { type HostAddress, hostAddresses } from './addresses.ts';
import type { DatagramSource } from './datagram-gate.ts';
import { type Endpoint, formatAuthority, formatEndpoint } from './endpoint.ts';
import { type Listener, type ListenOptions, listenError } from './listen.ts';
import { isMulticast, joinGroup, type MulticastGroup } from './multicast.ts';
import { checkSocketOptions } from './socket-options.ts';

/** What the kernel keeps while we are busy, in bytes; at its default of 208 KiB bursts are lost (socket(7)). */
const RECEIVE_BUFFER_BYTES = 1_048_576;

/** Sends one datagram back, and calls back when it is out, with the error where the system refuses it. */
export type Answer = (message: Buffer, onSent: (error?: NettkError) => void) => void;

/** Takes one datagram, where it came from, and the way back. */
export type DatagramHandler = (message: Buffer, source: DatagramSource, answer: Answer) => void;

/**
 * Binds a UDP socket; `onDatagram` gets every datagram with a way to answer it. Bound to the address of a group, it joins
 * the group; it may share address and port with others that listen to groups.
 *
 * @throws NettkError: address in use, permission denied, not an address of this machine, a group that cannot be joined
 */
export async function listenDatagram(
  endpoint: Endpoint,
  onDatagram: DatagramHandler,
  options: ListenOptions = {},
): Promise<Listener> {
  const [first] = (await hostAddresses(endpoint.host)) as [HostAddress];
  checkSocketOptions('udp', options, `listen on ${formatEndpoint(endpoint)}`);
  const groups = groupsOf(first.address, options);
  if (groups.length === 0 && options.multicastInterface !== undefined) {
    throw usageError(`interface ${JSON.stringify(options.multicastInterface)}`, 'no group is joined on it');
  }
  const socket = createSocket({
    type: first.family === 6 ? 'udp6' : 'udp4',
    reuseAddr: groups.length > 0,
    // Only addresses are sent to: Node would put each through its resolver and another turn of the event loop.
    lookup: (address, _options, found) => found(null, address, first.family),
  });
  const bound = await bind(socket, endpoint, first, { groups, portOption: options.portOption });
  let isOpen = true;
  // An ICMP error for an answer already sent is the asker's business.
  socket.on('error', () => {});
  socket.on('message', (message: Buffer, from: RemoteInfo) => {
    const answer: Answer = (reply, onSent) => {
      // Nobody can be answered at port 0, where a forged datagram may come from: send() throws.
      if (!isOpen || from.port === 0) return onSent();
      socket.send(reply, from.port, from.address, (error) => {
        onSent(error ? refused(error, from) : undefined);
      });
    };
    onDatagram(message, from, answer);
  });
  const close = (): Promise<void> => {
    isOpen = false;
    return new Promise((resolve) => socket.close(() => resolve()));
  };
  return { endpoint: bound, close };
}

function refused(error: Error, { address, port }: DatagramSource): NettkError {
  return wrapSystemError(error, `answer udp://${formatAuthority({ host: address, port })}`);
}

/** The groups to join: those asked for, and the one that the address is. */
function groupsOf(address: string, { join = [], multicastInterface }: ListenOptions): MulticastGroup[] {
  const [group = '', zone] = address.split('%');
  const own = isMulticast(group) && !join.some((one) => one.group === group) ? [{ group, interface: zone }] : [];
  return [...join, ...own].map((one) => ({ ...one, interface: one.interface ?? multicastInterface }));
}

async function bind(
  socket: Socket,
  endpoint: Endpoint,
  { address, family }: HostAddress,
  { groups, portOption }: { readonly groups: readonly MulticastGroup[]; readonly portOption: string | undefined },
): Promise<Endpoint> {
  try {
    // It may listen before bind() returns.
    const listening = once(socket, 'listening');
    socket.bind({ port: endpoint.port, address, exclusive: true });
    await listening;
    for (const group of groups) joinGroup(socket, group, family);
  } catch (error) {
    socket.close();
    throw listenError(error, endpoint, portOption);
  }
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // The system's maximum is smaller: bursts are lost sooner, nothing else changes.
  }
  const bound = socket.address();
  // The system leaves the zone out, without which the address leads nowhere.
  return { ...endpoint, host: address.includes('%') ? address : bound.address, port: bound.port };
}
