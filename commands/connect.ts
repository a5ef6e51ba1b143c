/** netcat's first half: standard input to a peer, the peer to standard output. */

import { defineCommand } from '../src/cli/command.ts';
import {
  clientPolicy,
  datagramWait,
  NETCAT_OPTIONS,
  netcatEndpoint,
  netcatFamily,
  netcatShared,
  PROGRAM_DETAILS,
} from '../src/cli/netcat-options.ts';
import { CONNECT_SOCKET_OPTIONS, connectSocketOptions } from '../src/cli/socket-options.ts';
import { TLS_CLIENT_OPTIONS, tlsClientOptions } from '../src/cli/tls-options.ts';
import { WS_CLIENT_OPTIONS, wsClientOptions } from '../src/cli/ws-options.ts';

/** The `connect` command. */
export const connectCommand = defineCommand({
  name: 'connect',
  summary: 'Connects standard input and output to a peer: TCP, UDP, Unix, TLS, WebSocket',
  details:
    'At the end of standard input our side is half-closed and the reading goes on; at the end of the peer everything is ' +
    'written and the command ends, whether standard input is still open or not. ' +
    PROGRAM_DETAILS,
  positionals: {
    target: { type: 'text', required: true, describe: 'HOST:PORT, scheme://HOST:PORT, unix:/PATH, or HOST' },
    port: { type: 'text', describe: 'port or service name, where TARGET has none' },
  },
  options: {
    ...NETCAT_OPTIONS,
    ...CONNECT_SOCKET_OPTIONS,
    ...TLS_CLIENT_OPTIONS,
    ...WS_CLIENT_OPTIONS,
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
  },
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
    const endpoint = await netcatEndpoint(args.target, args.port, args);
    const { connectVoice } = await import('../src/cli/netcat/nettk-voice.ts');
    return connectAndTalk(
      {
        ...(await netcatShared(args, io)),
        voice: connectVoice(args, io),
        endpoints: [endpoint],
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
