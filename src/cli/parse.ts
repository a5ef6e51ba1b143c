/** The only file that knows yargs: from words and the command table to a command and its values. */

import yargs, { type Argv, type Options } from 'yargs';
import { type NettkError, usageError } from '../errors.ts';
import { type PreparedArgv, prepareArgv, shield, takesValue, unshield } from './argv.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import type { OptionSpec, OptionSpecs, PositionalSpec, PositionalSpecs } from './option.ts';
import { suggest } from './suggest.ts';
import { optionValues, positionalValues, type Typed } from './values.ts';

/** The options that the runner itself answers. */
export const RUNNER_OPTIONS = {
  help: { type: 'flag', alias: 'h', describe: 'show this help' },
  version: { type: 'flag', describe: 'show the version' },
} as const satisfies OptionSpecs;

/** A line that was understood. */
export interface ParsedLine {
  /** The command, or nothing where the line names none. */
  readonly command: Command | undefined;
  readonly wantsHelp: boolean;
  readonly wantsVersion: boolean;
  /** Checks the values and turns them into what `run` takes. */
  values(): Promise<Record<string, unknown>>;
}

/** What yargs hands over. */
type YargsValues = Readonly<Record<string, unknown>>;

// Each setting turns off one guess of yargs-parser: `1e3` as 1000, `--a.b` as an object, `--no-x` as a false x,
// `-H a:1 URL` as two headers, `--maxSize` as `--max-size`.
const NO_GUESSING = {
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'dot-notation': false,
  'boolean-negation': false,
  'greedy-arrays': false,
  'camel-case-expansion': false,
};

/** The yargs positional that takes every word; ours are shared out of it afterwards. */
const WORDS = 'words';

/**
 * Parses a command line.
 *
 * @throws NettkError `USAGE` for unknown commands and options, with what was probably meant
 */
export function parseLine(words: readonly string[], commands: readonly Command[]): ParsedLine {
  const prepared = prepareArgv(words, (name) => allOptions(commands.find((command) => command.name === name)));
  let chosen: Command | undefined;
  const named = commandIn(wordsFor(prepared, commands), commands);
  // Registering a command costs start-up time; only one that does not exist needs to be told from all the others.
  const parser = createParser(words, commands, named === undefined ? commands : [named], (command) => {
    chosen = command;
  });
  const found: YargsValues = parser.parseSync(wordsFor(prepared, commands));
  const command = chosen;
  return {
    command,
    wantsHelp: found['help'] === true,
    wantsVersion: found['version'] === true,
    values: () => valuesOf(command, found, prepared),
  };
}

/** Every option a command takes, the shared ones included; those of the bare program where there is no command. */
export function allOptions(command: Command | undefined): OptionSpecs {
  return { ...COMMON_OPTIONS, ...RUNNER_OPTIONS, ...command?.options };
}

function wordsFor(prepared: PreparedArgv, commands: readonly Command[]): string[] {
  const command = commandIn(prepared.argv, commands);
  const after = afterDashesOf(command) === undefined ? (prepared.afterDashes ?? []) : [];
  const [first = '', ...rest] = after;
  // `nettk -- port 22`: the command itself stands behind the dashes.
  if (command === undefined && commandIn([first], commands) !== undefined)
    return [...prepared.argv, first, ...rest.map(shield)];
  return [...prepared.argv, ...after.map(shield)];
}

function createParser(
  words: readonly string[],
  commands: readonly Command[],
  registered: readonly Command[],
  choose: (command: Command) => void,
) {
  // The root as working directory: yargs looks upward from it for a package.json, and the real one may be gone.
  const parser = yargs([], '/')
    .scriptName('nettk')
    .locale('en')
    .help(false)
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .parserConfiguration(NO_GUESSING)
    .strictCommands()
    .strictOptions()
    .fail((message, error) => {
      throw error ?? explain(message, words, commands);
    });
  addOptions(parser, allOptions(undefined));
  for (const command of registered) {
    parser.command(
      `${command.name} [${WORDS}..]`,
      command.summary,
      (line) => addOptions(line.positional(WORDS, { type: 'string', array: true }), command.options ?? {}),
      () => choose(command),
    );
  }
  return parser;
}

function addOptions(parser: Argv, specs: OptionSpecs): Argv {
  for (const name of Object.keys(specs)) parser.option(name, yargsOption(specs[name] as OptionSpec));
  return parser;
}

/** Values stay text here; checking and converting is ours, so that every error reads alike. */
function yargsOption(spec: OptionSpec): Options {
  const alias = spec.alias === undefined ? {} : { alias: spec.alias };
  if (takesValue(spec)) return { ...alias, type: 'string', requiresArg: true };
  return { ...alias, type: spec.type === 'flag' ? 'boolean' : 'count' };
}

function afterDashesOf(command: Command | undefined): string | undefined {
  const positionals: PositionalSpecs = command?.positionals ?? {};
  return Object.keys(positionals).find((name) => positionals[name]?.afterDashes);
}

async function valuesOf(
  command: Command | undefined,
  found: YargsValues,
  prepared: PreparedArgv,
): Promise<Record<string, unknown>> {
  const specs: Record<string, PositionalSpec> = { ...command?.positionals };
  const after = afterDashesOf(command);
  if (after !== undefined) delete specs[after];
  const words = [found[WORDS] ?? []].flat().map((word) => unshield(String(word)));
  return {
    ...(await positionalValues(specs, words)),
    ...(after === undefined ? {} : { [after]: prepared.afterDashes ?? [] }),
    ...(await optionValues(allOptions(command), (name) => found[name] as Typed)),
  };
}

/** Turns a complaint of yargs into ours. */
function explain(message: string, words: readonly string[], commands: readonly Command[]): NettkError {
  const unknownCommand = /^Unknown commands?: (.*)$/s.exec(message)?.[1];
  if (unknownCommand !== undefined) {
    // yargs names the words behind it too.
    const said = unshield(unknownCommand);
    return unknownCommandError(words.find((word) => `${said}, `.startsWith(`${word}, `)) ?? said, commands);
  }
  const unknown = /^Unknown arguments?: (.*)$/s.exec(message)?.[1]?.split(', ')[0];
  if (unknown === undefined) return usageError('command line', message);
  const options = Object.keys(allOptions(commandIn(words, commands)));
  const isLong = unknown.length > 1 || words.some((word) => word.split('=')[0] === `--${unknown}`);
  const meant = isLong ? suggest(unknown, options) : undefined;
  const hint = meant === undefined ? dashesHint(commandIn(words, commands)) : `--${meant}`;
  return usageError(`${isLong ? '--' : '-'}${unknown}`, 'unknown option', hint);
}

/** A command that takes words for somebody else may have been meant to pass the option on. */
function dashesHint(command: Command | undefined): string | undefined {
  const positionals: PositionalSpecs = command?.positionals ?? {};
  return Object.values(positionals).some((spec) => spec.variadic) ? '-- before words that are no options' : undefined;
}

/** The error for a command that does not exist, with the one that was probably meant. */
export function unknownCommandError(typed: string, commands: readonly Command[]): NettkError {
  const meant = suggest(
    typed,
    commands.map(({ name }) => name),
  );
  return usageError(JSON.stringify(typed), 'unknown command', meant && `nettk ${meant}`);
}

/** The command that a line names, as far as one can tell before it is understood. */
export function commandIn(words: readonly string[], commands: readonly Command[]): Command | undefined {
  const name = words.find((word, index) => !word.startsWith('-') && words[index - 1] !== '--color');
  return commands.find((command) => command.name === name);
}
