/** The careful output file: bytes go to `FILE.part` beside it, and only a whole file gets the name. */

import { constants, type Stats } from 'node:fs';
import { access, type FileHandle, link, lstat, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, NettkError, wrapSystemError } from '../errors.ts';

/** A file being written. After `commit` or `discard` it takes nothing more. */
export interface OutputFile {
  /** Writes all of it. @throws NettkError `ENOSPC` and the like */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the file whole: on disk, and under its name. @throws NettkError; what was written is then gone */
  commit(): Promise<void>;
  /** Gives up: removes what was created, and nothing else. Never throws. */
  discard(): Promise<void>;
}

/** How an output file is treated. */
export interface OutputOptions {
  /** Refuses to replace an existing file. */
  readonly keepExisting?: boolean;
}

/** Readable by nobody else while it is being written. */
const PART_MODE = 0o600;
const NEW_FILE_MODE = 0o666;
const PERMISSION_BITS = 0o777;
const CREATE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Checks, before any work is done, that a file could be written: its directory exists and it is not a directory itself.
 *
 * @throws NettkError naming the file and the reason
 */
export async function checkOutput(path: string, options: OutputOptions = {}): Promise<void> {
  const existing = await inspect(path);
  if (existing?.isDirectory()) throw wrapSystemError({ code: 'EISDIR' }, `write ${path}`);
  if (existing && options.keepExisting) throw wrapSystemError({ code: 'EEXIST' }, `write ${path}`);
  try {
    await access(existing ? path : dirname(path), constants.W_OK);
  } catch (error) {
    throw wrapSystemError(error, `write ${path}`);
  }
}

/**
 * Opens an output file. A regular or new file is written as `FILE.part` (never through a symbolic link) and renamed by
 * `commit`; a link FILE is replaced, not followed. A device, FIFO or /dev/stdout is written through.
 *
 * @throws NettkError naming the file and the reason
 */
export async function openOutput(path: string, options: OutputOptions = {}): Promise<OutputFile> {
  await checkOutput(path, options);
  const existing = await inspect(path);
  if (isProcessStream(path) || (existing && !existing.isFile())) return openThrough(path);
  const part = `${path}.part`;
  const handle = await createPart(part);
  const mode = existing ? existing.mode & PERMISSION_BITS : NEW_FILE_MODE & ~process.umask();
  return new PartFile(path, part, handle, mode, options.keepExisting ?? false);
}

/** Names of this process's own streams: what stands behind them was opened by someone else and is only added to. */
function isProcessStream(path: string): boolean {
  return /^\/dev\/(stdout|stderr|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/.test(path);
}

/** What a name leads to; undefined where nothing does. */
async function inspect(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    // A dangling or looping link is nothing to keep: the rename replaces the link itself.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ELOOP') return undefined;
    throw wrapSystemError(error, `write ${path}`);
  }
}

async function createPart(part: string): Promise<FileHandle> {
  try {
    return await open(part, CREATE_NEW, PART_MODE);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw wrapSystemError(error, `write ${part}`);
  }
  await removeStale(part);
  try {
    return await open(part, CREATE_NEW, PART_MODE);
  } catch (error) {
    throw wrapSystemError(error, `write ${part}`);
  }
}

/** Removes what an earlier run left: a regular file of ours with one name. Anything else may be a trap. */
async function removeStale(part: string): Promise<void> {
  try {
    const left = await lstat(part);
    const isOurs = left.isFile() && left.nlink === 1 && left.uid === (process.geteuid?.() ?? left.uid);
    if (!isOurs) throw new NettkError({ code: 'EEXIST', action: `write ${part}`, reason: 'not a leftover of ours' });
    await unlink(part);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw wrapSystemError(error, `write ${part}`);
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, path: string): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten;
  } catch (error) {
    throw wrapSystemError(error, `write ${path}`);
  }
}

async function openThrough(path: string): Promise<OutputFile> {
  try {
    const handle = await open(path, constants.O_WRONLY | constants.O_APPEND);
    // Closing waits for a write under way, and nobody may read the FIFO: giving up must not wait for that.
    const discard = async (): Promise<void> => void handle.close().catch(() => {});
    return { write: (bytes) => writeAll(handle, bytes, path), commit: () => handle.close(), discard };
  } catch (error) {
    throw wrapSystemError(error, `write ${path}`);
  }
}

class PartFile implements OutputFile {
  readonly #path: string;
  readonly #part: string;
  readonly #handle: FileHandle;
  readonly #mode: number;
  readonly #keepExisting: boolean;

  constructor(path: string, part: string, handle: FileHandle, mode: number, keepExisting: boolean) {
    this.#path = path;
    this.#part = part;
    this.#handle = handle;
    this.#mode = mode;
    this.#keepExisting = keepExisting;
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeAll(this.#handle, bytes, this.#part);
  }

  async commit(): Promise<void> {
    try {
      await this.#handle.chmod(this.#mode);
      await this.#handle.sync();
      if (!(await this.#isOurs())) {
        throw new NettkError({ code: 'BUSY', action: `write ${this.#path}`, reason: `${this.#part} was replaced` });
      }
      await this.#takeName();
    } catch (error) {
      await this.discard();
      throw wrapSystemError(error, `write ${this.#path}`);
    }
    await this.#handle.close();
    await syncDirectory(dirname(this.#path));
  }

  async discard(): Promise<void> {
    try {
      if (await this.#isOurs()) await unlink(this.#part);
    } catch {
      // Nothing is left to remove, or we may not: either way the name FILE was not touched.
    }
    await this.#handle.close().catch(() => {});
  }

  async #takeName(): Promise<void> {
    if (!this.#keepExisting) return rename(this.#part, this.#path);
    // Unlike rename, link fails when somebody made FILE meanwhile.
    await link(this.#part, this.#path);
    await unlink(this.#part);
  }

  /** Does the name still lead to the file we opened? */
  async #isOurs(): Promise<boolean> {
    const [named, opened] = await Promise.all([
      lstat(this.#part, { bigint: true }),
      this.#handle.stat({ bigint: true }),
    ]);
    return named.dev === opened.dev && named.ino === opened.ino;
  }
}

/** Makes the new name last through a power cut; not every file system can. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
}
