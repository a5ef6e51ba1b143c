/** Lists folders below a root and nowhere else: links are followed first, then checked. */

import { type Dirent, constants as fsConstants, type Stats } from 'node:fs';
import { lstat, open, opendir, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { NettkError, wrapSystemError } from '../errors.ts';

/** Entries listed of one folder at most. */
export const MAX_ENTRIES = 10_000;
/** Entries read of one folder at most, those that are not listed included. */
const MAX_READ_ENTRIES = 100_000;
/** The longest folder name taken, in bytes (PATH_MAX, limits.h). */
const MAX_PATH_BYTES = 4_096;

/** One name in a folder. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
}

/** A folder's entries in byte order of their names. */
export interface DirectoryListing {
  readonly entries: readonly DirectoryEntry[];
  /** There are more than are listed; the rest was not read. */
  readonly truncated: boolean;
}

/** An entry with its facts. */
export interface DirectoryEntryFacts extends DirectoryEntry {
  /** Bytes; 0 for what is not a file. */
  readonly size: number;
  readonly modified: Date;
}

/** A folder that others may look into. */
export class ConfinedDirectory {
  readonly #root: string;
  readonly #maxRead: number;

  private constructor(root: string, maxRead: number) {
    this.#root = root;
    this.#maxRead = maxRead;
  }

  /**
   * Opens a root folder.
   *
   * @param maxRead entries read of one folder at most: a million dotfiles must not keep the disk busy for ever
   * @throws NettkError when it is not there, not a folder or not readable
   */
  static async open(path: string, maxRead = MAX_READ_ENTRIES): Promise<ConfinedDirectory> {
    try {
      const root = await realpath(path);
      await (await opendir(root)).close();
      return new ConfinedDirectory(root, maxRead);
    } catch (error) {
      throw wrapSystemError(error, `open folder ${path}`);
    }
  }

  /**
   * Lists a folder given relative to the root; dotfiles only when asked.
   *
   * Between the check and the reading a link could still be swapped (Node has no openat(2)): whoever can write below
   * the root is trusted not to.
   *
   * @throws NettkError `NOT_FOUND`, the same for what is outside, missing, not a folder or not readable: it tells nobody
   *   what exists elsewhere
   */
  async list(path: string, all = false): Promise<DirectoryListing> {
    const real = await this.#locate(path);
    try {
      const entries: DirectoryEntry[] = [];
      let read = 0;
      for await (const entry of await opendir(real)) {
        read += 1;
        if (read > this.#maxRead) return { entries: sorted(entries), truncated: true };
        if (!all && entry.name.startsWith('.')) continue;
        if (entries.length === MAX_ENTRIES) return { entries: sorted(entries), truncated: true };
        entries.push({ name: entry.name, kind: kindOf(entry) });
      }
      return { entries: sorted(entries), truncated: false };
    } catch (error) {
      throw notFound(path, error);
    }
  }

  /** Size and time of each entry of a listed folder; one that has gone meanwhile is left out. Nothing is opened. */
  async facts(path: string, listing: DirectoryListing): Promise<DirectoryEntryFacts[]> {
    const real = await this.#locate(path);
    const facts = await Promise.all(
      listing.entries.map(async (entry): Promise<DirectoryEntryFacts | undefined> => {
        const found: Stats | undefined = await lstat(join(real, entry.name)).catch(() => undefined);
        return found && { ...entry, size: found.isFile() ? found.size : 0, modified: found.mtime };
      }),
    );
    return facts.filter((one) => one !== undefined);
  }

  async #locate(path: string): Promise<string> {
    if (path.includes('\0') || Buffer.byteLength(path) > MAX_PATH_BYTES) throw notFound(path);
    try {
      const real = await realpath(resolve(this.#root, `.${sep}${path}`));
      // A prefix test would take /srv/ab for a part of /srv/a.
      const inside = relative(this.#root, real);
      if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw notFound(path);
      // O_DIRECTORY so that a FIFO or a device is refused instead of opened.
      await (await open(real, fsConstants.O_RDONLY | fsConstants.O_DIRECTORY | fsConstants.O_NONBLOCK)).close();
      return real;
    } catch (error) {
      throw notFound(path, error);
    }
  }
}

function kindOf(entry: Dirent): DirectoryEntry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

function sorted(entries: DirectoryEntry[]): DirectoryEntry[] {
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function notFound(path: string, cause?: unknown): NettkError {
  return new NettkError({ code: 'NOT_FOUND', action: `list ${JSON.stringify(path)}`, reason: 'no such folder', cause });
}
