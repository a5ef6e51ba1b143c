/** Help as text: examples first, then what can be typed, from the same data as the parser. */

import { takesValue } from './argv.ts';
import { type Palette, PLAIN } from './color.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import type { OptionSpec, OptionSpecs, PositionalSpec, PositionalSpecs } from './option.ts';
import { RUNNER_OPTIONS } from './parse.ts';

/** Where lines are broken; terminals are at least this wide. */
const WIDTH = 80;
const ABOUT = 'A network toolkit: small servers, their clients, netcat, a downloader and a port inspector';
/** The widest left column before its text moves to a line of its own. */
const MAX_LEFT = 26;

/**
 * What `nettk NAME --help` prints.
 *
 * @example commandHelp(portCommand)
 */
export function commandHelp(command: Command, palette: Palette = PLAIN): string {
  const section = sections(palette);
  const examples = command.examples.map((example): Row => [example.line, example.does]);
  const positionals: PositionalSpecs = command.positionals ?? {};
  const options: OptionSpecs = command.options ?? {};
  return [
    `${wrap(command.summary, 0)}\n`,
    section('Examples:', examples.map(stacked).join('')),
    section('Usage:', `  ${usageLine(command)}\n`),
    section('Arguments:', table(Object.keys(positionals).map((name) => positionalRow(name, positionals[name])))),
    section('Options:', optionTable(options)),
    section('Everywhere:', optionTable({ ...COMMON_OPTIONS, ...RUNNER_OPTIONS })),
    command.details === undefined ? '' : `\n${wrap(command.details, 0)}\n`,
  ].join('');
}

/** What `nettk --help` prints: a few examples, then every command with its summary. */
export function overview(commands: readonly Command[], palette: Palette = PLAIN): string {
  const section = sections(palette);
  const starters = ['web', 'daytime', 'port', 'echo-server', 'connect'];
  const examples = starters.flatMap((name) => commands.find((c) => c.name === name)?.examples.slice(0, 1) ?? []);
  return [
    `${wrap(ABOUT, 0)}\n`,
    section('Examples:', examples.map(({ line, does }) => stacked([line, does])).join('')),
    section('Commands:', table(commands.map((command) => [command.name, command.summary]))),
    section('Everywhere:', optionTable({ ...COMMON_OPTIONS, ...RUNNER_OPTIONS })),
    `\nnettk help COMMAND tells more about one.\n`,
  ].join('');
}

/** What bare `nettk` prints. */
export function shortHelp(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(', ');
  return `usage: nettk COMMAND [ARGUMENTS]\n\n${wrap(names, 2)}\n\ntry 'nettk --help'\n`;
}

/** `nettk web URL [OPTIONS]`: how a command is typed. */
export function usageLine(command: Command): string {
  const positionals: PositionalSpecs = command.positionals ?? {};
  const words = Object.keys(positionals).map((name) => {
    const spec = positionals[name] as PositionalSpec;
    const dots = spec.variadic ? '…' : '';
    const shown = (spec.afterDashes ? '-- ' : '') + positionalName(name, spec) + dots;
    return spec.required ? shown : `[${shown}]`;
  });
  return ['nettk', command.name, ...words, '[OPTIONS]'].join(' ');
}

/** `-o, --output FILE`: how an option is typed. */
export function optionUsage(name: string, spec: OptionSpec): string {
  const value = takesValue(spec) ? ` ${spec.placeholder ?? spec.choices?.join('|') ?? PLACEHOLDERS[spec.type]}` : '';
  return `${spec.alias === undefined ? '    ' : `-${spec.alias}, `}--${name}${value}`;
}

/** What stands for a positional in help: its placeholder, or its name in capitals. */
export function positionalName(name: string, spec: PositionalSpec): string {
  return spec.placeholder ?? name.toUpperCase();
}

const PLACEHOLDERS: Readonly<Partial<Record<OptionSpec['type'], string>>> = {
  text: 'TEXT',
  list: 'TEXT',
  integer: 'N',
  duration: 'TIME',
  size: 'SIZE',
  port: 'PORT',
  path: 'FILE',
  networks: 'NETWORK,…',
};

type Row = readonly [left: string, right: string];

const sections =
  ({ heading }: Palette) =>
  (title: string, body: string): string =>
    body === '' ? '' : `\n${heading(title)}\n${body}`;
const stacked = ([line, does]: Row): string => `  ${line}\n${wrap(does, 6)}\n`;

function positionalRow(name: string, spec: PositionalSpec | undefined): Row {
  return [spec ? positionalName(name, spec) : name, spec ? described(spec) : ''];
}

function optionTable(specs: OptionSpecs): string {
  return table(Object.entries(specs).map(([name, spec]): Row => [optionUsage(name, spec), described(spec)]));
}

function described(spec: OptionSpec): string {
  const repeated = spec.type === 'list' ? ' (may be repeated)' : '';
  return spec.describe + repeated + (spec.default === undefined ? '' : ` (default ${spec.default})`);
}

function table(rows: readonly Row[]): string {
  const left = Math.min(MAX_LEFT, Math.max(0, ...rows.map(([text]) => text.length)));
  const indent = left + 4;
  return rows
    .map(([name, text]) => {
      const body = wrap(text, indent);
      if (name.length > left) return `  ${name}\n${body}\n`;
      return `  ${name.padEnd(left + 2)}${body.trimStart()}\n`;
    })
    .join('');
}

function wrap(text: string, indent: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string;
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => ' '.repeat(indent) + line).join('\n');
}
