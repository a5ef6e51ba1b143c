import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../commands/index.ts';
import { NETTK, runNettk } from '../support/nettk.ts';

const run = promisify(execFile);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-alone-'));
  await copyFile(NETTK, join(folder, 'nettk'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the executable alone, without Node or any file beside it', () => {
  it('runs, and leaves nothing behind', async () => {
    const { stdout } = await run(join(folder, 'nettk'), ['version', '--json'], { cwd: folder, env: {} });
    expect(JSON.parse(stdout)).toMatchObject({ node: process.versions.node, platform: expect.stringContaining('-') });
    expect(await readdir(folder)).toEqual(['nettk']);
  });

  it('loads the HTTP client it carries', async () => {
    const fetched = run(join(folder, 'nettk'), ['web', 'http://127.0.0.1:1/'], { cwd: folder, env: {} });
    await expect(fetched).rejects.toMatchObject({ code: 7, stderr: expect.stringContaining('ECONNREFUSED') });
  });

  it('obeys NETTK_SERVICES', async () => {
    const services = join(folder, 'services');
    await writeFile(services, 'nettk-only 54321/tcp\n');
    const { code, stdout } = await runNettk(['port', 'nettk-only'], { env: { NETTK_SERVICES: services } });
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('54321/tcp');
    expect(await runNettk(['port', 'nettk-only'])).toMatchObject({ code: 2 });
  });
});

describe('every command', () => {
  it.each(commands.map(({ name }) => name))('%s shows its help, in the binary as well', async (name) => {
    const { code, stdout, stderr } = await runNettk([name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.toString()).toContain(`  nettk ${name}`);
    expect((await runNettk(['help', name])).stdout.equals(stdout)).toBe(true);
  });
});
