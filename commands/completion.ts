/** `nettk completion`: the scripts that make a shell complete nettk. */

import { type Command, defineCommand } from '../src/cli/command.ts';
import { SHELLS } from '../src/cli/shells.ts';

/** Makes the completion command over a table of commands, which is asked for when it runs. */
export function createCompletionCommand(table: () => readonly Command[]) {
  return defineCommand({
    name: 'completion',
    summary: 'Prints a completion script for a shell',
    positionals: {
      shell: { type: 'text', required: true, choices: SHELLS, describe: 'bash, zsh or fish' },
    },
    examples: [
      { line: 'source <(nettk completion bash)', does: 'completes in this bash from now on' },
      { line: 'nettk completion zsh', does: 'prints the script for zsh', prints: /^#compdef nettk\n[\s\S]*$/ },
      { line: 'nettk completion fish', does: 'prints the script for fish', prints: /^# fish [\s\S]*$/ },
    ],
    async run({ shell }, io) {
      const { completionScript } = await import('../src/cli/completion.ts');
      await io.write(completionScript(SHELLS.find((name) => name === shell) ?? 'bash', table()));
    },
  });
}
