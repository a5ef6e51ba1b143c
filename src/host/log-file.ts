/** A file that a session is logged to: opened before anything happens, written in order, never lost in silence. */

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { wrapSystemError } from '../errors.ts';

/** An open log. */
export interface LogFile {
  /** Writes all of it after what was written before; resolves when the system has taken it. @throws NettkError */
  write(bytes: Uint8Array): Promise<void>;
  /** Waits for what is being written and closes. @throws NettkError */
  close(): Promise<void>;
}

const NEW_FILE_MODE = 0o666;
const LF = 0x0a;
const LINE_END = Buffer.of(LF);

/**
 * Opens a log; it is emptied first, or added to with `append`. A pipe or a terminal is written to as it is; what stands
 * behind /dev/stdout is only added to.
 *
 * @param isOfLines whole lines are written: one of which the system took only a part is ended before the next
 * @throws NettkError naming the file and the reason
 */
export async function openLogFile(path: string, append: boolean, isOfLines = false): Promise<LogFile> {
  const isAdded = append || /^\/dev\/(stdout|stderr|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/.test(path);
  const flags = constants.O_WRONLY | constants.O_CREAT | (isAdded ? constants.O_APPEND : constants.O_TRUNC);
  try {
    return new OrderedLog(path, await open(path, flags, NEW_FILE_MODE), isOfLines);
  } catch (error) {
    throw wrapSystemError(error, `write ${path}`);
  }
}

/** What was handed over, and who waits for it. */
interface Entry {
  readonly bytes: Uint8Array;
  readonly outcome: PromiseWithResolvers<void>;
}

/** Writes one after the other; what comes meanwhile waits and then goes out in one piece. */
class OrderedLog implements LogFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #isOfLines: boolean;
  /** It ends in a part of a line. */
  #isTorn = false;
  #waiting: Entry[] = [];
  #running: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(path: string, handle: FileHandle, isOfLines: boolean) {
    this.#path = path;
    this.#handle = handle;
    this.#isOfLines = isOfLines;
  }

  write(bytes: Uint8Array): Promise<void> {
    const outcome = Promise.withResolvers<void>();
    this.#waiting.push({ bytes, outcome });
    this.#running ??= this.#run();
    return outcome.promise;
  }

  async close(): Promise<void> {
    await this.#running;
    await this.#handle.close().catch((error: unknown) => {
      this.#failure ??= this.#wrap(error);
    });
    if (this.#failure) throw this.#failure;
  }

  async #run(): Promise<void> {
    // What else is handed over in this turn goes with the first.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#writeAll(this.#waiting.splice(0));
    this.#running = undefined;
  }

  /** Of several, those are written that the system took whole. */
  async #writeAll(entries: readonly Entry[]): Promise<void> {
    const before = this.#isTorn ? [LINE_END] : [];
    const all = Buffer.concat([...before, ...entries.map(({ bytes }) => bytes)]);
    this.#failure = undefined;
    let done = 0;
    try {
      while (done < all.length) done += (await this.#handle.write(all, done)).bytesWritten;
    } catch (error) {
      this.#failure = this.#wrap(error);
    }
    if (done > 0) this.#isTorn = this.#isOfLines && all[done - 1] !== LF;
    let end = before.length;
    for (const { bytes, outcome } of entries) {
      end += bytes.length;
      if (this.#failure && end > done) outcome.reject(this.#failure);
      else outcome.resolve();
    }
  }

  #wrap(error: unknown): Error {
    return wrapSystemError(error, `write ${this.#path}`);
  }
}
