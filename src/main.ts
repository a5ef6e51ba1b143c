/** The composition root: the real process and the command list in, an exit status out. */

import { commands } from '../commands/index.ts';
import { wordsAs } from './cli/called-as.ts';
import { Interrupt } from './cli/io.ts';
import { stackOf } from './cli/print-error.ts';
import { createProcessIo } from './cli/process-io.ts';
import { runCli } from './cli/run.ts';
import { dieOf, watchSignals } from './cli/signals.ts';
import { EXIT_STATUS } from './errors.ts';
import { fileInput } from './host/file-input.ts';
import { fileOutput } from './host/file-output.ts';
import { findShell } from './host/shell.ts';

/** How long a finished process may be held by what nobody waits for, such as a stuck host name lookup. */
const LEFTOVER_GRACE_MS = 250;

function onBug(error: unknown): void {
  process.exitCode = EXIT_STATUS.us;
  process.stderr.write(stackOf(error), () => process.exit(EXIT_STATUS.us));
}

/** A command that waits for what will never come would end the process, and with 0. */
function onNothingLeft(): void {
  onBug(new Error('nothing is left to wait for, and the command is not done'));
}

/**
 * Ends the process now. `process.exit` would wait for the thread of a stuck host name lookup, which can take half a
 * minute; so a shell takes the process's place, and exits.
 */
function leaveNow(status: number): void {
  const shell = findShell();
  if (shell !== undefined) process.execve?.(shell, ['sh', '-c', `exit ${status}`], {});
  process.exit(status);
}

async function main(): Promise<void> {
  process.on('uncaughtException', onBug);
  process.on('unhandledRejection', onBug);
  process.on('beforeExit', onNothingLeft);
  const signal = watchSignals();
  const io = createProcessIo(signal, { input: fileInput, output: fileOutput });
  const status = await runCli(wordsAs(process.argv0, process.argv.slice(2)), commands, io);
  process.off('beforeExit', onNothingLeft).exitCode = status;
  const wasStopped = signal.aborted;
  await io.close();
  const { reason } = signal;
  // A command may be done and its output still wait for a reader: then a signal ends that wait.
  if (reason instanceof Interrupt && (status === reason.exitStatus || !wasStopped)) dieOf(reason);
  setTimeout(() => leaveNow(status), LEFTOVER_GRACE_MS).unref();
}

/** Settles when the command is done and its output is taken. */
export const finished = main();
