/** One line on standard error that says how far a transfer is, for a person at a terminal. */

import type { Io } from './io.ts';

/** A line that is overwritten in place. */
export interface ProgressLine {
  /** Says how many bytes are there; cheap, it draws only now and then. */
  update(bytes: number): void;
  /** Takes the line away. */
  clear(): void;
}

/** The pause between two drawings, in milliseconds. */
const REDRAW_MS = 100;
const BYTES_PER_STEP = 1024;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const ERASE_LINE = '\r\x1b[K';

/** Makes a progress line; it draws nothing where progress may not be shown. */
export function createProgress(io: Io, total: number | undefined): ProgressLine {
  if (!io.canShowProgress) return { update() {}, clear() {} };
  const began = performance.now();
  let drawn = -Infinity;
  return {
    update(bytes) {
      const now = performance.now();
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      io.stderr.write(ERASE_LINE + progressText(bytes, total, now - began));
    },
    clear() {
      if (drawn !== -Infinity) io.stderr.write(ERASE_LINE);
      drawn = -Infinity;
    },
  };
}

/**
 * What the line says: `1.5 MiB of 3.0 MiB, 50 %, 1.5 MiB/s`.
 *
 * @param ms milliseconds since the beginning
 */
export function progressText(bytes: number, total: number | undefined, ms: number): string {
  const speed = `${formatBytes(ms > 0 ? (bytes * 1000) / ms : 0)}/s`;
  if (total === undefined || total === 0) return `${formatBytes(bytes)}, ${speed}`;
  return `${formatBytes(bytes)} of ${formatBytes(total)}, ${Math.floor((bytes / total) * 100)} %, ${speed}`;
}

/** Bytes as a person reads them, in steps of 1024: `512 B`, `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= BYTES_PER_STEP && unit < UNITS.length - 1) {
    value /= BYTES_PER_STEP;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
