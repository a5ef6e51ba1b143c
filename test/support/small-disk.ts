/** A disk that is full when a test says so. Needs root and mount(8). */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small disk, which is gone when it is disposed of. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Puts a file of so many bytes on it. */
  fill(bytes: number): void;
  /** Takes that file away. */
  empty(): void;
}

/** Makes one of so many bytes, whole pages. */
export function smallDisk(bytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'nettk-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path]);
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: (count) => writeFileSync(ballast, Buffer.alloc(count)),
    empty: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]() {
      execFileSync('umount', [path]);
      rmSync(path, { recursive: true });
    },
  };
}
