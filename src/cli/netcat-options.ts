/** What connect and listen share: options, and how they become settings. */

import type { EndPolicy, TimeLimit } from '../clients/converse.ts';
import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { OUTPUT_OPTIONS } from './client-options.ts';
import type { OptionSpecs, OptionValues } from './option.ts';

/** The longest time a timer takes, in milliseconds. */
const MAX_TIMER_MS = 2_147_483_647;
/** UDP has no end: after the input's, this much silence is one, in milliseconds. */
const UDP_SILENCE_MS = 1_000;
/** Stands for a port that was not typed; no real one is negative. */
const NO_PORT = -1;

/** Shared by connect and listen. */
export const NETCAT_OPTIONS = {
  udp: { type: 'flag', alias: 'u', describe: 'UDP instead of TCP' },
  unix: { type: 'flag', alias: 'U', describe: 'the target is the path of a Unix socket' },
  ipv4: { type: 'flag', alias: '4', describe: 'IPv4 only' },
  ipv6: { type: 'flag', alias: '6', describe: 'IPv6 only' },
  idle: { type: 'duration', alias: 'i', min: 1, max: MAX_TIMER_MS, describe: 'fail when nothing moved for this long' },
  'after-eof': {
    type: 'duration',
    alias: 'q',
    max: MAX_TIMER_MS,
    describe: 'quit this long after the end of standard input (UDP: of silence then, 1s)',
  },
  'send-only': { type: 'flag', describe: 'send standard input, print nothing, quit at its end' },
  'recv-only': { type: 'flag', describe: 'print what comes, send nothing' },
  'no-shutdown': { type: 'flag', describe: 'keep our side open at the end of standard input' },
  'wait-stdin': { type: 'flag', describe: "after the peer's end, go on sending until the end of standard input" },
  ...OUTPUT_OPTIONS,
} as const satisfies OptionSpecs;

/** Their values. */
export type NetcatValues = OptionValues<typeof NETCAT_OPTIONS>;

/** Refuses what contradicts itself, each pair by name. */
export function checkNetcatOptions(args: NetcatValues): void {
  const pairs = [
    ['send-only', args.sendOnly, 'recv-only', args.recvOnly],
    ['recv-only', args.recvOnly, 'wait-stdin', args.waitStdin],
    ['ipv4', args.ipv4, 'ipv6', args.ipv6],
    ['udp', args.udp, 'unix', args.unix],
    ['unix', args.unix, 'ipv4', args.ipv4],
    ['unix', args.unix, 'ipv6', args.ipv6],
  ] as const;
  for (const [one, hasOne, other, hasOther] of pairs) {
    if (hasOne && hasOther) throw usageError(`options --${one} and --${other}`, 'contradict each other');
  }
}

/**
 * The endpoint that a target and an optional port word name; `-u` and `-U` choose the scheme.
 *
 * @param host stands in where the target is a bare port
 * @throws NettkError where they are not an endpoint
 */
export async function netcatEndpoint(
  target: string,
  port: string | undefined,
  args: NetcatValues,
  host?: string,
): Promise<Endpoint> {
  checkNetcatOptions(args);
  const { parseEndpoint, protocolOf } = await import('../net/endpoint.ts');
  if (args.unix) {
    if (port !== undefined) throw usageError(`port ${JSON.stringify(port)}`, 'a Unix socket has none');
    return parseEndpoint(target.startsWith('unix:') ? target : `unix:${target}`);
  }
  const { parsePort } = await import('../net/ports.ts');
  const scheme = args.udp ? 'udp' : 'tcp';
  const standard = port === undefined ? host !== undefined && { host } : { port: NO_PORT };
  const endpoint = parseEndpoint(target, { scheme, ...standard });
  if (args.udp && endpoint.scheme !== 'udp') throw usageError('option --udp', `contradicts ${target}`);
  if (port === undefined) return endpoint;
  const isBare = endpoint.scheme !== 'unix' && endpoint.port === NO_PORT;
  if (!isBare) throw usageError(`port ${JSON.stringify(port)}`, `${target} says where already`);
  return { ...endpoint, port: parsePort(port, protocolOf(endpoint.scheme)) };
}

/**
 * The endpoints that a target to listen on names: its port may be a list, `8000,8002-8005`.
 *
 * @param host stands in where the target has none
 * @throws NettkError where they are not endpoints
 */
export async function netcatEndpoints(target: string, args: NetcatValues, host: string): Promise<Endpoint[]> {
  const list = /^(.*:)?(\d+-\d+|[\w-]+(?:,[\w-]+)+)(\/.*)?$/.exec(target);
  if (!list || args.unix || target.startsWith('unix:')) return [await netcatEndpoint(target, undefined, args, host)];
  const [, before = '', ports = '', after = ''] = list;
  const { parsePortList } = await import('../net/port-list.ts');
  const protocol = args.udp || before.startsWith('udp:') ? 'udp' : 'tcp';
  const targets = parsePortList(ports, protocol).map((port) => `${before}${port}${after}`);
  return Promise.all(targets.map((one) => netcatEndpoint(one, undefined, args, host)));
}

/** How long `-z` waits for an answer over UDP, in milliseconds. */
export function datagramWait(args: NetcatValues): number {
  return args.afterEof ?? UDP_SILENCE_MS;
}

/** The family asked for. */
export function netcatFamily(args: NetcatValues): 4 | 6 | undefined {
  if (args.ipv4) return 4;
  return args.ipv6 ? 6 : undefined;
}

/** When a conversation is over, as the options say. */
export function netcatPolicy(args: NetcatValues): EndPolicy {
  const afterEof: TimeLimit | undefined = args.afterEof === undefined ? undefined : { ms: args.afterEof, exit: 0 };
  return {
    afterEof,
    silenceAfterEof: afterEof,
    idle: args.idle === undefined ? undefined : { ms: args.idle, exit: 1 },
    sendOnly: args.sendOnly,
    recvOnly: args.recvOnly,
    noShutdown: args.noShutdown,
    waitStdin: args.waitStdin,
  };
}

/** The same for a client: over UDP, which has no end, it waits a second for an answer unless told otherwise. */
export function clientPolicy(args: NetcatValues): EndPolicy {
  const policy = netcatPolicy(args);
  const silence: TimeLimit = { ms: UDP_SILENCE_MS, exit: 0 };
  return { ...policy, silenceAfterEof: policy.silenceAfterEof ?? (args.sendOnly ? undefined : silence) };
}
