/** What a command may use of the process: streams, environment, terminal facts, the interrupt signal. */

import type { Readable, Writable } from 'node:stream';

/** The outside world as a command sees it; `main` makes the real one, tests make their own. */
export interface Io {
  /** Standard input; opened on first use. */
  readonly stdin: Readable;
  /** Standard output: data only. Writing after its reader has gone ends the command with exit 141. */
  readonly stdout: Writable;
  /** Standard error: notes, prompts, progress, errors. */
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP; its reason is an `Interrupt`. */
  readonly signal: AbortSignal;
  /** Is a person typing: standard input is a terminal. */
  readonly stdinIsTty: boolean;
  /** Is a person reading: standard output is a terminal. */
  readonly stdoutIsTty: boolean;
  /** Standard error is a terminal. */
  readonly stderrIsTty: boolean;
  /** Can progress be shown: standard error is a terminal with columns, not dumb, not CI, not --quiet. */
  readonly canShowProgress: boolean;
  /** Writes data to standard output and waits until it is taken; throws a `ClosedOutput` when its reader is gone. */
  write(data: string | Uint8Array): Promise<void>;
  /** Writes a line for a person to standard error, `nettk: ` in front; nothing under --quiet. */
  note(line: string): void;
  /** Writes one JSON object on a line to standard output. */
  json(value: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Why `io.signal` aborted: the process was told to stop. */
export class Interrupt extends Error {
  override readonly name = 'Interrupt';
  readonly signal: StopSignal;
  /** 128 and the signal's number, as shells report it. */
  readonly exitStatus: number;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`);
    this.signal = signal;
    this.exitStatus = 128 + STOP_SIGNALS[signal];
  }
}

/** The signals that ask a process to stop, with their numbers. */
export const STOP_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
/** One of them. */
export type StopSignal = keyof typeof STOP_SIGNALS;

/** The reader of standard output has gone: end quietly, as C programs do of SIGPIPE. */
export class ClosedOutput extends Error {
  override readonly name = 'ClosedOutput';

  constructor(cause?: unknown) {
    super('standard output was closed by its reader', { cause });
  }
}
