import { describe, expect, it } from 'vitest';
import { createProgress, formatBytes, progressText } from '../../src/cli/progress.ts';
import { startSpinner } from '../../src/cli/spinner.ts';
import { type FakeIo, fakeIo } from '../support/fake-io.ts';

const terminal = (): FakeIo => Object.assign(fakeIo(), { canShowProgress: true });

describe('progressText', () => {
  it.each([
    [0, undefined, 0, '0 B, 0 B/s'],
    [1536, undefined, 1000, '1.5 KiB, 1.5 KiB/s'],
    [1_048_576, 3_145_728, 2000, '1.0 MiB of 3.0 MiB, 33 %, 512.0 KiB/s'],
    [5, 0, 1000, '5 B, 5 B/s'],
  ])('for %d of %s bytes after %d ms is "%s"', (bytes, total, ms, text) => {
    expect(progressText(bytes, total, ms)).toBe(text);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [5 * 1024 ** 4, '5.0 TiB'],
    [5000 * 1024 ** 4, '5000.0 TiB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('createProgress', () => {
  it('draws one line over and over, and takes it away', () => {
    const io = terminal();
    const progress = createProgress(io, 100);
    progress.update(50);
    progress.update(51);
    progress.clear();
    expect(io.err()).toMatch(/^\r\x1b\[K50 B of 100 B, 50 %, [^\r]*\r\x1b\[K$/);
  });

  it('writes nothing where progress may not be shown', () => {
    const io = fakeIo();
    const progress = createProgress(io, 100);
    progress.update(50);
    progress.clear();
    startSpinner(io, 'waiting', true)();
    expect(io.err()).toBe('');
  });
});
