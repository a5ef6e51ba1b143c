/** netcat's first half: standard input to a peer, the peer to standard output. */

import { type CommonValues, defineCommand } from '../src/cli/command.ts';
import type { Io } from '../src/cli/io.ts';
import {
  NETCAT_OPTIONS,
  type NetcatValues,
  netcatConversation,
  netcatEndpoint,
  netcatFamily,
} from '../src/cli/netcat-options.ts';
import { terminalGuard } from '../src/cli/peer-output.ts';
import type { Conn } from '../src/net/conn.ts';

/** The `connect` command. */
export const connectCommand = defineCommand({
  name: 'connect',
  summary: 'Connects standard input and output to a TCP, UDP or Unix peer',
  details:
    'At the end of standard input our side is half-closed and the reading goes on; at the end of the peer everything is ' +
    'written and the command ends, whether standard input is still open or not.',
  positionals: {
    target: { type: 'text', required: true, describe: 'HOST:PORT, scheme://HOST:PORT, unix:/PATH, or HOST' },
    port: { type: 'text', describe: 'port or service name, where TARGET has none' },
  },
  options: {
    ...NETCAT_OPTIONS,
    wait: {
      type: 'duration',
      alias: 'w',
      default: '10s',
      min: 1,
      max: 86_400_000,
      describe: 'how long to wait for the connection',
    },
    source: { type: 'text', alias: 's', placeholder: 'ADDRESS', describe: 'connect from this address' },
    'source-port': { type: 'port', alias: 'p', describe: 'connect from this port' },
    zero: { type: 'flag', alias: 'z', describe: 'only connect, say so, close' },
    'raw-output': { type: 'flag', describe: "leave the peer's bytes as they are on a terminal too" },
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
    { line: 'nettk connect -z 127.0.0.1:7007', does: 'is the port open?', servers: { 7007: 'echo-server' } },
  ],
  async run(args, io) {
    const endpoint = await netcatEndpoint(args.target, args.port, args);
    const { dial } = await import('../src/net/dial.ts');
    const { formatEndpoint } = await import('../src/net/endpoint.ts');
    const conn = await dial(endpoint, {
      connectTimeoutMs: args.wait,
      signal: io.signal,
      family: netcatFamily(args),
      localAddress: args.source,
      localPort: args.sourcePort,
    });
    if (args.verbose > 0 || args.zero) io.note(`connected to ${formatEndpoint(conn.peer)}`);
    if (args.zero) {
      conn.on('error', () => {}).destroy();
      return;
    }
    await talk(conn, args, io);
  },
});

async function talk(
  conn: Conn,
  args: NetcatValues & CommonValues & { readonly rawOutput: boolean },
  io: Io,
): Promise<void> {
  const { converse } = await import('../src/clients/converse.ts');
  const options = netcatConversation(args, conn.peer.scheme, io);
  const output = options.output && terminalGuard(io, options.output, args.rawOutput);
  const { sent, received } = await converse(conn, { ...options, output });
  if (args.verbose > 0) io.note(`${sent} bytes sent, ${received} bytes received`);
}
