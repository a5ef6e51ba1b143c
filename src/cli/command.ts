/** What a command is: data (name, arguments, examples) and one function. */

import type { NettkError } from '../errors.ts';
import type { Io } from './io.ts';
import type { OptionSpecs, OptionValues, PositionalSpecs } from './option.ts';

/** A line a person could type, shown by --help and docs/commands.md, and run by the tests. */
export interface Example {
  /** The shell line, using the documented default ports. */
  readonly line: string;
  /** What it does, a phrase. */
  readonly does: string;
  /**
   * Servers the tests start first, with their options: `{ 7007: 'echo-server' }` starts it on a free port and puts that
   * number wherever the line says 7007.
   */
  readonly servers?: Readonly<Record<number, string>>;
  /** A pattern that standard output matches as a whole; left out, only the exit status is checked. */
  readonly prints?: RegExp;
  /** The exit status expected; 0 where left out. */
  readonly exit?: number;
  /** A server: the tests wait for its ready line, then end it with SIGTERM. */
  readonly serves?: boolean;
  /** Why the tests cannot run the line as it stands (it needs the internet, say); they then only parse it. */
  readonly unrun?: string;
}

/** A command: what help, docs, completion and the parser need to know, and what it does. */
export interface Command<P extends PositionalSpecs = PositionalSpecs, O extends OptionSpecs = OptionSpecs> {
  readonly name: string;
  /** One line for help and docs; starts with a verb. */
  readonly summary: string;
  /** More for `--help` and docs: behaviour a person must know, in sentences. */
  readonly details?: string;
  readonly positionals?: P;
  readonly options?: O;
  readonly examples: readonly Example[];
  /** Words a usage error, and gives its exit status, where the command speaks as another program; else nettk's way. */
  refuse?(error: NettkError): Promise<{ readonly text: string; readonly exit: number }>;
  /**
   * Does the work. Returns an exit status, or nothing for 0; throws a NettkError for every expected failure. Heavy
   * modules are imported inside.
   */
  run(args: OptionValues<P> & OptionValues<O> & CommonValues, io: Io): Promise<number | undefined> | Promise<void>;
}

/** The options every command takes. */
export const COMMON_OPTIONS = {
  json: { type: 'flag', describe: 'one JSON object per line on standard output, or on standard error beside payload' },
  verbose: { type: 'count', alias: 'v', describe: 'say what happens; -vv shows the wire' },
  quiet: { type: 'flag', describe: 'no notes on standard error, errors only' },
  color: { type: 'text', choices: ['auto', 'always', 'never'], default: 'auto', describe: 'colour the output' },
} as const satisfies OptionSpecs;

/** Their values. */
export type CommonValues = OptionValues<typeof COMMON_OPTIONS>;

/**
 * Declares a command; the types of its arguments follow from the declaration.
 *
 * @example defineCommand({ name: 'hello', summary: 'Says hello', examples: [], async run(_args, io) { await io.write('hello\n'); } })
 */
export function defineCommand<
  const P extends PositionalSpecs = Record<never, never>,
  const O extends OptionSpecs = Record<never, never>,
>(command: Command<P, O>): Command<P, O> {
  return command;
}
