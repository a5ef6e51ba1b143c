/** The sockets of this machine with who holds them and who can reach them: what `port` and `ports` tell. */

import { type KernelSocket, listSockets, type SocketProtocol } from '../host/proc-net.ts';
import { findHolders, type Holder } from '../host/socket-holders.ts';
import { userName } from '../host/user-names.ts';

/** A socket and its owner. */
export interface OwnedSocket extends KernelSocket {
  /** The processes that hold it, lowest id first; none where that cannot be told. */
  readonly holders: readonly Holder[];
  /** Why there is no holder; undefined where there is one. */
  readonly unknownOwner: string | undefined;
  /** The user's name or number; undefined where unknown. */
  readonly user: string | undefined;
  /** Who can reach it, in words. */
  readonly scope: string;
}

/** Which sockets `listOwnedSockets` lists. */
export interface SocketFilter {
  readonly protocols: readonly SocketProtocol[];
  /** Only those that take connections or datagrams from anyone. */
  readonly listening?: boolean;
  /** Only those with this local port. */
  readonly port?: number;
}

/**
 * Lists sockets by protocol, port and address. Owners are only looked for where there is a socket to ask about: that
 * means reading every process.
 *
 * @throws NettkError where this system has no /proc/net
 */
export function listOwnedSockets(filter: SocketFilter): OwnedSocket[] {
  const sockets = listSockets(filter.protocols).filter(
    (one) => (one.listening || filter.listening !== true) && (filter.port === undefined || filter.port === one.port),
  );
  const inodes = new Set(sockets.map((one) => one.inode).filter((inode) => inode !== 0));
  const { byInode, isPartial } = inodes.size > 0 ? findHolders(inodes) : { byInode: new Map(), isPartial: false };
  const unseen = isPartial ? 'not permitted' : 'no process seen';
  return sockets.map((one) => own(one, byInode.get(one.inode) ?? [], unseen)).sort(bySpot);
}

function own(socket: KernelSocket, holders: readonly Holder[], unseen: string): OwnedSocket {
  // Of a socket whose process has closed it, Linux reports user 0, whoever that was.
  const uid = socket.inode === 0 ? undefined : (socket.uid ?? holders[0]?.uid);
  const reason = socket.inode === 0 ? 'closed by its process' : unseen;
  return {
    ...socket,
    holders,
    unknownOwner: holders.length > 0 ? undefined : reason,
    user: uid === undefined ? undefined : userName(uid),
    scope: bindScope(socket.address),
  };
}

/**
 * Who can reach a socket bound to this address, in words.
 *
 * @example bindScope('0.0.0.0') // 'every interface'
 */
export function bindScope(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (plain === '0.0.0.0' || plain === '::') return 'every interface';
  // What is neither address nor loopback is a Unix socket's name.
  if (plain.startsWith('127.') || plain === '::1' || !/^[\da-f]*[:.]/i.test(plain)) return 'only this machine';
  return /^(fe[89ab][\da-f]:|169\.254\.)/.test(plain) ? 'only this link' : 'only this address';
}

const ORDER: readonly SocketProtocol[] = ['tcp', 'udp', 'unix'];

function bySpot(a: OwnedSocket, b: OwnedSocket): number {
  const byProtocol = ORDER.indexOf(a.proto) - ORDER.indexOf(b.proto);
  return byProtocol || (a.port ?? 0) - (b.port ?? 0) || (a.address < b.address ? -1 : Number(a.address > b.address));
}

/** The owner in a few words: `sshd (812)`, `nginx (80, 81)`, `unknown (not permitted)`. */
export function describeOwner(socket: Pick<OwnedSocket, 'holders' | 'unknownOwner'>): string {
  const [first] = socket.holders;
  if (!first) return `unknown (${socket.unknownOwner})`;
  return `${first.process} (${socket.holders.map((one) => one.pid).join(', ')})`;
}

/** The fields of a socket in `--json`; null where unknown. */
export function socketFields(socket: OwnedSocket): Record<string, unknown> {
  const [first] = socket.holders;
  return {
    proto: socket.proto,
    address: socket.address,
    port: socket.port ?? null,
    pid: first?.pid ?? null,
    process: first?.process ?? null,
    user: socket.user ?? null,
    scope: socket.scope,
    state: socket.state,
    command: first?.command ?? null,
    ...(socket.holders.length > 1 ? { pids: socket.holders.map((one) => one.pid) } : {}),
    ...(socket.unknownOwner === undefined ? {} : { owner: `unknown (${socket.unknownOwner})` }),
    ...(socket.peer === undefined ? {} : { peerAddress: socket.peer.address, peerPort: socket.peer.port }),
  };
}
