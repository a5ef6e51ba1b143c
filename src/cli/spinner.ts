/** The only file that knows ora: something turns while a person waits for the first byte. */

import type { Io } from './io.ts';

/**
 * Shows a spinner on standard error, on a real terminal only; elsewhere nothing at all is loaded or written.
 *
 * @returns what takes it away again, without a trace; it may be called more than once
 */
export function startSpinner(io: Io, text: string, isColored: boolean): () => void {
  if (!io.canShowProgress) return () => {};
  let isOver = false;
  let stop = (): void => {};
  void import('ora').then(({ default: ora }) => {
    if (isOver) return;
    // Discarding stdin swallows Ctrl-C, and hiding the cursor brings signal handlers of its own along.
    const spinner = ora({
      text,
      color: isColored ? 'cyan' : false,
      stream: io.stderr as NodeJS.WriteStream,
      discardStdin: false,
      hideCursor: false,
      isEnabled: true,
    }).start();
    stop = () => void spinner.stop();
  });
  return () => {
    isOver = true;
    stop();
    stop = () => {};
  };
}
