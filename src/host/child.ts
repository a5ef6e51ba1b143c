/**
 * A child program as a stream: what is written is its standard input, what is read its standard output; its standard
 * error is ours. It leads a process group of its own (setsid(2)), so a signal reaches it and its own children, and a ^C
 * at our terminal does not.
 *
 * - It need not read: what it does not want is dropped, and its output goes on.
 * - Its output ends when it closes it. What it left running in the background may keep it open: after the end of the
 *   program itself, half a second of silence ends it too.
 * - Destroying the stream before both ways have ended is hanging up: the input ends, and signals follow.
 *
 * Node gives a child Unix sockets for pipes, so it cannot open `/dev/stdin` and `/dev/stdout` once more.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { Duplex } from 'node:stream';
import { type ChildCommand, startError } from './child-command.ts';

/** A signal, and how long after the step before it is sent, in milliseconds. */
export interface StopStep {
  readonly afterMs: number;
  readonly signal: NodeJS.Signals;
}

/** What a program gets whose line hung up: time to finish after the end of its input, then plainer and plainer words. */
const HANG_UP: readonly StopStep[] = [
  { afterMs: 1_000, signal: 'SIGHUP' },
  { afterMs: 2_000, signal: 'SIGTERM' },
  { afterMs: 2_000, signal: 'SIGKILL' },
];

/**
 * What a program gets when we are told to stop: the same signal at once, and no mercy at the end of the grace.
 *
 * @param graceMs milliseconds
 */
export function terminateWithin(graceMs: number): readonly StopStep[] {
  return [
    { afterMs: 0, signal: 'SIGTERM' },
    { afterMs: graceMs, signal: 'SIGKILL' },
  ];
}

/** How a program ended. */
export interface ChildEnd {
  /** Its exit status, 0–255; 128 and the signal's number where one ended it, as shells say it. */
  readonly status: number;
  /** The signal that ended it. */
  readonly signal?: NodeJS.Signals | undefined;
  /** Was it ended by a signal of ours? */
  readonly stopped: boolean;
}

/** How long output may be silent after the program's own end until what is left in the background is not waited for. */
const BACKGROUND_SILENCE_MS = 500;

/**
 * Starts a program.
 *
 * @param env its whole environment
 * @throws NettkError: not found, not allowed, too many open files, too many arguments; `EINVAL` for what is no argument
 */
export async function startChild(
  command: ChildCommand,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Child> {
  try {
    const stdio = ['pipe', 'pipe', 'inherit'] as const;
    const child = spawn(command.file, command.args, { env, stdio: [...stdio], detached: true, shell: false });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    return new Child(child);
  } catch (error) {
    throw startError(error, command.shown);
  }
}

/** A running program. */
export class Child extends Duplex {
  /** Resolves when it has ended and was reaped. */
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcess;
  readonly #input: Socket;
  readonly #output: Socket;
  /** It has closed its input, or is gone. */
  #isDeaf = false;
  #isGone = false;
  #stopSignal: NodeJS.Signals | undefined;
  #steps: StopStep[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(running: ChildProcess) {
    super({ allowHalfOpen: true });
    this.#process = running;
    this.#input = running.stdin as Socket;
    this.#output = running.stdout as Socket;
    this.#input.on('error', () => this.#deafen());
    this.#output.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#output.on('end', () => this.push(null));
    // A socket pair is never reset; whatever else befalls it is the end of the output.
    this.#output.on('error', () => this.push(null));
    this.#output.pause();
    this.ended = new Promise((resolve) => running.once('exit', (...end) => resolve(this.#onExit(...end))));
  }

  /** Its process id, and its group's. */
  get pid(): number {
    return this.#process.pid as number;
  }

  /** Ends its input and sends its group the signals, each in its time, until it has ended. Later steps replace earlier ones. */
  stop(steps: readonly StopStep[]): Promise<ChildEnd> {
    this.#steps = [...steps];
    this.#input.end();
    this.#nextStep();
    return this.ended;
  }

  override _read(): void {
    this.#output.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    if (this.#isDeaf) done();
    else this.#input.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    if (!this.#input.destroyed) this.#input.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const isOver = this.readableEnded && this.writableFinished;
    // A program that still writes learns it as programs do: nobody reads (SIGPIPE).
    this.#output.destroy();
    if (!isOver && !this.#isGone && !this.#steps) this.stop(HANG_UP);
    this.ended.then(() => done(error));
  }

  #take(chunk: Buffer): void {
    this.#silence?.refresh();
    if (!this.push(chunk)) this.#output.pause();
  }

  #deafen(): void {
    this.#isDeaf = true;
    this.#input.destroy();
  }

  #nextStep(): void {
    clearTimeout(this.#timer);
    const step = this.#isGone ? undefined : this.#steps?.shift();
    if (!step) return;
    const send = (): void => {
      this.#signalGroup(step.signal);
      this.#nextStep();
    };
    if (step.afterMs === 0) send();
    else this.#timer = setTimeout(send, step.afterMs);
  }

  #signalGroup(signal: NodeJS.Signals): void {
    // Once it is reaped its number may be another's.
    if (this.#isGone) return;
    this.#stopSignal = signal;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It is ending at this moment, or has become another user's (setuid): there is nothing more to say to it.
    }
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): ChildEnd {
    this.#isGone = true;
    clearTimeout(this.#timer);
    this.#deafen();
    this.#waitForBackground();
    const status = code ?? 128 + (signal ? signalNumber(signal) : 0);
    return { status, signal: signal ?? undefined, stopped: this.#stopSignal !== undefined };
  }

  #waitForBackground(): void {
    if (this.#output.readableEnded || this.#output.destroyed) return;
    this.#silence = setTimeout(() => {
      // A reader that takes nothing leaves the output silent too, and what is there is still to be delivered.
      if (this.#output.isPaused()) this.#silence?.refresh();
      else this.#output.push(null);
    }, BACKGROUND_SILENCE_MS);
    this.#output.once('close', () => clearTimeout(this.#silence));
  }
}

const signalNumber = (signal: NodeJS.Signals): number => constants.signals[signal];
