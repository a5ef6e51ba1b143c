/** What connect and listen share: options, and how they become settings. */

import type { EndPolicy, TimeLimit } from '../clients/converse.ts';
import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { OUTPUT_OPTIONS } from './client-options.ts';
import type { CommonValues } from './command.ts';
import type { Io } from './io.ts';
import type { NetcatSettings, ProgramChoice } from './netcat/settings.ts';
import type { OptionSpecs, OptionValues } from './option.ts';
import { SHAPE_OPTIONS, shapeSettings } from './shape-options.ts';

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
  idle: { type: 'duration', alias: 'i', min: 1, describe: 'fail when nothing moved for this long' },
  'after-eof': {
    type: 'duration',
    alias: 'q',
    describe: 'quit this long after the end of standard input (UDP: of silence then, 1s)',
  },
  'send-only': { type: 'flag', describe: 'send standard input, print nothing, quit at its end' },
  'recv-only': { type: 'flag', describe: 'print what comes, send nothing' },
  'no-shutdown': { type: 'flag', describe: 'keep our side open at the end of standard input' },
  'wait-stdin': { type: 'flag', describe: "after the peer's end, go on sending until the end of standard input" },
  exec: {
    type: 'text',
    alias: 'e',
    placeholder: 'PROGRAM',
    describe: 'run this program, words parted by blanks, in place of standard input and output',
  },
  'sh-exec': { type: 'text', alias: 'c', placeholder: 'COMMAND', describe: 'the same with a line for /bin/sh' },
  ...SHAPE_OPTIONS,
  ...OUTPUT_OPTIONS,
} as const satisfies OptionSpecs;

/** What help says of programs, for both. */
export const PROGRAM_DETAILS =
  'A program (-e, -c) reads from the connection and writes to it; NETTK_REMOTE_ADDR, NETTK_REMOTE_PORT, NETTK_LOCAL_ADDR, ' +
  "NETTK_LOCAL_PORT and NETTK_PROTO tell it who is there, and its exit status is the command's. In the words of -e a " +
  'backslash takes the next character as it is, and quotes mean nothing.';

/** Their values. */
export type NetcatValues = OptionValues<typeof NETCAT_OPTIONS>;

/** Those that choose the way. */
type WayValues = Pick<NetcatValues, 'udp' | 'unix' | 'ipv4' | 'ipv6'>;

/** An option's name, and whether it was given. */
type Given = readonly [string, boolean];

/** Refuses pairs that contradict each other, by name. */
function refusePairs(...pairs: readonly (readonly [Given, Given])[]): void {
  for (const [[one, hasOne], [other, hasOther]] of pairs) {
    if (hasOne && hasOther) throw usageError(`options --${one} and --${other}`, 'contradict each other');
  }
}

function checkWay(args: WayValues): void {
  const [udp, unix, ipv4, ipv6] = (['udp', 'unix', 'ipv4', 'ipv6'] as const).map((name): Given => [name, args[name]]);
  if (udp && unix && ipv4 && ipv6) refusePairs([ipv4, ipv6], [udp, unix], [unix, ipv4], [unix, ipv6]);
}

function checkShared(args: NetcatValues): void {
  const receives: Given = ['recv-only', args.recvOnly];
  refusePairs(
    [['send-only', args.sendOnly], receives],
    [receives, ['wait-stdin', args.waitStdin]],
    [
      ['exec', args.exec !== undefined],
      ['sh-exec', args.shExec !== undefined],
    ],
  );
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
  args: WayValues,
  host?: string,
): Promise<Endpoint> {
  checkWay(args);
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
export async function netcatEndpoints(target: string, args: WayValues, host: string): Promise<Endpoint[]> {
  const list = /^(.*:)?(\d+-\d+|[\w-]+(?:,[\w-]+)+)(\/.*)?$/.exec(target);
  if (!list || args.unix || target.startsWith('unix:')) return [await netcatEndpoint(target, undefined, args, host)];
  const [, before = '', ports = '', after = ''] = list;
  const { parsePortList } = await import('../net/port-list.ts');
  const protocol = args.udp || before.startsWith('udp:') ? 'udp' : 'tcp';
  const targets = parsePortList(ports, protocol).map((port) => `${before}${port}${after}`);
  return Promise.all(targets.map((one) => netcatEndpoint(one, undefined, args, host)));
}

/** What connect and listen have in common, as the options say. */
export async function netcatShared(
  args: NetcatValues & CommonValues & { readonly datagram: string },
  io: Io,
): Promise<Pick<NetcatSettings, 'rawOutput' | 'datagrams' | 'shapes' | 'program'>> {
  checkShared(args);
  return {
    rawOutput: args.rawOutput,
    datagrams: args.datagram === 'line' ? 'line' : 'chunk',
    shapes: shapeSettings(args, io),
    program: await programChoice(args),
  };
}

async function programChoice({ exec, shExec }: NetcatValues): Promise<ProgramChoice | undefined> {
  if (exec === undefined && shExec === undefined) return undefined;
  const { programOf, shellCommandOf } = await import('../clients/program-host.ts');
  return { command: exec === undefined ? shellCommandOf(shExec ?? '') : programOf(exec), prefixes: ['NETTK'] };
}

/** How long `-z` waits for an answer over UDP, in milliseconds. */
export function datagramWait(args: NetcatValues): number {
  return args.afterEof ?? UDP_SILENCE_MS;
}

/** The family asked for; for nc and ncat too. */
export function netcatFamily(args: Pick<WayValues, 'ipv4' | 'ipv6'>): 4 | 6 | undefined {
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
