/** Chat: rooms for plain lines, IRC clients and browsers on one port (docs/chat.md). */

import type { House } from './chat/house.ts';
import { ROOM_OPTIONS } from './chat/room-options.ts';
import { defineService } from './service.ts';

const talk = (): Promise<typeof import('./chat/session.ts')> => import('./chat/session.ts');

/** The chat service. */
export const chat = defineService({
  name: 'chat',
  summary: 'Lets people talk in rooms: plain lines (nc), IRC clients and browsers on one port',
  port: 6_667,
  options: {
    ...ROOM_OPTIONS,
    'web-port': {
      type: 'port',
      describe: 'listen there too: browsers refuse to open 6667, so the chat page needs another port',
    },
    'web-origin': {
      type: 'list',
      placeholder: 'URL',
      describe: 'let the chat be asked for by this name, and its pages in: what a proxy before it shows; * is any',
    },
    history: {
      type: 'integer',
      default: '200',
      min: 0,
      max: 10_000,
      placeholder: 'N',
      describe: 'messages that a room remembers for newcomers; 0 is none',
    },
    password: { type: 'text', describe: 'let in only who knows it' },
    'operator-password': {
      type: 'text',
      placeholder: 'PASSWORD',
      describe: 'who knows it may become operator (/oper)',
    },
    flood: {
      type: 'text',
      placeholder: 'BURST/PERIOD',
      describe: 'how much a client may say (10/5s, not for this machine); it waits then, and loses nothing',
    },
    'ping-timeout': {
      type: 'duration',
      default: '2m',
      min: 100,
      describe: 'a client that does not answer for this long is gone',
    },
    motd: { type: 'path', placeholder: 'FILE', describe: 'the message of the day, for IRC clients' },
    'audit-log': { type: 'path', placeholder: 'FILE', describe: 'add who comes, goes and moves to this file, as JSON' },
  },
  // What talks is loaded by the servers that need it, and not by every command.
  setup: async (options, server): Promise<House> => (await import('./chat/open-house.ts')).openHouse(options, server),
  close: ({ audit }) => audit.close(),
  faces: [
    {
      name: 'web',
      option: 'web-port',
      session: (conn, context) => talk().then(({ serveWebChat }) => serveWebChat(conn, context)),
    },
  ],
  session: (conn, context) => talk().then(({ serveChat }) => serveChat(conn, context)),
});
