/** The chapter's command server: `date`, `os`, `ls [DIR]` below a root, `help`. It never starts a program. */

import { release, type } from 'node:os';
import { errorCode, NettkError } from '../errors.ts';
import { ConfinedDirectory, type DirectoryEntryFacts } from '../host/directory.ts';
import { formatCtime } from '../protocols/ctime.ts';
import { encodeDotLines } from '../protocols/dot-lines.ts';
import { drained } from '../stream/drained.ts';
import { readLines } from '../stream/lines.ts';
import { printable, printableJson } from '../stream/printable.ts';
import { defineService } from './service.ts';

/** The longest command taken, in bytes. */
const MAX_COMMAND_BYTES = 8_192;
const HELP = [
  'date [-u|--iso]          the date and time here; -u in UTC, --iso as RFC 3339',
  'os [-a]                  the operating system: posix or nt; -a names it',
  'ls [-a] [-l] [--json] [DIR]  the names in DIR; -a with dotfiles, -l with type, size and time',
  'help                     these lines',
];

/** The command service. */
export const command = defineService({
  name: 'command',
  summary: 'Answers date, os, ls [DIR] and help, each answer ended by a line with a dot',
  port: 21_569,
  options: {
    root: { type: 'path', default: '.', describe: 'ls shows this folder and what is below it, nothing else' },
    close: { type: 'flag', describe: 'answer one command, then close; no final dot' },
  },
  setup: ({ root }) => ConfinedDirectory.open(root),
  async session(conn, { options, state, signal }) {
    const frame = options.close ? encodeLines : encodeDotLines;
    try {
      for await (const line of readLines(conn, { signal, maxLength: MAX_COMMAND_BYTES })) {
        if (line.trim() === '') continue;
        conn.write(frame(await execute(line, state)));
        if (options.close) return;
        await drained(conn);
      }
    } catch (error) {
      if (errorCode(error) === 'TOO_LONG')
        conn.write(frame([`error: a command has at most ${MAX_COMMAND_BYTES} bytes`]));
      throw error;
    }
  },
  async datagram(message, peer, { state }) {
    const line = message.toString('utf8').trim();
    if (line === '') return undefined;
    const answer = Buffer.from(encodeLines(await execute(line, state)));
    return answer.length <= peer.maxAnswer ? answer : Buffer.from('error: answer too long for UDP, ask over TCP\n');
  },
});

function encodeLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** Runs one command line; what fails is an answer too, starting with `error: `. */
async function execute(line: string, root: ConfinedDirectory): Promise<string[]> {
  const [name = '', ...words] = line.trim().split(/[ \t]+/);
  const known = COMMANDS.get(name);
  if (!known) return [`error: unknown command ${escapeName(name.slice(0, 40))}; try help`];
  const flags = words.filter((word) => word.startsWith('-'));
  const stray = flags.find((flag) => !known.flags.includes(flag));
  if (stray !== undefined) return [`error: ${name} has no option ${escapeName(stray.slice(0, 40))}; try help`];
  // A folder name may hold blanks: what is left of the line after the options is one name.
  const operand = line.trim().replace(/^\S+((?:[ \t]+-\S*)*)[ \t]*/, '');
  try {
    return await known.run(new Set(flags), operand, root);
  } catch (error) {
    if (!(error instanceof NettkError)) throw error;
    return ['error: no such folder'];
  }
}

interface KnownCommand {
  readonly flags: readonly string[];
  run(flags: ReadonlySet<string>, operand: string, root: ConfinedDirectory): Promise<string[]> | string[];
}

const COMMANDS: ReadonlyMap<string, KnownCommand> = new Map([
  ['date', { flags: ['-u', '--iso'], run: (flags) => [tellDate(flags)] }],
  ['os', { flags: ['-a'], run: (flags) => [tellSystem(flags)] }],
  ['ls', { flags: ['-a', '-l', '-la', '-al', '--json'], run: list }],
  ['help', { flags: [], run: () => HELP }],
] satisfies [string, KnownCommand][]);

function tellDate(flags: ReadonlySet<string>): string {
  return flags.has('--iso') ? new Date().toISOString() : formatCtime(new Date(), flags.has('-u'));
}

function tellSystem(flags: ReadonlySet<string>): string {
  const name = process.platform === 'win32' ? 'nt' : 'posix';
  return flags.has('-a') ? `${name} ${type()} ${release()} ${process.arch}` : name;
}

async function list(flags: ReadonlySet<string>, path: string, root: ConfinedDirectory): Promise<string[]> {
  const combined = flags.has('-la') || flags.has('-al');
  const listing = await root.list(path, combined || flags.has('-a'));
  if (flags.has('--json')) {
    const facts = await root.facts(path, listing);
    const lines = facts.map((one) => printableJson({ ...one, modified: one.modified.toISOString() }));
    return listing.truncated ? [...lines, printableJson({ more: true })] : lines;
  }
  const more = listing.truncated ? ['... more'] : [];
  if (combined || flags.has('-l')) return (await root.facts(path, listing)).map(longLine).concat(more);
  return listing.entries.map((entry) => escapeName(entry.name)).concat(more);
}

function longLine(entry: DirectoryEntryFacts): string {
  const when = entry.modified.toISOString().slice(0, 19);
  return `${entry.kind.padEnd(9)} ${String(entry.size).padStart(12)} ${when}Z ${escapeName(entry.name)}`;
}

/** File names are anybody's data: control bytes could forge lines or drive the reader's terminal. */
function escapeName(name: string): string {
  return printable(name.replaceAll('\\', '\\\\'));
}
