/** What a person sees of a transfer while it lasts. */

import { usesColor } from './color.ts';
import type { Io } from './io.ts';
import { createProgress, type ProgressLine } from './progress.ts';
import { startSpinner } from './spinner.ts';

/** What a person sees while they wait: a spinner until the first byte, then how far it is. */
export class TransferDisplay {
  readonly #stopSpinner: () => void;
  readonly #io: Io;
  readonly #canDraw: boolean;
  #progress: ProgressLine | undefined;

  /**
   * @param canDraw whether progress may be drawn: not while the data itself goes to the terminal
   * @param color the value of `--color`
   */
  constructor(io: Io, host: string, canDraw: boolean, color: string) {
    this.#io = io;
    this.#canDraw = canDraw;
    this.#stopSpinner = startSpinner(io, `waiting for ${host}`, usesColor(color, 'stderr', io));
  }

  /** The answer has begun, and how long it says it is. */
  begin(length: number | undefined): void {
    this.#stopSpinner();
    if (this.#canDraw) this.#progress = createProgress(this.#io, length);
  }

  /** So many bytes are there. */
  readonly update = (bytes: number): void => {
    if (!this.#progress) this.begin(undefined);
    this.#progress?.update(bytes);
  };

  /** Takes everything away again. */
  end(): void {
    this.#stopSpinner();
    this.#progress?.clear();
  }
}
