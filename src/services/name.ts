/** The name server: who is registered under a name, how they are, who asked; plain lines for people and programs. */

import { NAME_PORT } from '../protocols/name-line.ts';
import type { NameHouse } from './name/house.ts';
import { defineService } from './service.ts';

/** The longest time between two checks, and the longest that the log goes back, in milliseconds. */
const DAY_MS = 86_400_000;

/** The name service. */
export const name = defineService({
  name: 'name',
  summary: 'Registers services by name, checks them, and tells who asks where they are',
  port: NAME_PORT,
  options: {
    db: { type: 'path', describe: 'keep everything in this SQLite file; in memory without it' },
    interval: {
      type: 'duration',
      default: '5s',
      min: 50,
      max: DAY_MS,
      describe: 'from one check to the next, at most',
    },
    timeout: { type: 'duration', default: '1s', min: 10, max: 60_000, describe: 'how long a check may take' },
    fail: { type: 'integer', default: '3', min: 1, max: 1_000, describe: 'failures in a row that make a server down' },
    rise: { type: 'integer', default: '2', min: 1, max: 1_000, describe: 'passes in a row that make it up again' },
    'drop-after': {
      type: 'integer',
      default: '6',
      min: 0,
      max: 1_000_000,
      describe: 'failures in a row that drop it; 0 is never',
    },
    'allow-net': {
      type: 'networks',
      describe: 'check addresses there too, not only the own address of who registers',
    },
    token: {
      type: 'text',
      placeholder: 'TOKEN|@FILE',
      describe: 'needed to register; without it anybody may',
    },
    'admin-token': {
      type: 'text',
      placeholder: 'TOKEN|@FILE',
      describe: "needed to change what is others'",
    },
    'log-age': {
      type: 'duration',
      default: '30d',
      min: 1_000,
      max: 3_650 * DAY_MS,
      describe: 'how far the log goes back',
    },
    'log-records': { type: 'integer', default: '1000000', min: 1, max: 1e9, describe: 'how many records the log has' },
  },
  // What serves is loaded by the servers that need it, and not by every command.
  setup: async (options, server): Promise<NameHouse> =>
    (await import('./name/house.ts')).NameHouse.open(options, server),
  close: (house) => house.close(),
  session: async (conn, context) => {
    const { serveNameLines } = await import('./name/line-session.ts');
    return serveNameLines(conn, context.state, context);
  },
});
