import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileInput } from '../../src/host/file-input.ts';
import { pump } from '../../src/stream/join.ts';
import { readPieces } from '../../src/stream/pieces.ts';
import { readToEnd } from '../support/sockets.ts';

let folder: string;
let path: string;
let file: number;
const data = randomBytes(3_000_001);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-input-'));
  path = join(folder, 'data');
  await writeFile(path, data);
  file = openSync(path, 'r+');
});
afterEach(async () => {
  closeSync(file);
  await rm(folder, { recursive: true });
});

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A sink that keeps every piece for a turn. */
function borrower(pieces: number[] = []) {
  const all = createHash('sha256');
  const sink = new Writable({
    write: (piece: Buffer, _encoding, done) => {
      pieces.push(piece.length);
      setImmediate(() => {
        all.update(piece);
        done();
      });
    },
  });
  return Object.assign(sink, { isBorrowing: true, digest: () => all.digest('hex') });
}

describe('a regular file as input', () => {
  it('is read in ever larger pieces, of up to 1 MiB, where the sink borrows them', async () => {
    const pieces: number[] = [];
    const sink = borrower(pieces);
    expect(await pump(fileInput(file)!, sink)).toBe(data.length);
    expect(sink.digest()).toBe(hash(data));
    expect(pieces).toEqual([65_536, 131_072, 262_144, 524_288, 1_048_576, 968_385]);
  });

  it('is a stream like any other where it does not', async () => {
    expect((await readToEnd(fileInput(file)!)).equals(data)).toBe(true);
  });

  it.each(['pieces', 'chunks'])('is read in %s from where it stands, and left open', async (way) => {
    readSync(file, Buffer.alloc(1_000));
    const sink = borrower();
    const input = fileInput(file)!;
    if (way === 'chunks') input.pause();
    expect(await pump(input, sink)).toBe(data.length - 1_000);
    expect(sink.digest()).toBe(hash(data.subarray(1_000)));
    expect(readSync(file, Buffer.alloc(1))).toBe(0);
  });

  it('ends where it ended when that was found out, and leaves what came later to others', async () => {
    const input = fileInput(file)!;
    const ended = new Promise((resolve) => input.on('end', resolve));
    const copied = pump(input, borrower());
    await ended;
    await appendFile(path, 'later');
    expect(await copied).toBe(data.length);
    expect(readSync(file, Buffer.alloc(10))).toBe(5);
  });

  it('fails the pump where it cannot be read', async () => {
    const unreadable = openSync(path, 'w');
    await expect(pump(fileInput(unreadable)!, borrower())).rejects.toMatchObject({ code: 'EBADF' });
  });

  it('takes nothing more once the signal aborts, and delivers what it took', async () => {
    const controller = new AbortController();
    const sink = borrower();
    const copied = pump(fileInput(file)!, sink, { signal: controller.signal, onBytes: () => controller.abort() });
    expect(await copied).toBe(65_536);
    expect(sink.digest()).toBe(hash(data.subarray(0, 65_536)));
    expect(readSync(file, Buffer.alloc(data.length))).toBe(data.length - 65_536);
  });

  it('is not read in pieces once it has begun to flow', async () => {
    const input = fileInput(file)!;
    input.resume();
    expect(readPieces(input, borrower(), () => true)).toBeUndefined();
    await once(input, 'end');
  });

  it('is not what a device or a closed descriptor is', () => {
    const device = openSync('/dev/null', 'r');
    expect(fileInput(device)).toBeUndefined();
    closeSync(device);
    expect(fileInput(device)).toBeUndefined();
  });
});
