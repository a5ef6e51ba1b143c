/** Every command, a line each; help shows them in this order. */

import type { Command } from '../src/cli/command.ts';
import { services } from '../src/services/index.ts';
import { createHelpCommand } from './help.ts';
import { serveCommand } from './serve.ts';
import { createServerCommand } from './server.ts';
import { versionCommand } from './version.ts';

/** The command table. */
export const commands: readonly Command[] = [
  ...services.map(createServerCommand),
  serveCommand,
  versionCommand,
  createHelpCommand(() => commands),
];
