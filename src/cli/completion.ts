/** Completion scripts for bash, zsh and fish: made from the command table, so that no Tab starts nettk. */

import { takesValue } from './argv.ts';
import type { Command } from './command.ts';
import type { OptionSpec, PositionalSpecs } from './option.ts';
import { allOptions } from './parse.ts';
import type { Shell } from './shells.ts';

/**
 * The script that makes a shell complete nettk's commands, options and their choices; file names where none fits.
 *
 * @example completionScript('bash', commands)
 */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return { bash, zsh, fish }[shell](commands);
}

/** The words that may stand as arguments: choices of positionals; every command for `help`. */
function argumentWords(command: Command, commands: readonly Command[]): string[] {
  if (command.name === 'help') return commands.map(({ name }) => name);
  const positionals: PositionalSpecs = command.positionals ?? {};
  return Object.values(positionals).flatMap((spec) => spec.choices ?? []);
}

const optionsOf = (command: Command | undefined): [string, OptionSpec][] => Object.entries(allOptions(command));

/** Quotes a word for any of the three shells. */
const quote = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;

/** The words a dash may begin: long options, and short ones where they exist. */
function optionWords(command: Command | undefined): string[] {
  return optionsOf(command).flatMap(([name, { alias }]) => (alias ? [`--${name}`, `-${alias}`] : [`--${name}`]));
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const words = quote(argumentWords(command, commands).join(' '));
    return `    ${command.name}) words=${words} options=${quote(optionWords(command).join(' '))} ;;\n`;
  });
  const names = commands.map(({ name }) => name);
  return `# bash completion for nettk: source <(nettk completion bash)
_nettk() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' words='' options='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} == --color ]]; then ((i++)); continue; fi
    if [[ \${COMP_WORDS[i]} != -* ]]; then command=\${COMP_WORDS[i]}; break; fi
  done
  case $command in
    '') words=${quote(names.join(' '))} options=${quote(optionWords(undefined).join(' '))} ;;
${cases.join('')}  esac
  if [[ $current == -* ]]; then words=$options; fi
  case $command$previous in
${bashChoices(commands)}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _nettk nettk
`;
}

/** After an option with choices, only these fit. */
function bashChoices(commands: readonly Command[]): string {
  return [undefined, ...commands]
    .flatMap((command) =>
      optionsOf(command).flatMap(([name, { choices }]) =>
        choices ? [`    ${command?.name ?? ''}--${name}) words=${quote(choices.join(' '))} ;;\n`] : [],
      ),
    )
    .join('');
}

function zsh(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const words = argumentWords(command, commands);
    const rest = words.length > 0 ? `'*:argument:(${words.join(' ')})'` : `'*:argument:_files'`;
    return `        ${command.name}) _arguments -s ${zshOptions(command)} ${rest} ;;\n`;
  });
  return `#compdef nettk
# zsh completion for nettk: nettk completion zsh > a file named _nettk in a folder of $fpath
_nettk() {
  local state line
  local -a commands=(
${described.join('\n')}
  )
  _arguments -C ${zshOptions(undefined)} '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
${cases.join('')}      esac ;;
  esac
}
if [[ $funcstack[1] == _nettk ]]; then _nettk "$@"; else compdef _nettk nettk; fi
`;
}

function zshOptions(command: Command | undefined): string {
  return optionsOf(command)
    .flatMap(([name, spec]) => {
      const text = `[${spec.describe.replace(/[[\]\\:]/g, '\\$&')}]`;
      const values = spec.choices ? `(${spec.choices.join(' ')})` : spec.type === 'path' ? '_files' : '';
      const value = takesValue(spec) ? `:${name}:${values}` : '';
      const repeated = spec.type === 'list' || spec.type === 'count' ? '*' : '';
      const names = spec.alias ? [`--${name}`, `-${spec.alias}`] : [`--${name}`];
      return names.map((each) => quote(`${repeated}${each}${text}${value}`));
    })
    .join(' ');
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const seen = `-n ${quote(`__fish_seen_subcommand_from ${command.name}`)}`;
    const words = argumentWords(command, commands);
    return [
      `complete -c nettk -n __fish_use_subcommand -f -a ${command.name} -d ${quote(command.summary)}`,
      ...(words.length > 0 ? [`complete -c nettk ${seen} -f -a ${quote(words.join(' '))}`] : []),
      ...Object.entries(command.options ?? {}).map(
        ([name, spec]) => `complete -c nettk ${seen} ${fishOption(name, spec)}`,
      ),
    ];
  });
  const shared = optionsOf(undefined).map(([name, spec]) => `complete -c nettk ${fishOption(name, spec)}`);
  return ['# fish completion for nettk: nettk completion fish | source', ...shared, ...lines, ''].join('\n');
}

function fishOption(name: string, spec: OptionSpec): string {
  const short = spec.alias ? ` -s ${spec.alias}` : '';
  const values = spec.choices ? ` -f -a ${quote(spec.choices.join(' '))}` : '';
  return `-l ${name}${short}${takesValue(spec) ? ' -r' : ''}${values} -d ${quote(spec.describe)}`;
}
