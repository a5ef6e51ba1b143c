/** The chat client: a person at a terminal, or a filter in a pipe; with --listen the host too. */

import type { ChatHost } from '../src/cli/chat/host.ts';
import { CHAT_OPTIONS, planChat } from '../src/cli/chat/options.ts';
import { VIA_OPTION } from '../src/cli/client-options.ts';
import { defineCommand } from '../src/cli/command.ts';
import { reach } from '../src/cli/reach.ts';
import { usageError } from '../src/errors.ts';
import { ROOM_OPTIONS } from '../src/services/chat/room-options.ts';
import { chat } from '../src/services/chat.ts';

/** A message is a line without its end (IRCv3 WebSocket). */
const IRC_OVER_WEBSOCKET = { lines: true, protocols: ['text.ircv3.net'] };

/** The `chat` command. */
export const chatCommand = defineCommand({
  name: 'chat',
  summary: 'Chats in a room: at a terminal, or as a filter in a pipe; --listen hosts, too',
  details: [
    'Speaks IRC, with any IRC server. At a terminal: /help lists the commands, ^D leaves, ^C too.',
    'In a pipe each line of the input is said in the room, and what others say is printed as `[room] nick: text`; at the end',
    'of the input it waits until the server has taken everything, and leaves.',
    'With --listen it hosts the chat and joins it, on 127.0.0.1 unless an address is given; when it leaves, the chat is over.',
  ].join(' '),
  positionals: {
    host: { type: 'text', describe: 'the server, HOST or HOST:PORT; 127.0.0.1 where left out' },
    port: { type: 'text', describe: 'port or service name; 6667 where left out' },
  },
  options: {
    ...CHAT_OPTIONS,
    ...VIA_OPTION,
    listen: { type: 'flag', alias: 'l', describe: 'host the chat there, and join it' },
    ...ROOM_OPTIONS,
  },
  examples: [
    {
      line: 'echo "the build is done" | nettk chat 127.0.0.1:6667 --nick builder --room ops',
      does: 'say a line in a room',
      servers: { 6667: 'chat-server' },
      prints: /^$/,
    },
    {
      line: 'tail -n 3 /etc/services | nettk chat 127.0.0.1:6667 --nick log --room ops --json',
      does: 'every line of a log, events as JSON',
      servers: { 6667: 'chat-server' },
      prints: /^(\{"event":.*\}\n)+$/,
    },
    {
      line: 'echo hello | nettk chat --listen 127.0.0.1:0 --nick ann',
      does: 'host a chat, and join it',
      prints: /^$/,
    },
    { line: 'nettk chat irc.example.com:6697', does: 'any IRC server', unrun: 'needs the internet' },
    { line: 'echo hello | nettk chat --nick "two words"', does: 'what cannot be a nick is refused', exit: 2 },
  ],
  async run(args, io) {
    const plan = planChat(args, io);
    if (args.listen && args.via !== undefined) throw usageError('options --listen and --via', 'contradict each other');
    refuseHostOptions(args);
    const found = await reach(
      { ...args, host: bareHost(args) },
      { host: '127.0.0.1', service: 'ircd', name: chat.name, port: chat.port, scheme: 'tcp' },
      io,
    );
    const [{ endpoint }] = found.targets;
    if (endpoint.scheme === 'udp') throw usageError('chat', 'not over UDP');
    const { talkChat } = await import('../src/cli/chat/talk.ts');
    const { layersOf } = await import('../src/net/layers.ts');
    const { dial } = await import('../src/net/dial.ts');
    let host: ChatHost | undefined;
    if (args.listen) {
      const { hostChat } = await import('../src/cli/chat/host.ts');
      host = await hostChat(chat, endpoint, args, io);
    }
    try {
      const conn = await found.first((target) =>
        dial(host?.endpoint ?? target.endpoint, {
          connectTimeoutMs: args.timeout,
          signal: io.signal,
          tls: target.tls,
          ws: layersOf(target.endpoint).ws ? IRC_OVER_WEBSOCKET : undefined,
        }),
      );
      await talkChat(conn, args, plan, io);
    } finally {
      await host?.close();
    }
  },
});

/** With --listen a lone number is a port. */
function bareHost({ listen, host, port }: { listen: boolean; host?: string | undefined; port?: string | undefined }) {
  return listen && port === undefined && host !== undefined && /^\d+$/.test(host) ? `127.0.0.1:${host}` : host;
}

function refuseHostOptions(args: { listen: boolean; halfDuplex: boolean; capacity?: number | undefined }): void {
  if (args.listen) return;
  const stray = args.halfDuplex ? 'half-duplex' : args.capacity === undefined ? undefined : 'capacity';
  if (stray !== undefined) throw usageError(`option --${stray}`, 'only the host decides that', '--listen');
}
