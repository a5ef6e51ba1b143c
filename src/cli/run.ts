/** From argv to an exit status: parses the line, runs the command, reports what it throws. */

import { NettkError, usageError } from '../errors.ts';
import { BUILD } from './build-info.ts';
import { colorChoice, createPalette } from './color.ts';
import type { Command } from './command.ts';
import { Interrupt, type Io } from './io.ts';
import { commandIn, type ParsedLine, parseLine } from './parse.ts';
import { brokenOutput, reportError } from './print-error.ts';

/**
 * Runs a command line.
 *
 * @param words argv without the program
 * @returns the exit status; 128 + n where a signal stopped a command that did not handle it by returning a number
 */
export async function runCli(words: readonly string[], commands: readonly Command[], io: Io): Promise<number> {
  try {
    const status = await runLine(parseLine(words, commands), words, commands, io);
    if (brokenOutput(io) !== undefined) return reportError(undefined, io, words);
    if (status === undefined && io.signal.reason instanceof Interrupt) return io.signal.reason.exitStatus;
    return status ?? 0;
  } catch (error) {
    const command = commandIn(words, commands);
    return (await refusal(error, command, io)) ?? reportError(error, io, words, command?.name);
  }
}

/** A command that speaks as another program tells of its failures itself. */
async function refusal(error: unknown, command: Command | undefined, io: Io): Promise<number | undefined> {
  const isOurs = error instanceof NettkError && !io.signal.aborted && brokenOutput(io) === undefined;
  if (!isOurs || !command?.refuse) return undefined;
  const { text, exit } = await command.refuse(error);
  io.stderr.write(text);
  return exit;
}

async function runLine(
  line: ParsedLine,
  words: readonly string[],
  commands: readonly Command[],
  io: Io,
): Promise<number | undefined> {
  if (line.wantsHelp) return showHelp(line.command, words, commands, io);
  if (line.wantsVersion) return showVersion(io);
  if (line.command === undefined) return showShortHelp(commands, io);
  await useServicesFile(io);
  const values = await line.values();
  const quiet = values['quiet'] === true;
  return (await line.command.run(values as Parameters<Command['run']>[0], quiet ? quietIo(io) : io)) ?? undefined;
}

/** Points the socket layer at the services file that the environment names; loads nothing where it names none. */
async function useServicesFile({ env }: Io): Promise<void> {
  const path = env['NETTK_SERVICES'];
  if (path) (await import('../net/ports.ts')).setServicesFile(path);
}

async function showVersion(io: Io): Promise<number> {
  await io.write(`nettk ${BUILD.version}\n`);
  return 0;
}

async function showHelp(
  command: Command | undefined,
  words: readonly string[],
  commands: readonly Command[],
  io: Io,
): Promise<number> {
  const help = await import('./help.ts');
  const palette = createPalette(colorChoice(words), 'stdout', io);
  await io.write(command === undefined ? help.overview(commands, palette) : help.commandHelp(command, palette));
  return 0;
}

async function showShortHelp(commands: readonly Command[], io: Io): Promise<number> {
  const { shortHelp } = await import('./help.ts');
  io.stderr.write(shortHelp(commands));
  return usageError('', '').exit;
}

/** The same world, but notes and progress are not shown. */
function quietIo(io: Io): Io {
  return Object.create(io, { note: { value: () => {} }, canShowProgress: { value: false } });
}
