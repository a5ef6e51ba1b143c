/** Sends lines to an echo server and prints what comes back (RFC 862). */

import { defineCommand } from '../src/cli/command.ts';
import { TALK_OPTIONS, TALK_POSITIONALS, talk } from '../src/cli/talk.ts';

/** The `echo` command. */
export const echoCommand = defineCommand({
  name: 'echo',
  summary: 'Sends what you type to an echo server and prints what comes back (RFC 862)',
  details: 'At a terminal an empty line or ^D ends it. In a pipe it is a filter: bytes go through as they are.',
  positionals: TALK_POSITIONALS,
  options: TALK_OPTIONS,
  examples: [
    {
      line: 'echo hello | nettk echo 127.0.0.1:7007',
      does: 'a filter over TCP',
      servers: { 7007: 'echo-server' },
      prints: /^hello\n$/,
    },
    {
      line: 'seq 3 | nettk echo --udp 127.0.0.1 7007',
      does: 'a datagram for each line',
      servers: { 7007: 'echo-server' },
      prints: /^1\n2\n3\n$/,
    },
  ],
  run: (args, io) => talk(args, io, { name: 'echo', port: 7 }),
});
