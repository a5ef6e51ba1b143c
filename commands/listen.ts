/** netcat's other half: waits for a peer, then joins it to standard input and output. */

import { defineCommand } from '../src/cli/command.ts';
import { NETCAT_OPTIONS, netcatConversation, netcatEndpoint } from '../src/cli/netcat-options.ts';
import { terminalGuard } from '../src/cli/peer-output.ts';
import { printableJson } from '../src/stream/printable.ts';

/** The `listen` command. */
export const listenCommand = defineCommand({
  name: 'listen',
  summary: 'Waits for a TCP, UDP or Unix peer and connects it to standard input and output',
  details:
    'Takes one client, then ends; further clients are refused. With -k it goes on: clients are served side by side, what ' +
    'any of them sends is printed, what comes on standard input goes to all of them. Over UDP a client is whoever sends.',
  positionals: {
    target: {
      type: 'text',
      default: '0',
      describe: 'PORT, HOST:PORT or unix:/PATH; a free port of 127.0.0.1 where left out',
    },
  },
  options: {
    ...NETCAT_OPTIONS,
    'keep-open': { type: 'flag', alias: 'k', describe: 'go on after the first client' },
    'max-connections': { type: 'integer', alias: 'm', min: 1, max: 1_000_000, describe: 'clients at once with -k' },
    grace: {
      type: 'duration',
      default: '5s',
      max: 86_400_000,
      describe: 'with -k: how long clients may finish after the first ^C',
    },
    'raw-output': { type: 'flag', describe: "leave the peers' bytes as they are on a terminal too" },
  },
  examples: [
    { line: 'nettk listen 127.0.0.1:0 -k', does: 'print what any client sends, on a free port', serves: true },
    { line: 'nettk listen -k -U ./in.sock --recv-only', does: 'collect from a Unix socket', serves: true },
  ],
  async run(args, io) {
    const endpoint = await netcatEndpoint(args.target, undefined, args, args.ipv6 ? '::1' : '127.0.0.1');
    const { listenAndTalk } = await import('../src/clients/listen.ts');
    const { formatEndpoint } = await import('../src/net/endpoint.ts');
    const tell = (event: string, facts: Record<string, string>, line: string): void => {
      if (args.json) io.stderr.write(`${printableJson({ event, service: 'listen', ...facts })}\n`);
      else if (event === 'listening' || event === 'refused' || args.verbose > 0) io.note(line);
    };
    const options = netcatConversation(args, endpoint.scheme, io);
    return listenAndTalk(endpoint, {
      ...options,
      output: options.output && terminalGuard(io, options.output, args.rawOutput),
      keepOpen: args.keepOpen,
      maxConnections: args.maxConnections,
      graceMs: args.grace,
      onListening: (bound) =>
        tell('listening', { endpoint: formatEndpoint(bound) }, `listening on ${formatEndpoint(bound)}`),
      onConnected: (peer) =>
        tell('connected', { peer: formatEndpoint(peer) }, `connected from ${formatEndpoint(peer)}`),
      onDisconnected: (peer, reason) =>
        tell(
          'disconnected',
          { peer: formatEndpoint(peer), reason },
          `disconnected from ${formatEndpoint(peer)}${reason && `: ${reason}`}`,
        ),
      onRefused: (peer) =>
        tell('refused', { peer, reason: 'too many connections' }, `refused ${peer}: too many connections`),
    });
  },
});
