/** netcat's first half: standard input to a peer, the peer to standard output. */

import { VIA_OPTION } from '../src/cli/client-options.ts';
import { type CommonValues, defineCommand } from '../src/cli/command.ts';
import type { Io } from '../src/cli/io.ts';
import {
  clientPolicy,
  datagramWait,
  NETCAT_OPTIONS,
  netcatEndpoint,
  netcatFamily,
  netcatShared,
  PROGRAM_DETAILS,
} from '../src/cli/netcat-options.ts';
import type { OptionSpecs, OptionValues } from '../src/cli/option.ts';
import type { ReachValues } from '../src/cli/reach.ts';
import { CONNECT_SOCKET_OPTIONS, connectSocketOptions } from '../src/cli/socket-options.ts';
import { TLS_CLIENT_OPTIONS, tlsClientOptions } from '../src/cli/tls-options.ts';
import { WS_CLIENT_OPTIONS, wsClientOptions } from '../src/cli/ws-options.ts';
import { usageError } from '../src/errors.ts';
import type { Endpoint } from '../src/net/endpoint.ts';

const POSITIONALS = {
  target: { type: 'text', required: true, describe: 'HOST:PORT, scheme://HOST:PORT, unix:/PATH, or HOST' },
  port: { type: 'text', describe: 'port or service name, where TARGET has none' },
} as const;

const OPTIONS = {
  ...NETCAT_OPTIONS,
  ...CONNECT_SOCKET_OPTIONS,
  ...TLS_CLIENT_OPTIONS,
  ...WS_CLIENT_OPTIONS,
  ...VIA_OPTION,
  wait: {
    type: 'duration',
    alias: 'w',
    default: '10s',
    min: 1,
    describe: 'how long to wait for the connection',
  },
  source: { type: 'text', alias: 's', placeholder: 'ADDRESS', describe: 'connect from this address' },
  'source-port': { type: 'port', alias: 'p', describe: 'connect from this port' },
  retry: {
    type: 'integer',
    default: '0',
    min: 0,
    max: 1_000_000,
    placeholder: 'N',
    describe: 'try a connection that cannot be had N more times, later and later',
  },
  zero: { type: 'flag', alias: 'z', describe: 'only connect, say so, close; over UDP see whether the port refuses' },
} as const satisfies OptionSpecs;

type ConnectValues = OptionValues<typeof POSITIONALS> & OptionValues<typeof OPTIONS> & CommonValues;

/** The `connect` command. */
export const connectCommand = defineCommand({
  name: 'connect',
  summary: 'Connects standard input and output to a peer: TCP, UDP, Unix, TLS, WebSocket',
  details:
    'At the end of standard input our side is half-closed and the reading goes on; at the end of the peer everything is ' +
    'written and the command ends, whether standard input is still open or not. ' +
    PROGRAM_DETAILS,
  positionals: POSITIONALS,
  options: OPTIONS,
  examples: [
    {
      line: 'echo hello | nettk connect 127.0.0.1:7007',
      does: 'send a line, print the answer',
      servers: { 7007: 'echo-server' },
      prints: /^hello\n$/,
    },
    {
      line: 'echo hi | nettk connect -u 127.0.0.1 7007',
      does: 'the same over UDP',
      servers: { 7007: 'echo-server' },
      prints: /^hi\n$/,
    },
    {
      line: 'echo hi | nettk connect --insecure tls://127.0.0.1:7007',
      does: 'over TLS, whatever certificate the server shows',
      servers: { 7007: 'echo-server --tls' },
      prints: /^hi\n$/,
    },
    {
      line: 'echo hi | nettk connect ws://127.0.0.1:7007',
      does: 'over WebSocket',
      servers: { 7007: 'echo-server --ws' },
      prints: /^hi\n$/,
    },
    {
      line: "nettk connect -c 'read answer' --retry 3 127.0.0.1:7013",
      does: 'a program talks; tried again where nobody listens yet',
      servers: { 7013: 'daytime-server' },
    },
    { line: 'nettk connect -z 127.0.0.1:7007', does: 'is the port open?', servers: { 7007: 'echo-server' } },
  ],
  async run(args, io) {
    const { connectAndTalk } = await import('../src/cli/netcat/connect.ts');
    const [endpoint, ...others] = await endpointsOf(args, io);
    const { connectVoice } = await import('../src/cli/netcat/nettk-voice.ts');
    return connectAndTalk(
      {
        ...(await netcatShared(args, io)),
        voice: connectVoice(args, io),
        endpoints: [endpoint],
        instead: { name: args.target, endpoints: others },
        dial: {
          connectTimeoutMs: args.wait,
          family: netcatFamily(args),
          localAddress: args.source,
          localPort: args.sourcePort,
          ...(await connectSocketOptions(args)),
          tls: await tlsClientOptions(args, endpoint, io),
          ws: await wsClientOptions(args, endpoint),
        },
        policy: clientPolicy(args),
        retries: args.retry,
        zero: args.zero ? { datagramWaitMs: datagramWait(args) } : undefined,
      },
      io,
    );
  },
});

/** What was typed; with --via all that the name server knows, as far as they are of the same kind as the first. */
async function endpointsOf(args: ConnectValues, io: Io): Promise<readonly [Endpoint, ...Endpoint[]]> {
  if (args.via === undefined) return [await netcatEndpoint(args.target, args.port, args)];
  if (args.unix) throw usageError('options --unix and --via', 'contradict each other');
  const { reach } = await import('../src/cli/reach.ts');
  const { ca, pin, insecure, cert, key, tls } = args;
  // With --tls they are for the service, whatever it is registered as.
  const trust = tls ? {} : { ca, pin, insecure, cert, key };
  const asked = { host: args.target, port: args.port, udp: args.udp, via: args.via, timeout: args.wait };
  const defaults = { service: args.target, port: 0, scheme: 'tcp' } as const;
  const { targets } = await reach({ ...asked, ...trust, verbose: args.verbose } as ReachValues, defaults, io);
  const [{ endpoint }, ...others] = targets;
  return [endpoint, ...others.map((one) => one.endpoint).filter(({ scheme }) => scheme === endpoint.scheme)];
}
