import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PieceSize } from '../../src/host/piece-size.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** Hands a piece over that comes back after this many milliseconds. */
function lend(size: PieceSize, ms: number): number {
  size.taken(false);
  vi.advanceTimersByTime(ms);
  size.returned();
  return size.bytes;
}

describe('the size of pieces', () => {
  it('doubles to the most while the sink is done with them at once or soon', () => {
    const size = new PieceSize(524_288);
    expect(size.bytes).toBe(65_536);
    size.taken(true);
    expect(size.bytes).toBe(131_072);
    expect([lend(size, 10), lend(size, 10), lend(size, 10)]).toEqual([262_144, 524_288, 524_288]);
  });

  it('stays where they take a while, and halves to the least where they take long', () => {
    const size = new PieceSize(524_288);
    size.taken(true);
    size.taken(true);
    expect([lend(size, 500), lend(size, 1_100), lend(size, 1_100), lend(size, 1_100)]).toEqual([
      262_144, 131_072, 65_536, 65_536,
    ]);
  });
});
