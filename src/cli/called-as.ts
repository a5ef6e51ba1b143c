/** The name the program was called by: a link named `nc` or `ncat` makes it that program. */

const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ['nc', 'nc'],
  ['netcat', 'nc'],
  ['ncat', 'ncat'],
]);

/**
 * The words of a command line, with the command in front that the program's own name stands for.
 *
 * @param program argv[0] as the shell gave it
 */
export function wordsAs(program: string, words: readonly string[]): readonly string[] {
  const name = program.slice(program.lastIndexOf('/') + 1);
  const command = PROGRAMS.get(name);
  return command === undefined ? words : [command, ...words];
}
