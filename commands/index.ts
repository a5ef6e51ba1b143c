/** Every command, a line each; help shows them in this order. */

import type { Command } from '../src/cli/command.ts';
import { services } from '../src/services/index.ts';
import { addressCommand } from './address.ts';
import { chatCommand } from './chat.ts';
import { commandCommand } from './command.ts';
import { createCompletionCommand } from './completion.ts';
import { connectCommand } from './connect.ts';
import { daytimeCommand } from './daytime.ts';
import { echoCommand } from './echo.ts';
import { createHelpCommand } from './help.ts';
import { listenCommand } from './listen.ts';
import { nameCommand } from './name.ts';
import { ncCommand } from './nc.ts';
import { ncatCommand } from './ncat.ts';
import { portCommand } from './port.ts';
import { portsCommand } from './ports.ts';
import { relayCommand } from './relay.ts';
import { serveCommand } from './serve.ts';
import { createServerCommand } from './server.ts';
import { sleepCommand } from './sleep.ts';
import { timeCommand } from './time.ts';
import { timestampCommand } from './timestamp.ts';
import { versionCommand } from './version.ts';
import { webCommand } from './web.ts';

/** The command table. */
export const commands: readonly Command[] = [
  ...services.map(createServerCommand),
  serveCommand,
  connectCommand,
  listenCommand,
  ncCommand,
  ncatCommand,
  relayCommand,
  daytimeCommand,
  timeCommand,
  echoCommand,
  timestampCommand,
  sleepCommand,
  commandCommand,
  chatCommand,
  nameCommand,
  webCommand,
  addressCommand,
  portCommand,
  portsCommand,
  versionCommand,
  createCompletionCommand(() => commands),
  createHelpCommand(() => commands),
];
