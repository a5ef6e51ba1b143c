/** How sockets behave beyond connecting and listening, and which of it each transport has. */

import { Socket } from 'node:net';
import { NettkError } from '../errors.ts';
import type { Scheme } from './endpoint.ts';

/** Options of sockets; each belongs to TCP (and what it carries) or to UDP. */
export interface SocketOptions {
  /**
   * TCP: the type of service, or traffic class, of every packet sent; 0–255 (RFC 2474). IPv4 clients of a listener on `::`
   * see 0: Node sets only the traffic class of an IPv6 socket.
   */
  readonly typeOfService?: number | undefined;
  /** TCP: asks a silent peer whether it is alive after this many milliseconds, 1,000 at least; false never asks. */
  readonly keepAliveMs?: number | false | undefined;
  /** UDP, dialling: allows a broadcast address. */
  readonly broadcast?: boolean | undefined;
  /** UDP, dialling a group: how many routers a datagram may pass, plus 1; 1 by default, 0 stays on this machine. */
  readonly multicastTtl?: number | undefined;
  /** UDP: the interface that datagrams to groups leave by, or groups are joined on, by name or address. */
  readonly multicastInterface?: string | undefined;
}

/** Names of the code points of differentiated services, by their number (RFC 2474, 2597, 3246, 5865, 8622). */
const CODE_POINTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`cs${i}`, i * 8])),
  ...Object.fromEntries([1, 2, 3, 4].flatMap((i) => [1, 2, 3].map((j) => [`af${i}${j}`, i * 8 + j * 2]))),
  ef: 46,
  va: 44,
  le: 1,
};
/** The older names of the whole byte (RFC 1349), as nc and socat know them. */
const OLD_NAMES: Readonly<Record<string, number>> = {
  lowdelay: 0x10,
  throughput: 0x08,
  reliability: 0x04,
  lowcost: 0x02,
  critical: 0xa0,
  inetcontrol: 0xc0,
  netcontrol: 0xe0,
};

/**
 * Reads a type of service: the byte as a number, decimal or `0x…`, or a name (`ef`, `af11`, `cs6`, `lowdelay`).
 *
 * @returns 0–255
 * @throws NettkError `USAGE`
 * @example parseTypeOfService('ef') // 184
 */
export function parseTypeOfService(text: string): number {
  const name = text.toLowerCase();
  const point = Object.hasOwn(CODE_POINTS, name) ? CODE_POINTS[name] : undefined;
  if (point !== undefined) return point << 2;
  if (Object.hasOwn(OLD_NAMES, name)) return OLD_NAMES[name] as number;
  if (/^(0|[1-9]\d{0,2}|0x[\da-f]{1,2})$/.test(name) && Number(name) <= 255) return Number(name);
  throw new NettkError({
    code: 'USAGE',
    action: `type of service ${JSON.stringify(text)}`,
    reason: 'not a number from 0 to 255, nor a name',
    hint: 'ef, af11 to af43, cs0 to cs7, lowdelay, throughput, reliability, 184 or 0xb8',
  });
}

/**
 * Refuses options that a transport does not have, by name.
 *
 * @throws NettkError `USAGE`
 */
export function checkSocketOptions(
  scheme: Scheme,
  options: SocketOptions & { readonly join?: readonly unknown[] | undefined },
  action: string,
): void {
  const refuse = (reason: string): never => {
    throw new NettkError({ code: 'USAGE', action, reason });
  };
  const { typeOfService, keepAliveMs, broadcast, multicastTtl, multicastInterface, join = [] } = options;
  const isTcp = scheme !== 'udp' && scheme !== 'unix';
  if (typeOfService !== undefined) {
    if (scheme === 'udp') refuse('Node cannot set the type of service of a UDP socket');
    if (!isTcp) refuse('a Unix socket has no type of service');
    // Since Node 25.6.
    if (!('setTypeOfService' in Socket.prototype)) refuse('this Node cannot set the type of service');
  }
  if (keepAliveMs !== undefined && !isTcp) refuse(`${scheme} has no keepalive`);
  if (scheme === 'udp') return;
  if (broadcast) refuse('broadcast is for UDP only');
  if (multicastTtl !== undefined || multicastInterface !== undefined || join.length > 0)
    refuse('multicast is for UDP only');
}
