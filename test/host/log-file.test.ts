import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openLogFile } from '../../src/host/log-file.ts';
import { needs } from '../support/needs.ts';
import { smallDisk } from '../support/small-disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'nettk-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

it('empties the file when it is opened, before anything is written', async () => {
  const path = file('old', 'of yesterday');
  const log = await openLogFile(path, false);
  expect(readFileSync(path, 'utf8')).toBe('');
  await log.close();
});

it('adds to the file where asked', async () => {
  const path = file('kept', 'one ');
  const log = await openLogFile(path, true);
  await log.write(Buffer.from('two'));
  await log.close();
  expect(readFileSync(path, 'utf8')).toBe('one two');
});

it('writes in order what is handed over at once, all of it before it closes', async () => {
  const path = join(folder, 'order');
  const log = await openLogFile(path, false);
  const all = Array.from({ length: 500 }, (_, i) => `${i},`);
  for (const one of all) log.write(Buffer.from(one));
  await log.close();
  expect(readFileSync(path, 'utf8')).toBe(all.join(''));
});

it('says that the disk is full, at every write', async () => {
  const log = await openLogFile('/dev/full', false);
  const full = { code: 'ENOSPC', message: 'write /dev/full: no space left on device (ENOSPC)', exit: 1 };
  await expect(log.write(Buffer.from('x'))).rejects.toMatchObject(full);
  await expect(log.write(Buffer.from('y'))).rejects.toMatchObject(full);
  await expect(log.close()).rejects.toMatchObject(full);
});

it('says which file cannot be opened', async () => {
  const missing = join(folder, 'no/such/folder');
  await expect(openLogFile(missing, false)).rejects.toMatchObject({
    code: 'ENOENT',
    exit: 2,
    action: `write ${missing}`,
  });
});

it('tells of several writes which the disk has taken whole, and ends the line that it cut', async (context) => {
  needs(context, 'root', 'mount');
  using disk = smallDisk(65_536);
  const log = await openLogFile(join(disk.path, 'log'), false, true);
  disk.fill(60_000);
  const lines = ['a', 'b', 'c'].map((letter) => `${letter.repeat(1_999)}\n`);
  const outcomes = await Promise.allSettled(lines.map((line) => log.write(Buffer.from(line))));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  disk.empty();
  await log.write(Buffer.from('after\n'));
  await log.close();
  const written = readFileSync(join(disk.path, 'log'), 'utf8').split('\n');
  expect(written.map((line) => [line[0], line.length])).toEqual([
    ['a', 1_999],
    ['b', 1_999],
    ['c', 96],
    ['a', 5],
    [undefined, 0],
  ]);
});
