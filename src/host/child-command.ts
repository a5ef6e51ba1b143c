/** What a child program is: a file with arguments, or a line for the shell. Nothing a peer sent ever gets into it. */

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { errorCode, NettkError, usageError, wrapSystemError } from '../errors.ts';

/** The standard shell (sh(1)), whose place POSIX systems agree on. */
const SHELL = '/bin/sh';
/** Where programs are looked for when the environment has no PATH (execvp(3)). */
const STANDARD_PATH = '/bin:/usr/bin';

/** A program to run. */
export interface ChildCommand {
  /** A path, or a name that is looked up on the PATH. */
  readonly file: string;
  /** Its arguments, without its own name. */
  readonly args: readonly string[];
  /** What the person typed, for messages. */
  readonly shown: string;
}

/**
 * The program that a line of words names. Words are parted by white space; a backslash takes the next character as it is,
 * a space too. Quotes mean nothing, and no shell sees the line: ncat's rule.
 *
 * @throws NettkError `USAGE` where there is no word, or a NUL byte
 * @example programOf('/usr/bin/tr a-z A-Z').args // ['a-z', 'A-Z']
 */
export function programOf(line: string): ChildCommand {
  const [file, ...args] = splitWords(refuseNul(line));
  if (file === undefined || file === '') throw usageError(`program ${JSON.stringify(line)}`, 'the name is missing');
  return { file, args, shown: line };
}

/**
 * The shell with a line to run: `/bin/sh -c`, so that pipes, quotes and variables work.
 *
 * @throws NettkError `USAGE` where the line is blank, or has a NUL byte
 */
export function shellCommandOf(line: string): ChildCommand {
  if (line.trim() === '') throw usageError(`command ${JSON.stringify(line)}`, 'it is empty');
  // The dashes keep a line that begins with one from being taken for options of the shell.
  return { file: SHELL, args: ['-c', '--', refuseNul(line)], shown: line };
}

/**
 * Sees that the program is there and may be run, so that a server tells before its first client comes.
 *
 * @param path the PATH that its children will have
 * @throws NettkError `ENOENT` or `EACCES`
 */
export function checkProgram({ file, shown }: ChildCommand, path: string = STANDARD_PATH): void {
  const places = file.includes('/') ? [file] : path.split(delimiter).map((folder) => join(folder || '.', file));
  const failures: unknown[] = [];
  for (const place of places) {
    try {
      accessSync(place, constants.X_OK);
      if (!statSync(place).isFile()) throw Object.assign(new Error('not a file'), { code: 'EACCES' });
      return;
    } catch (error) {
      failures.push(error);
    }
  }
  throw startError(failures.find((error) => errorCode(error) === 'EACCES') ?? failures[0], shown);
}

/** Why a program could not be started, with what to try. */
export function startError(error: unknown, shown: string): NettkError {
  const action = `run ${JSON.stringify(shown)}`;
  const code = errorCode(error);
  // Anything else that spawn refuses is about the arguments, which are the person's.
  if (code.startsWith('ERR_')) return new NettkError({ code: 'EINVAL', action, cause: error });
  const hint = code === 'ENOENT' ? 'a full path, or -c for a line of the shell' : undefined;
  return wrapSystemError(error, action, { hint });
}

function refuseNul(line: string): string {
  if (line.includes('\0')) throw usageError(`program ${JSON.stringify(line)}`, 'a NUL byte ends a word for the system');
  return line;
}

function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:\\.|[^\s\\])+/gs)) words.push(word.replace(/\\(.)/gs, '$1'));
  return words;
}
