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

/**
 * Opens a log; it is emptied first, or added to with `append`. A pipe or a terminal is written to as it is; what stands
 * behind /dev/stdout is only added to.
 *
 * @throws NettkError naming the file and the reason
 */
export async function openLogFile(path: string, append: boolean): Promise<LogFile> {
  const isAdded = append || /^\/dev\/(stdout|stderr|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/.test(path);
  const flags = constants.O_WRONLY | constants.O_CREAT | (isAdded ? constants.O_APPEND : constants.O_TRUNC);
  try {
    return new OrderedLog(path, await open(path, flags, NEW_FILE_MODE));
  } catch (error) {
    throw wrapSystemError(error, `write ${path}`);
  }
}

/** Writes one after the other; what comes meanwhile waits and then goes out in one piece. */
class OrderedLog implements LogFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #waiting: Uint8Array[] = [];
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  write(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      const all = Buffer.concat(this.#waiting.splice(0));
      this.#running = this.#writeAll(all);
      return this.#running;
    });
    return this.#next;
  }

  async close(): Promise<void> {
    try {
      await this.#next;
      await this.#running;
    } finally {
      await this.#handle.close().catch((error: unknown) => this.#fail(error));
    }
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) done += (await this.#handle.write(bytes, done)).bytesWritten;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    throw wrapSystemError(error, `write ${this.#path}`);
  }
}
