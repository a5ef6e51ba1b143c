/** A small file of things that can be had again: read whole, replaced whole, for its owner's eyes; missing where it cannot be. */

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { NettkError } from '../errors.ts';
import { readTextFile } from './text-file.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** What is in the file; undefined where it cannot be read or is longer than the limit in bytes. */
export function readCacheFile(path: string, maxBytes: number): string | undefined {
  try {
    return readTextFile(path, maxBytes);
  } catch (error) {
    if (error instanceof NettkError) return undefined;
    throw error;
  }
}

/**
 * Replaces the file, so that whoever reads it meanwhile sees the old text or the new one. A link is replaced, not followed.
 *
 * @returns whether it could be written
 */
export function writeCacheFile(path: string, text: string): boolean {
  const part = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
    // Of a process that was killed, and had the same number.
    rmSync(part, { force: true });
    try {
      writeFileSync(part, text, { flag: 'wx', mode: FILE_MODE });
      renameSync(part, path);
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
    return true;
  } catch {
    return false;
  }
}
