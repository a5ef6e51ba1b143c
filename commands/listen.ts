/** netcat's other half: waits for a peer, then joins it to standard input and output. */

import { defineCommand } from '../src/cli/command.ts';
import { GATE_OPTIONS, openGateOf } from '../src/cli/gate-options.ts';
import { JOIN_OPTIONS, planJoining } from '../src/cli/join-options.ts';
import {
  NETCAT_OPTIONS,
  netcatEndpoints,
  netcatPolicy,
  netcatShared,
  PROGRAM_DETAILS,
} from '../src/cli/netcat-options.ts';
import { LISTEN_SOCKET_OPTIONS, listenSocketOptions } from '../src/cli/socket-options.ts';
import { TLS_SERVER_OPTIONS, tlsServerOptions } from '../src/cli/tls-options.ts';
import { WS_SERVER_OPTIONS, wsServerOptions } from '../src/cli/ws-options.ts';
import { usageError } from '../src/errors.ts';

/** The `listen` command. */
export const listenCommand = defineCommand({
  name: 'listen',
  summary: 'Waits for a peer and connects it to standard input and output: TCP, UDP, Unix, TLS, WebSocket',
  details:
    'Takes one client, then ends; further clients are refused. With -k it goes on: clients are served side by side, what ' +
    'any of them sends is printed, what comes on standard input goes to all of them. Over UDP a client is whoever sends. ' +
    PROGRAM_DETAILS,
  positionals: {
    target: {
      type: 'text',
      default: '0',
      describe:
        'PORT, HOST:PORT or unix:/PATH; ports may be a list, 8000,8002-8005; 127.0.0.1 and a free port left out',
    },
  },
  options: {
    ...NETCAT_OPTIONS,
    ...LISTEN_SOCKET_OPTIONS,
    ...GATE_OPTIONS,
    ...TLS_SERVER_OPTIONS,
    ...WS_SERVER_OPTIONS,
    'keep-open': { type: 'flag', alias: 'k', describe: 'go on after the first client' },
    broker: { type: 'flag', describe: 'what a client sends goes to all others too; implies -k' },
    chat: { type: 'flag', describe: 'the same line by line, with the speaker in front; tells who comes and goes' },
    'max-connections': { type: 'integer', alias: 'm', min: 1, max: 1_000_000, describe: 'clients at once with -k' },
    grace: {
      type: 'duration',
      default: '5s',
      describe: 'with -k: how long clients may finish after the first ^C',
    },
    ...JOIN_OPTIONS,
  },
  examples: [
    { line: 'nettk listen 127.0.0.1:0 -k', does: 'print what any client sends, on a free port', serves: true },
    { line: 'nettk listen --chat 127.0.0.1:0', does: 'a chat: everybody hears everybody else', serves: true },
    { line: "nettk listen -k -e 'tr a-z A-Z' 127.0.0.1:0", does: 'a program for each client', serves: true },
    { line: 'nettk listen -k -U ./in.sock --recv-only', does: 'collect from a Unix socket', serves: true },
  ],
  async run(args, io) {
    if ((args.broker || args.chat) && (args.exec ?? args.shExec) !== undefined) {
      const [many, program] = [args.chat ? 'chat' : 'broker', args.exec === undefined ? 'sh-exec' : 'exec'];
      throw usageError(`options --${many} and --${program}`, 'contradict each other');
    }
    const keepOpen = args.keepOpen || args.broker || args.chat;
    if (args.register !== undefined && !keepOpen) {
      throw usageError('option --register', 'it is for a listener that goes on', '-k');
    }
    const { listenAndTalk } = await import('../src/cli/netcat/listen.ts');
    const endpoints = await netcatEndpoints(args.target, args, args.ipv6 ? '::1' : '127.0.0.1');
    const { listenVoice } = await import('../src/cli/netcat/nettk-voice.ts');
    return listenAndTalk(
      {
        ...(await netcatShared(args, io)),
        voice: listenVoice(args, io),
        endpoints,
        listen: {
          maxConnections: args.maxConnections,
          gate: await openGateOf(args, io),
          ...(await listenSocketOptions(args)),
          tls: await tlsServerOptions(args, endpoints),
          ws: wsServerOptions(args, endpoints, true),
        },
        policy: netcatPolicy(args),
        keepOpen,
        join: await planJoining(args, [undefined], io),
        broker: args.broker || args.chat ? { chat: args.chat, prints: true } : undefined,
        graceMs: args.grace,
      },
      io,
    );
  },
});
