/**
 * Loaded before a server with `node --import`: measures how late its event loop is, and at each SIGUSR2 writes what it found
 * since the last to the file that NETTK_LOOP_FILE names, as JSON.
 */

import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late the loop was, in milliseconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How often it is looked at, in milliseconds, which Node counts as delay. */
const RESOLUTION_MS = 1;

const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
histogram.enable();

process.on('SIGUSR2', () => {
  const late = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
  const found: LoopDelay = {
    p50: late(histogram.percentile(50)),
    p99: late(histogram.percentile(99)),
    max: late(histogram.max),
  };
  histogram.reset();
  writeFileSync(process.env['NETTK_LOOP_FILE'] as string, JSON.stringify(found));
});
