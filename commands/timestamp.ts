/** The chapter's timestamp client: sends lines, prints them back with the server's time in front. */

import { defineCommand } from '../src/cli/command.ts';
import { TALK_OPTIONS, TALK_POSITIONALS, talk } from '../src/cli/talk.ts';
import { timestamp } from '../src/services/timestamp.ts';

/** The `timestamp` command. */
export const timestampCommand = defineCommand({
  name: 'timestamp',
  summary: 'Sends what you type to a timestamp server and prints it back with the time in front',
  details: 'At a terminal an empty line or ^D ends it. In a pipe it is a filter.',
  positionals: TALK_POSITIONALS,
  options: {
    reconnect: { type: 'flag', describe: 'one connection for each message, for servers that answer once' },
    ...TALK_OPTIONS,
  },
  examples: [
    {
      line: 'echo hello | nettk timestamp 127.0.0.1:7567',
      does: 'a filter over TCP',
      servers: { 7567: 'timestamp-server' },
      prints: /^\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\] hello\n$/,
    },
    {
      line: "printf 'one\\ntwo\\n' | nettk timestamp --reconnect 127.0.0.1 7567",
      does: 'a connection for each line',
      servers: { 7567: 'timestamp-server --once' },
      prints: /^\[.+\] one\n\[.+\] two\n$/,
    },
    {
      line: 'echo hello | nettk timestamp --udp 127.0.0.1:7567 --json',
      does: 'a datagram, the answer as JSON',
      servers: { 7567: 'timestamp-server' },
      prints: /^\{"answer":"\[.+\] hello"\}\n$/,
    },
  ],
  run: (args, io) => talk(args, io, timestamp),
});
