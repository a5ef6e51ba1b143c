/** An Io for commands run inside a test: standard input from a value, output kept. */

import { Readable, Writable } from 'node:stream';
import { Interrupt, type Io, type StopSignal } from '../../src/cli/io.ts';

export interface FakeIoOptions {
  readonly stdin?: string | Uint8Array | Readable;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdinIsTty?: boolean;
  readonly stdoutIsTty?: boolean;
  readonly stderrIsTty?: boolean;
}

/** An Io whose output can be looked at. */
export interface FakeIo extends Io {
  /** What standard output got so far. */
  out(): Buffer;
  /** What standard error got so far. */
  err(): string;
  /** Does what the first signal does. */
  interrupt(signal?: StopSignal): void;
}

class Sink extends Writable {
  readonly chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }
}

/** Makes one. */
export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const stdout = new Sink();
  const stderr = new Sink();
  const controller = new AbortController();
  const { stdin = '', env = {}, stdinIsTty = false, stdoutIsTty = false, stderrIsTty = false } = options;
  const write = (data: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => stdout.write(data, (error) => (error ? reject(error) : resolve())));
  return {
    stdin: stdin instanceof Readable ? stdin : Readable.from([Buffer.from(stdin)], { objectMode: false }),
    stdout,
    stderr,
    env,
    signal: controller.signal,
    stdinIsTty,
    stdoutIsTty,
    stderrIsTty,
    canShowProgress: false,
    write,
    json: (value) => write(`${JSON.stringify(value)}\n`),
    note: (line) => void stderr.write(`nettk: ${line}\n`),
    out: () => Buffer.concat(stdout.chunks),
    err: () => Buffer.concat(stderr.chunks).toString(),
    interrupt: (signal = 'SIGINT') => controller.abort(new Interrupt(signal)),
  };
}
