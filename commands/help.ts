/** `nettk help`: the same as --help. */

import { type Command, defineCommand } from '../src/cli/command.ts';

/** Makes the help command over a table of commands, which is asked for when it runs. */
export function createHelpCommand(table: () => readonly Command[]) {
  return defineCommand({
    name: 'help',
    summary: 'Shows help about nettk or one command',
    positionals: { command: { type: 'text', describe: 'the command; left out, all of them' } },
    examples: [
      { line: 'nettk help', does: 'lists the commands', prints: /^A network toolkit[\s\S]*$/ },
      { line: 'nettk help version', does: 'tells about one', prints: /^Shows the version[\s\S]*$/ },
    ],
    async run({ command: name, color }, io) {
      const help = await import('../src/cli/help.ts');
      const { createPalette } = await import('../src/cli/color.ts');
      const palette = createPalette(color, 'stdout', io);
      if (name === undefined) return io.write(help.overview(table(), palette));
      const command = table().find((each) => each.name === name);
      if (command !== undefined) return io.write(help.commandHelp(command, palette));
      throw (await import('../src/cli/parse.ts')).unknownCommandError(name, table());
    },
  });
}
