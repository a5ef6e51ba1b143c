/** The one place that tells a person what went wrong, and what the exit status is. */

import { EXIT_STATUS, NettkError, wrapSystemError } from '../errors.ts';
import { printable, printableLines } from '../stream/printable.ts';
import { colorChoice, createPalette, type Palette, PLAIN } from './color.ts';
import { ClosedOutput, Interrupt, type Io } from './io.ts';

/** The exit status when the reader of standard output has gone: 128 + SIGPIPE. */
const CLOSED_OUTPUT_STATUS = 141;

/**
 * Reports what a command threw; undefined where it is over, but standard output is broken.
 *
 * @param words the command line: its `--color` is heeded even where it was not understood
 * @returns the exit status: the error's own; 141 quietly where stdout was closed; 128 + n quietly where the command was
 * interrupted; 70 with a stack where it is a bug
 */
export function reportError(error: unknown, io: Io, words: readonly string[], command?: string): number {
  const broken = error instanceof ClosedOutput ? 'EPIPE' : brokenOutput(io);
  if (broken === 'EPIPE') return CLOSED_OUTPUT_STATUS;
  // A server ends in order at a signal; what it could not write is then still to be told.
  const isOver = error === undefined;
  if (!isOver && io.signal.reason instanceof Interrupt) return io.signal.reason.exitStatus;
  const wrapped = isOutputError(error, io) ? wrapSystemError(io.stdout.errored, 'write standard output') : error;
  const palette = createPalette(colorChoice(words), 'stderr', io);
  if (!(wrapped instanceof NettkError)) {
    io.stderr.write(stackOf(wrapped, palette));
    return EXIT_STATUS.us;
  }
  const usage = wrapped.code === 'USAGE' ? `try '${['nettk', command, '--help'].filter(Boolean).join(' ')}'\n` : '';
  io.stderr.write(`${errorLine(wrapped, palette)}\n${usage}`);
  return wrapped.exit;
}

/** `nettk: MESSAGE; try HINT`, on one line whatever the message quotes. */
export function errorLine(error: NettkError, palette: Palette = PLAIN): string {
  const hint = error.hint === undefined ? '' : `; try ${error.hint}`;
  return `${palette.error('nettk:')} ${printable(error.message + hint)}`;
}

/** What a bug prints: the stack, which the report should carry. */
export function stackOf(error: unknown, palette: Palette = PLAIN): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${palette.error('nettk:')} a bug in nettk, please report it:\n${printableLines(stack)}\n`;
}

/** The code of the error that standard output failed with, where it did. */
export function brokenOutput(io: Io): string | undefined {
  const errored = io.stdout.errored as NodeJS.ErrnoException | null | undefined;
  return errored ? (errored.code ?? 'EIO') : undefined;
}

/** Is the failure standard output's, and has nobody said so yet (`web` does, with its own exit status)? */
function isOutputError(error: unknown, io: Io): boolean {
  if (brokenOutput(io) === undefined) return false;
  return !(error instanceof NettkError && error.cause === io.stdout.errored);
}
