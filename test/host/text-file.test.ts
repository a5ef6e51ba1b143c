import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTextFile } from '../../src/host/text-file.ts';
import { failureOf } from '../support/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'nettk-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, data: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, data);
  return path;
}

describe('readTextFile', () => {
  it('reads a file of several chunks whole', () => {
    const text = 'é'.repeat(100_000);
    expect(readTextFile(write('long', text))).toBe(text);
    expect(readTextFile(write('empty', ''))).toBe('');
  });

  it('reads files whose size is not known before', () => {
    expect(readTextFile('/proc/self/stat')).toMatch(/^\d+ \(/);
  });

  it('refuses a file longer than the limit, endless ones too', () => {
    const path = write('ten', '0123456789');
    expect(readTextFile(path, 10)).toBe('0123456789');
    expect(failureOf(() => readTextFile(path, 9))).toMatchObject({ code: 'TOO_LONG', exit: 2 });
    expect(failureOf(() => readTextFile('/dev/zero', 1_000_000)).code).toBe('TOO_LONG');
  });

  it('takes a named pipe that nobody writes to for empty, and waits for a writer that is slow', () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(readTextFile(fifo)).toBe('');
    const slow = spawn('sh', ['-c', `(printf one; sleep 0.2; printf two) > "${fifo}"`]);
    // The writer waits for a reader, so one that holds the pipe open lets it start.
    const reader = openSync(fifo, constants.O_RDWR);
    expect(readSync(reader, Buffer.alloc(3))).toBe(3);
    expect(() => readTextFile(fifo, 2)).toThrow('longer than 2 bytes');
    closeSync(reader);
    slow.kill();
  });

  it('names the file it cannot read', () => {
    const path = join(folder, 'absent');
    expect(failureOf(() => readTextFile(path)).message).toBe(`read ${path}: no such file or directory (ENOENT)`);
    expect(failureOf(() => readTextFile(folder)).code).toBe('EISDIR');
  });
});
