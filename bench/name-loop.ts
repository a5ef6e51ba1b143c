/**
 * Loaded before a server with `node --require`: measures how late its event loop is, and at each SIGUSR2 writes what it found
 * to the file that NETTK_LOOP_FILE names, as JSON. What was before the first one does not count.
 */

import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late the loop was, in milliseconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How late it was since the last time this was asked for, and since the first time. */
export interface LoopDelays {
  readonly sinceLast: LoopDelay;
  readonly sinceFirst: LoopDelay;
}

/** How often it is looked at, in milliseconds, which Node counts as delay. */
const RESOLUTION_MS = 1;

type Histogram = ReturnType<typeof monitorEventLoopDelay>;

const late = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
const read = (histogram: Histogram): LoopDelay => ({
  p50: late(histogram.percentile(50)),
  p99: late(histogram.percentile(99)),
  max: late(histogram.max),
});

const [last, first] = [0, 1].map(() => monitorEventLoopDelay({ resolution: RESOLUTION_MS })) as [Histogram, Histogram];
last.enable();
first.enable();
let isFirst = true;
process.on('SIGUSR2', () => {
  const found: LoopDelays = { sinceLast: read(last), sinceFirst: read(first) };
  last.reset();
  if (isFirst) first.reset();
  isFirst = false;
  writeFileSync(process.env['NETTK_LOOP_FILE'] as string, JSON.stringify(found));
});
