/** The options of connect and listen that reach the socket: keepalive, type of service, multicast, broadcast. */

import { usageError } from '../errors.ts';
import type { MulticastGroup } from '../net/multicast.ts';
import type { SocketOptions } from '../net/socket-options.ts';
import type { OptionSpecs, OptionValues } from './option.ts';
import { named, parseDuration } from './values.ts';

/** The longest silence that TCP takes before it asks (TCP_KEEPIDLE, tcp(7)), in milliseconds; it counts whole seconds. */
const MAX_KEEPALIVE_MS = 32_767_000;

const SHARED = {
  keepalive: {
    type: 'text',
    placeholder: 'IDLE|off',
    describe: 'TCP: ask a peer silent for this long whether it is alive (1m)',
  },
  tos: {
    type: 'text',
    placeholder: 'TOS',
    describe: 'TCP: type of service, 0-255 or 0x…, or a name: ef, af21, cs6, lowdelay',
  },
  'multicast-interface': {
    type: 'text',
    placeholder: 'IFACE',
    describe: 'UDP: interface for multicast groups, by name or address',
  },
  datagram: {
    type: 'text',
    default: 'chunk',
    choices: ['line', 'chunk'],
    placeholder: 'line|chunk',
    describe: 'UDP: a datagram for each line of input, or for what is read at once',
  },
} as const satisfies OptionSpecs;

/** For `connect`. */
export const CONNECT_SOCKET_OPTIONS = {
  ...SHARED,
  broadcast: { type: 'flag', describe: 'UDP: allow a broadcast address' },
  'multicast-ttl': {
    type: 'integer',
    min: 0,
    max: 255,
    placeholder: 'N',
    describe: 'UDP: routers a multicast datagram may pass, plus 1 (1); 0 stays on this machine',
  },
} as const satisfies OptionSpecs;

/** For `listen`. */
export const LISTEN_SOCKET_OPTIONS = {
  ...SHARED,
  join: {
    type: 'list',
    placeholder: '[SOURCE@]GROUP[%IFACE]',
    describe: 'UDP: hear this multicast group too, from one source where given',
  },
} as const satisfies OptionSpecs;

type Shared = OptionValues<typeof SHARED>;

/**
 * The values as `dial` takes them.
 *
 * @throws NettkError naming the option
 */
export async function connectSocketOptions(args: OptionValues<typeof CONNECT_SOCKET_OPTIONS>): Promise<SocketOptions> {
  return {
    ...(await sharedOptions(args)),
    broadcast: args.broadcast || undefined,
    multicastTtl: args.multicastTtl,
  };
}

/**
 * The values as a listener takes them.
 *
 * @throws NettkError naming the option
 */
export async function listenSocketOptions(
  args: OptionValues<typeof LISTEN_SOCKET_OPTIONS>,
): Promise<Awaited<ReturnType<typeof sharedOptions>> & { readonly join: readonly MulticastGroup[] | undefined }> {
  const shared = await sharedOptions(args);
  if (args.join.length === 0) return { ...shared, join: undefined };
  const { parseMulticastGroup } = await import('../net/multicast.ts');
  return { ...shared, join: args.join.map((text) => named('option --join', parseMulticastGroup, text)) };
}

async function sharedOptions(
  args: Shared,
): Promise<Pick<SocketOptions, 'keepAliveMs' | 'typeOfService' | 'multicastInterface'>> {
  return {
    keepAliveMs: args.keepalive === undefined ? undefined : parseKeepAlive(args.keepalive),
    typeOfService: args.tos === undefined ? undefined : await parseTos(args.tos),
    multicastInterface: args.multicastInterface,
  };
}

function parseKeepAlive(text: string): number | false {
  if (text === 'off') return false;
  const ms = parseDuration('option --keepalive', text);
  if (ms >= 1_000 && ms <= MAX_KEEPALIVE_MS) return ms;
  throw usageError('option --keepalive', `${text} is not within 1s and ${MAX_KEEPALIVE_MS / 1_000}s`, '1m, or off');
}

async function parseTos(text: string): Promise<number> {
  const { parseTypeOfService } = await import('../net/socket-options.ts');
  return named('option --tos', parseTypeOfService, text);
}
