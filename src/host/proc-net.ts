/** The sockets of this machine, or of this network namespace, as Linux tells in /proc/net (proc_net(5)). */

import { endianness } from 'node:os';
import { errorCode, NettkError } from '../errors.ts';
import { readTextFile } from './text-file.ts';

/** What a socket speaks. */
export type SocketProtocol = 'tcp' | 'udp' | 'unix';

/** A socket as the kernel lists it. */
export interface KernelSocket {
  readonly proto: SocketProtocol;
  /** The local address; the path or `@abstract` name of a Unix socket, empty where it has none. */
  readonly address: string;
  /** The local port; undefined for Unix sockets. */
  readonly port: number | undefined;
  /** The other end, where there is one and the kernel tells. */
  readonly peer: { readonly address: string; readonly port: number } | undefined;
  /** `LISTEN`, `ESTABLISHED`, `TIME_WAIT` …, `UNCONNECTED` for a UDP socket without a peer. */
  readonly state: string;
  /** Does it take connections, or datagrams from anyone? */
  readonly listening: boolean;
  /** Who made it; Unix sockets do not tell. */
  readonly uid: number | undefined;
  /** Its number in links of /proc/PID/fd; 0 where no process holds it any more. */
  readonly inode: number;
}

/** 150 bytes a socket: room for over 400,000 of them. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;
const IS_LITTLE_ENDIAN = endianness() === 'LE';
const TCP_STATES = [
  '',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECEIVED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'TIME_WAIT',
  'CLOSED',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'SYN_RECEIVED',
];
/** The state of a UDP socket without a peer (TCP_CLOSE). */
const UDP_UNCONNECTED = 7;
/** `__SO_ACCEPTCON`: the Unix socket takes connections. */
const ACCEPTS_CONNECTIONS = 0x10000;
const UNIX_DATAGRAM = 2;

/**
 * Lists every socket of the protocols asked for, IPv4 and IPv6.
 *
 * @throws NettkError where this system has no /proc/net
 */
export function listSockets(protocols: readonly SocketProtocol[]): KernelSocket[] {
  return protocols.flatMap((proto) => {
    if (proto === 'unix') return parseUnixSockets(readList('unix'));
    return [...parseInetSockets(readList(proto), proto), ...parseInetSockets(readList(`${proto}6`), proto)];
  });
}

function readList(name: string): string {
  try {
    return readTextFile(`/proc/net/${name}`, MAX_LIST_BYTES);
  } catch (error) {
    // A kernel without IPv6 has no such list.
    if (errorCode(error) === 'ENOENT' && name.endsWith('6')) return '';
    if (errorCode(error) !== 'ENOENT') throw error;
    const reason = 'sockets can only be listed on Linux, where /proc/net tells';
    throw new NettkError({ code: 'ENOENT', action: `read /proc/net/${name}`, reason, cause: error });
  }
}

/** Parses /proc/net/tcp, tcp6, udp or udp6; lines that are none of theirs are skipped. */
export function parseInetSockets(text: string, proto: 'tcp' | 'udp'): KernelSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', remote = '', state = '', , , , uid = '', , inode = ''] = line.trim().split(/\s+/);
    const here = parseHexAddress(local);
    const there = parseHexAddress(remote);
    if (!here || !there || !/^\d+$/.test(inode)) return [];
    const number = Number.parseInt(state, 16);
    const listening = proto === 'tcp' ? TCP_STATES[number] === 'LISTEN' : number === UDP_UNCONNECTED;
    const name = proto === 'udp' && number === UDP_UNCONNECTED ? 'UNCONNECTED' : TCP_STATES[number];
    const peer = listening ? undefined : there;
    return [{ proto, ...here, peer, state: name || state, listening, uid: Number(uid), inode: Number(inode) }];
  });
}

/** A TCP connection whose other end does not acknowledge what it was sent, so that it is sent again and again. */
export interface Unanswered {
  /** The local port. */
  readonly port: number;
  readonly peer: { readonly address: string; readonly port: number };
}

/** Lists them, IPv4 and IPv6. @throws NettkError where this system has no /proc/net */
export function listUnanswered(): Unanswered[] {
  return [...parseUnanswered(readList('tcp')), ...parseUnanswered(readList('tcp6'))];
}

/** Parses /proc/net/tcp or tcp6 for them. */
export function parseUnanswered(text: string): Unanswered[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', remote = '', , , , retransmits = ''] = line.trim().split(/\s+/);
    if (!(Number.parseInt(retransmits, 16) > 0)) return [];
    const here = parseHexAddress(local);
    const peer = parseHexAddress(remote);
    return here && peer ? [{ port: here.port, peer }] : [];
  });
}

/** Parses `0100007F:0016`: words in this machine's byte order, then the port. */
function parseHexAddress(text: string): { address: string; port: number } | undefined {
  const match = /^([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4})$/i.exec(text);
  if (!match) return undefined;
  const packed = Buffer.from(match[1] as string, 'hex');
  if (IS_LITTLE_ENDIAN) packed.swap32();
  const address = packed.length === 4 ? packed.join('.') : printIpv6(packed);
  return { address, port: Number.parseInt(match[2] as string, 16) };
}

/** Prints an IPv6 address shortened (RFC 5952), a v4-mapped one with dots. */
function printIpv6(packed: Buffer): string {
  const words = Array.from({ length: 8 }, (_, i) => packed.readUInt16BE(i * 2).toString(16));
  if (/^(0,){5}ffff,/.test(words.join())) return `::ffff:${packed.subarray(12).join('.')}`;
  const text = words.join(':');
  for (let zeros = words.length; zeros > 1; zeros--) {
    const run = new RegExp(`(^|:)0(:0){${zeros - 1}}(:|$)`);
    if (run.test(text)) return text.replace(run, '::');
  }
  return text;
}

// The path runs to the end of the line and may hold blanks; "@" stands for the NUL of an abstract name.
const UNIX_LINE = /^[\da-f]+: [\da-f]{8} [\da-f]{8} ([\da-f]{8}) ([\da-f]{4}) ([\da-f]{2}) +(\d+)(?: (.*))?$/i;
const UNIX_STATES = ['FREE', 'UNCONNECTED', 'CONNECTING', 'ESTABLISHED', 'DISCONNECTING'];

/** Parses /proc/net/unix; lines that are none of its are skipped. */
export function parseUnixSockets(text: string): KernelSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, flags, type, state, inode, address = ''] = UNIX_LINE.exec(line) ?? [];
    if (flags === undefined) return [];
    const accepts = (Number.parseInt(flags, 16) & ACCEPTS_CONNECTIONS) !== 0;
    const takesDatagrams = Number(type) === UNIX_DATAGRAM && address !== '';
    const name = accepts ? 'LISTEN' : UNIX_STATES[Number(state)];
    const listening = accepts || takesDatagrams;
    const facts = { port: undefined, peer: undefined, uid: undefined, inode: Number(inode) };
    return [{ proto: 'unix' as const, address, state: name ?? String(state), listening, ...facts }];
  });
}
