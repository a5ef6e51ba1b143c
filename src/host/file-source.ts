/** A file as one side of a conversation: what it holds is said, what it is told is dropped. */

import { type FileHandle, open } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import { wrapSystemError } from '../errors.ts';

/** What is read at once, in bytes. */
const PIECE_BYTES = 262_144;

/**
 * Opens a file to read from its start. A pipe is waited for until somebody writes to it.
 *
 * @throws NettkError naming the file and the reason
 */
export async function openFileSource(path: string): Promise<Duplex> {
  try {
    const handle = await open(path, 'r');
    if ((await handle.stat()).isDirectory()) {
      await handle.close();
      throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    }
    return new FileSource(path, handle);
  } catch (error) {
    throw wrapSystemError(error, `read ${path}`);
  }
}

class FileSource extends Duplex {
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    super();
    this.#path = path;
    this.#handle = handle;
  }

  override _read(): void {
    this.#handle.read(Buffer.allocUnsafe(PIECE_BYTES)).then(
      ({ bytesRead, buffer }) => this.push(bytesRead === 0 ? null : buffer.subarray(0, bytesRead)),
      (error: unknown) => this.destroy(wrapSystemError(error, `read ${this.#path}`)),
    );
  }

  override _write(_chunk: Uint8Array, _encoding: string, done: () => void): void {
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#handle.close().then(
      () => done(error),
      () => done(error),
    );
  }
}
