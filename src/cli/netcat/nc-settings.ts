/** What the letters of OpenBSD's nc mean: its options become the settings of a netcat run. */

import type { EndPolicy } from '../../clients/converse.ts';
import { usageError } from '../../errors.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { CommonValues } from '../command.ts';
import type { Io } from '../io.ts';
import { netcatFamily } from '../netcat-options.ts';
import type { NcValues } from './nc-options.ts';
import { ncVoice } from './nc-voice.ts';
import type { ConnectSettings, ListenSettings, NetcatSettings } from './settings.ts';

/** How long a connection is waited for without -w, in milliseconds: nc has no limit, the system has this one or less. */
const CONNECT_TIMEOUT_MS = 130_000;
/** UDP has no end: after the input's, this much silence is one, in milliseconds. */
const UDP_SILENCE_MS = 1_000;
/** How long `-z` waits for an answer over UDP, in milliseconds: nc sends for some 3 s. */
const PROBE_WAIT_MS = 3_000;
/** How long clients may finish after the first signal, in milliseconds. */
const GRACE_MS = 5_000;

type Values = NcValues & CommonValues;

/** What `nc HOST PORT…` does. @throws NettkError `USAGE` */
export async function ncConnect(endpoints: readonly Endpoint[], args: Values, io: Io): Promise<ConnectSettings> {
  if (args.keepOpen) throw usageError('option -k', 'goes with -l only');
  const { parsePort } = await import('../../net/ports.ts');
  return {
    voice: ncVoice(endpoints, args.verbose, io),
    endpoints,
    dial: {
      connectTimeoutMs: args.timeout ?? CONNECT_TIMEOUT_MS,
      family: netcatFamily(args),
      localAddress: args.source,
      localPort: args.sourcePort === undefined ? undefined : parsePort(args.sourcePort),
      broadcast: args.broadcast || undefined,
      typeOfService: args.tos === undefined ? undefined : await tosOf(args.tos),
    },
    policy: policyOf(args),
    shapes: shapesOf(args),
    retries: 0,
    zero: args.zero ? { datagramWaitMs: PROBE_WAIT_MS } : undefined,
    rawOutput: true,
  };
}

/** What `nc -l` does. @throws NettkError `USAGE` */
export function ncListen(endpoint: Endpoint, args: Values, io: Io): ListenSettings {
  if (args.zero) throw usageError('option -z', 'does not go with -l');
  return {
    voice: ncVoice([endpoint], args.verbose, io),
    endpoints: [endpoint],
    listen: {},
    shapes: shapesOf(args),
    policy: { ...policyOf(args), idle: undefined, silenceAfterEof: quitAfter(args) },
    keepOpen: args.keepOpen,
    graceMs: GRACE_MS,
    rawOutput: true,
  };
}

function shapesOf({ crlf, telnet, interval }: Values): NetcatSettings['shapes'] {
  return crlf || telnet || interval ? { crlf, telnet, lineDelayMs: interval || undefined } : undefined;
}

/** nc ends its side of a connection only when told to: -N, or -q. */
function policyOf(args: Values): EndPolicy {
  const afterEof = quitAfter(args);
  return {
    afterEof,
    silenceAfterEof: afterEof ?? { ms: UDP_SILENCE_MS, exit: 0 },
    idle: args.timeout === undefined ? undefined : { ms: args.timeout, exit: 0 },
    recvOnly: args.noStdin,
    noShutdown: !args.shutdown && afterEof === undefined,
  };
}

/** A negative time is for ever; so is none. */
function quitAfter({ quitAfter: typed }: Values): EndPolicy['afterEof'] {
  if (typed === undefined) return undefined;
  const seconds = Number(typed);
  if (!/^-?\d{1,6}$/.test(typed)) throw usageError(`option -q ${JSON.stringify(typed)}`, 'not a number of seconds');
  return seconds < 0 ? undefined : { ms: Math.max(1, seconds * 1_000), exit: 0 };
}

async function tosOf(keyword: string): Promise<number> {
  const { parseTypeOfService } = await import('../../net/socket-options.ts');
  return parseTypeOfService(keyword);
}
