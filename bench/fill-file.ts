/** Files to move, made of bytes that do not compress. */

import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';

const PART_BYTES = 16_777_216;

/** Writes a file: these bytes, or so many at random (a part of 16 MiB repeated). */
export async function fillFile(path: string, content: Uint8Array | number): Promise<void> {
  const file = await open(path, 'w');
  try {
    if (typeof content !== 'number') return await file.writeFile(content);
    const part = randomBytes(Math.min(PART_BYTES, content));
    for (let left = content; left > 0; left -= part.length) await file.write(part, 0, Math.min(left, part.length));
  } finally {
    await file.close();
  }
}
