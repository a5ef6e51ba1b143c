import { execFile } from 'node:child_process';
import { chmod, constants, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NETTK } from '../support/nettk.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/node/bin/node');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function tour(binary: string): Promise<{ code: unknown; stdout: string }> {
  return new Promise((done) => {
    execFile(NODE, [join(ROOT, 'scripts/tour.ts'), '--binary', binary], (error, stdout) =>
      done({ code: error?.code ?? 0, stdout }),
    );
  });
}

describe('the tour', () => {
  it('gets the right answers from the binary copied alone to an empty folder', async () => {
    const copy = join(folder, 'nettk');
    await copyFile(NETTK, copy, constants.COPYFILE_FICLONE);
    const { code, stdout } = await tour(copy);
    expect(stdout).not.toContain('FAILED');
    expect(stdout).toMatch(/\nAll \d+ answers were right\.\n$/);
    expect(code).toBe(0);
  });

  it('fails where the binary says nothing, naming what was expected', async () => {
    const silent = join(folder, 'silent');
    await writeFile(silent, '#!/bin/sh\nexit 0\n');
    await chmod(silent, 0o755);
    const { code, stdout } = await tour(silent);
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAILED: daytime-server: expected its ready line/);
  });

  it('fails where an answer is wrong', async () => {
    const liar = join(folder, 'liar');
    await writeFile(liar, `#!/bin/sh\ncase "$1" in echo) echo hullo;; *) exec '${NETTK}' "$@";; esac\n`);
    await chmod(liar, 0o755);
    const { code, stdout } = await tour(liar);
    expect(code).toBe(1);
    expect(stdout).toContain('got exit 0 and "hullo\\n"');
  });
});
