/** The real world for commands: this process's streams, opened on first use, and its environment. */

import { Readable, type Writable } from 'node:stream';
import { wrapSystemError } from '../errors.ts';
import { printableJson, printableLines } from '../stream/printable.ts';
import { ClosedOutput, type Io } from './io.ts';

const STDIN = 0;
const STDOUT = 1;

/** The real Io, and how to leave it. */
export interface ProcessIo extends Io {
  /** Waits until all output is taken, told to stop a second more at most, and lets go of standard input. */
  close(): Promise<void>;
}

/** Makes streams of standard input and output where they are regular files; undefined leaves them to Node. */
export interface StandardFiles {
  input(fd: number): Readable | undefined;
  output(fd: number): Writable | undefined;
}

/** How long output may still wait for its reader when the process was told to stop, in milliseconds. */
const STOPPED_FLUSH_MS = 1_000;

/** Makes the Io of this process. */
export function createProcessIo(signal: AbortSignal, files: StandardFiles): ProcessIo {
  const env = { ...process.env };
  // Node would warn that it verifies no certificate, which is not so: we do. Child programs get the variable all the same.
  Reflect.deleteProperty(process.env, 'NODE_TLS_REJECT_UNAUTHORIZED');
  const streams = new LazyStreams(files);
  return {
    env,
    signal,
    get stdin() {
      return streams.stdin;
    },
    get stdout() {
      return streams.stdout;
    },
    get stderr() {
      return streams.stderr;
    },
    get stdinIsTty() {
      return isTty(streams.stdin);
    },
    get stdoutIsTty() {
      return isTty(streams.stdout);
    },
    get stderrIsTty() {
      return process.stderr.isTTY === true;
    },
    get canShowProgress() {
      const { isTTY, columns } = process.stderr;
      return isTTY === true && columns > 0 && env['TERM'] !== 'dumb' && !env['CI'];
    },
    write: (data) => writeOut(streams.stdout, data),
    json: (value) => writeOut(streams.stdout, `${printableJson(value)}\n`),
    note(line) {
      streams.stderr.write(`nettk: ${printableLines(line)}\n`);
    },
    close: () => Promise.race([streams.close(), aWhileAfter(signal)]),
  };
}

const isTty = (stream: Readable | Writable): boolean => 'isTTY' in stream && stream.isTTY === true;

/** Opening a standard stream takes milliseconds, and an open stdin holds the process: so only on first use. */
class LazyStreams {
  readonly #files: StandardFiles;
  #stdin: Readable | undefined;
  #stdout: Writable | undefined;
  #stderr: Writable | undefined;

  constructor(files: StandardFiles) {
    this.#files = files;
  }

  get stdin(): Readable {
    // Its reader finds the error in `errored`; without a listener it would end the process with a stack.
    this.#stdin ??= (this.#files.input(STDIN) ?? readable(process.stdin)).on('error', () => {});
    return this.#stdin;
  }

  get stdout(): Writable {
    this.#stdout ??= keepError(this.#files.output(STDOUT) ?? process.stdout);
    return this.#stdout;
  }

  get stderr(): Writable {
    this.#stderr ??= keepError(process.stderr);
    return this.#stderr;
  }

  async close(): Promise<void> {
    this.#stdin?.destroy();
    await Promise.all([this.#stdout, this.#stderr].map((stream) => stream && drained(stream)));
  }
}

/**
 * Keeps the first error of a standard stream in `errored`, where the runner looks: Node forgets it, because it never
 * lets these streams be destroyed. Without a listener an error would end the process with a stack.
 */
function keepError<S extends Writable>(stream: S): S {
  return stream.on('error', (error) => {
    if (!stream.errored) Object.defineProperty(stream, 'errored', { value: error });
  });
}

function writeOut(stream: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.errored) return reject(outputError(stream.errored));
    stream.write(data, (error) => (error ? reject(outputError(error)) : resolve()));
  });
}

function outputError(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EPIPE' ? new ClosedOutput(error) : wrapSystemError(error, 'write standard output');
}

/** Resolves some time after the signal; timer and listener hold nobody. */
function aWhileAfter(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wait = (): void => void setTimeout(resolve, STOPPED_FLUSH_MS).unref();
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true });
  });
}

/** Resolves when a stream has handed everything on, or cannot any more. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.errored || stream.destroyed || stream.writableLength === 0) return resolve();
    stream.write('', () => resolve());
  });
}

/** Node makes an empty stream of what it cannot read, such as a directory: that is an error, not an empty input. */
function readable(stream: Readable): Readable {
  if (Object.getPrototypeOf(stream) !== Readable.prototype) return stream;
  const error = Object.assign(new Error('standard input cannot be read'), { code: 'EISDIR' });
  return new Readable({
    // Not before somebody reads, and listens.
    read() {
      this.destroy(error);
    },
  });
}
