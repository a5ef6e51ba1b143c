/** Lines from a person at a terminal, or from a pipe. */

import { NettkError, wrapSystemError } from '../errors.ts';
import { type Line, MAX_LINE_BYTES, readRawLines } from '../stream/lines.ts';
import type { Io } from './io.ts';

/**
 * Yields the lines of standard input as bytes without line ends. On a terminal each is asked for with `> ` and an empty
 * line or ^D ends it; in a pipe every line counts, empty ones too.
 *
 * @throws NettkError where standard input cannot be read, or a line of it is too long
 */
export async function* promptLines(io: Io): AsyncGenerator<Buffer, void> {
  const ask = (): void => {
    if (io.stdinIsTty) io.stderr.write('> ');
  };
  ask();
  let ended = true;
  for await (const { bytes, ending } of inputLines(io)) {
    if (io.stdinIsTty && bytes.length === 0) return;
    yield bytes;
    ended = ending !== '';
    ask();
  }
  // After ^D or ^C the shell's prompt belongs on a line of its own.
  if (io.stdinIsTty && ended) io.stderr.write('\n');
}

/** Says of every failure that it is standard input's, and so ours, not the peer's. */
async function* inputLines(io: Io): AsyncGenerator<Line, void> {
  try {
    yield* readRawLines(io.stdin, { signal: io.signal });
  } catch (error) {
    const action = 'read standard input';
    if (error === io.stdin.errored) throw wrapSystemError(error, action);
    if (!(error instanceof NettkError)) throw error;
    const reason = `a line is longer than ${MAX_LINE_BYTES} bytes`;
    throw new NettkError({ code: error.code, action, reason, blame: 'you' });
  }
}
