/** A hundred thousand instances that are checked once a minute: memory, and how long it takes to serve again after kill -9. */

import type { Running } from '../test/support/nettk.ts';
import { type BenchRow, median, RUNS } from './bench.ts';
import { askOne, SERVICES } from './name-client.ts';
import { benchFolder, startNames, startTargets } from './name-server.ts';
import { peakMemoryMib, program } from './program.ts';

const INSTANCES = 100_000;
const PORTS = 100;
const MAX_MIB = 500;
const MAX_RESTART_S = 3;

interface Measured {
  /** The most it had while it was filled, and after the restart, in MiB. */
  readonly filled: number;
  readonly restarted: number;
  readonly restartS: number;
}

/** Five runs. */
export async function size(): Promise<BenchRow[]> {
  const found: Measured[] = [];
  for (let i = 0; i < RUNS; i += 1) found.push(await measure());
  const row = (name: string, unit: string, pick: (one: Measured) => number, atMost: number): BenchRow => {
    const runs = found.map(pick);
    return { name: `100,000 instances: ${name}`, unit, value: median(runs), runs, bar: { atMost } };
  };
  return [
    row('memory, filled', 'MiB', ({ filled }) => filled, MAX_MIB),
    row('memory, restarted', 'MiB', ({ restarted }) => restarted, MAX_MIB),
    row('killed, serves after', 's', ({ restartS }) => restartS, MAX_RESTART_S),
  ];
}

async function measure(): Promise<Measured> {
  await using folder = await benchFolder();
  await using targets = await startTargets(PORTS);
  const first = await startNames(folder.path);
  await program('name-fill.ts', first.ports[0] ?? 0, INSTANCES, 4, 'interval=60s', ...targets.ports);
  const filled = peakMemoryMib(first.pid);
  await first.stop('SIGKILL');
  const begun = performance.now();
  await using again = await startNames(folder.path);
  const [known] = await askOne(again.ports[0] ?? 0, 'lookup service-0 all');
  const restartS = (performance.now() - begun) / 1_000;
  if (known === undefined || (await countOf(again)) !== INSTANCES) throw new Error('instances were lost');
  return { filled, restarted: peakMemoryMib(again.pid), restartS };
}

/** How many instances a server lists. */
async function countOf(server: Running): Promise<number> {
  const lines = await askOne(server.ports[0] ?? 0, 'list');
  if (lines.length !== SERVICES) throw new Error(`${lines.length} services`);
  return lines.reduce((sum, line) => sum + Number(/ instances=(\d+)/.exec(line)?.[1]), 0);
}
