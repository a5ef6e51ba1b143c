/** Writes the pages made from tables, docs/commands.md, docs/errors.md and docs/nettk.1; with --check it only compares. */

import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { commands } from '../commands/index.ts';
import { COMMON_OPTIONS, type Command } from '../src/cli/command.ts';
import { optionUsage, positionalName, usageLine } from '../src/cli/help.ts';
import type { OptionSpec, OptionSpecs, PositionalSpecs } from '../src/cli/option.ts';
import { RUNNER_OPTIONS } from '../src/cli/parse.ts';
import { ERRORS_PAGE, errorsPage } from './docs-errors.ts';
import { MANUAL_PAGE, manualPage } from './docs-man.ts';

const FILE = resolve(import.meta.dirname, '../docs/commands.md');

/** The page: every command with its examples, arguments and options. */
export function commandsPage(): string {
  const list = commands.map(({ name, summary }) => `| [${name}](#${name}) | ${cell(summary)} |`);
  return [
    '# Commands',
    'Made from the command table by `npm run docs`; the same data is behind `--help`, and the tests run the examples.',
    ['| command | what it does |', '|---|---|', ...list].join('\n'),
    `Every command also takes:\n\n${options({ ...COMMON_OPTIONS, ...RUNNER_OPTIONS })}`,
    ...commands.map(section),
    '',
  ].join('\n\n');
}

function section(command: Command): string {
  const positionals: PositionalSpecs = command.positionals ?? {};
  const words = Object.entries(positionals).map(
    ([name, spec]) => `| \`${positionalName(name, spec)}\` | ${text(spec)} |`,
  );
  const examples = command.examples.map(({ line, does }) => `# ${does}\n${line}`);
  return [
    `## ${command.name}`,
    `${command.summary}. ${command.details ?? ''}`.trim(),
    `\`${usageLine(command)}\``,
    ...(examples.length > 0 ? [`\`\`\`sh\n${examples.join('\n\n')}\n\`\`\``] : []),
    ...(words.length > 0 ? [['| argument | what it is |', '|---|---|', ...words].join('\n')] : []),
    ...(command.options ? [options(command.options)] : []),
  ].join('\n\n');
}

function options(specs: OptionSpecs): string {
  const rows = Object.entries(specs).map(
    ([name, spec]) => `| \`${cell(optionUsage(name, spec).trim())}\` | ${text(spec)} |`,
  );
  return ['| option | what it does |', '|---|---|', ...rows].join('\n');
}

function text(spec: OptionSpec): string {
  const repeated = spec.type === 'list' ? '; may be repeated' : '';
  return cell(spec.describe + repeated + (spec.default === undefined ? '' : `; default \`${spec.default}\``));
}

/** Keeps a bar from ending a table cell. */
const cell = (words: string): string => words.replaceAll('|', '\\|');

async function update(file: string, page: string): Promise<void> {
  if (!process.argv.includes('--check')) return writeFile(file, page);
  if ((await readFile(file, 'utf8').catch(() => '')) === page) return;
  console.error(`${file} is out of date: npm run docs`);
  process.exitCode = 1;
}

if (import.meta.main) {
  await update(FILE, commandsPage());
  await update(ERRORS_PAGE, errorsPage());
  await update(MANUAL_PAGE, manualPage());
}
