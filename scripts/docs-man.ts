/** Makes docs/nettk.1 of the command table: the manual page, in the man(7) macros. */

import { join } from 'node:path';
import { commands } from '../commands/index.ts';
import { COMMON_OPTIONS, type Command } from '../src/cli/command.ts';
import { optionUsage, positionalName, usageLine } from '../src/cli/help.ts';
import type { OptionSpec, OptionSpecs, PositionalSpecs } from '../src/cli/option.ts';
import { RUNNER_OPTIONS } from '../src/cli/parse.ts';
import { SERVER_OPTIONS } from '../src/cli/server-options.ts';
import { exitStatuses } from './docs-errors.ts';

/** Where the page stands. */
export const MANUAL_PAGE = join(import.meta.dirname, '../docs/nettk.1');

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['NO_COLOR', 'where it is not empty, nothing is coloured unless --color always is given'],
  ['TERM', 'dumb is a terminal without colour and progress'],
  ['CI', 'where it is not empty, no progress is shown'],
  ['NODE_EXTRA_CA_CERTS', 'a file (PEM) of authorities that TLS trusts besides the usual ones'],
  ['USER', 'the name that chat takes for a nick; LOGNAME where it is not set'],
  ['LOGNAME', 'see USER'],
  ['NETTK_NAME_SERVER', 'the name server that name asks, where --server is not given'],
  [
    'XDG_CACHE_HOME',
    'the folder of nettk/names, which name lookup and --via keep answers in; ~/.cache where it is not set',
  ],
  ['HOME', 'see XDG_CACHE_HOME'],
  ['NETTK_NAME_TOKEN', 'the token that a name server asks for, where no option gives it'],
  ['NETTK_SERVICES', 'the file of service names and ports, in place of /etc/services'],
];
/** The longest line of source, but for examples. */
const MAX_LINE = 79;
const SEE_ALSO = ['curl(1)', 'nc(1)', 'ncat(1)', 'socat(1)', 'ss(8)', 'services(5)'];

/** The page. */
export function manualPage(): string {
  return [
    '.\\" Made from the command table by "npm run docs".\n',
    '.TH NETTK 1 "" nettk "User Commands"\n',
    section('NAME', 'nettk \\- small servers, their clients, netcat, a downloader and a port inspector\n'),
    section('SYNOPSIS', '.B nettk\n.I COMMAND\n[\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n'),
    section('DESCRIPTION', described()),
    section('COMMANDS', commands.map(commandText).join('')),
    section('SERVER OPTIONS', optionTags(SERVER_OPTIONS)),
    section('COMMON OPTIONS', optionTags({ ...COMMON_OPTIONS, ...RUNNER_OPTIONS })),
    section(
      'EXIT STATUS',
      exitStatuses()
        .map(([status, meaning]) => tag(status, meaning))
        .join(''),
    ),
    section('ENVIRONMENT', ENVIRONMENT.map(([name, meaning]) => tag(name, meaning)).join('')),
    section('SEE ALSO', `${SEE_ALSO.map((page) => page.replace(/(.*)(\(\d\))/, '.BR $1 $2')).join(' ,\n')}\n`),
  ].join('');
}

function described(): string {
  return paragraphs(
    'Standard output carries data only; notes, ready lines and errors go to standard error. A target is HOST:PORT, ' +
      '[V6]:PORT or SCHEME://HOST:PORT, a port a number or a service name, a time 250ms, 2.5s, 1m or plain seconds, a size ' +
      '64k or 10M. The word -- ends the options.',
  );
}

function commandText(command: Command): string {
  const positionals: PositionalSpecs = command.positionals ?? {};
  const words = Object.entries(positionals).map(([name, spec]) => tag(positionalName(name, spec), meaningOf(spec)));
  const own = Object.entries<OptionSpec>(command.options ?? {}).filter(([name, spec]) => !isServers(name, spec));
  const isServer = own.length < Object.keys(command.options ?? {}).length;
  return [
    `.SS ${roffOf(usageLine(command))}\n`,
    paragraphs(`${command.summary}. ${command.details ?? ''}${isServer ? ' Takes the server options below.' : ''}`),
    ...words,
    optionTags(Object.fromEntries(own)),
    ...command.examples.map(
      ({ line, does }) => `.PP\n${text(`${does}:`)}.PP\n.EX\n${asText(roffOf(`    ${line}`))}.EE\n`,
    ),
  ].join('');
}

function isServers(name: string, spec: OptionSpec): boolean {
  return (SERVER_OPTIONS as OptionSpecs)[name] === spec;
}

function optionTags(specs: OptionSpecs): string {
  return Object.entries(specs)
    .map(([name, spec]) => tag(optionUsage(name, spec).trim(), meaningOf(spec)))
    .join('');
}

function meaningOf(spec: OptionSpec): string {
  const repeated = spec.type === 'list' ? ' (may be repeated)' : '';
  return spec.describe + repeated + (spec.default === undefined ? '' : ` (default ${spec.default})`);
}

const section = (title: string, body: string): string => `.SH ${title}\n${body}`;
const tag = (name: string, meaning: string): string => `.TP\n\\fB${roffOf(name)}\\fR\n${text(meaning)}`;

/** One input line a sentence, as man-pages(7) asks for. */
function paragraphs(prose: string): string {
  return prose
    .trim()
    .split(/(?<=\.) (?=[A-Z])/)
    .map(text)
    .join('');
}

/** Lines of text, broken as man-pages(7) asks for. */
function text(words: string): string {
  const lines = [''];
  for (const word of roffOf(words).split(' ')) {
    const line = lines.at(-1) as string;
    if (line !== '' && line.length + 1 + word.length > MAX_LINE) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map(asText).join('');
}

/** One that begins with a dot would be taken for a request. */
const asText = (line: string): string => `${line.replace(/^(?=\.)/, '\\&')}\n`;

/** What roff would read as something else: backslashes, and signs that it draws in another shape than ASCII's. */
function roffOf(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '\\&...');
}
