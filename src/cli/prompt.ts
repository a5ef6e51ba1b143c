/** Lines from a person at a terminal, or from a pipe. */

import { readRawLines } from '../stream/lines.ts';
import type { Io } from './io.ts';

/**
 * Yields the lines of standard input as bytes without line ends. On a terminal each is asked for with `> ` and an empty
 * line or ^D ends it; in a pipe every line counts, empty ones too.
 */
export async function* promptLines(io: Io): AsyncGenerator<Buffer, void> {
  const ask = (): void => {
    if (io.stdinIsTty) io.stderr.write('> ');
  };
  ask();
  let ended = true;
  for await (const { bytes, ending } of readRawLines(io.stdin, { signal: io.signal })) {
    if (io.stdinIsTty && bytes.length === 0) return;
    yield bytes;
    ended = ending !== '';
    ask();
  }
  // After ^D or ^C the shell's prompt belongs on a line of its own.
  if (io.stdinIsTty && ended) io.stderr.write('\n');
}
