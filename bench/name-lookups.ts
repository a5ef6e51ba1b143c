/** Lookups over the line face, from clients that wait for each answer and from clients that ask several things at once. */

import { type BenchRow, median, RUNS } from './bench.ts';
import { SERVICES } from './name-client.ts';
import type { NameLoad } from './name-load.ts';
import { benchFolder, processorSeconds, startNames } from './name-server.ts';
import { program } from './program.ts';

/** Connections, lookups under way on each, and how many a second there must be. */
const CASES = [
  { connections: 64, inFlight: 1 },
  { connections: 64, inFlight: 16, atLeast: 50_000 },
  { connections: 8, inFlight: 128, atLeast: 50_000 },
] as const;
const WARM_UP_S = 1;
const LOAD_S = 3;

interface Measured {
  readonly rate: number;
  readonly p99: number;
  /** Of the server's processor time, in microseconds. */
  readonly cost: number;
}

/** Five interleaved runs of each case. */
export async function lookups(): Promise<BenchRow[]> {
  const cases = CASES.map((one) => ({ ...one, runs: [] as Measured[] }));
  for (let i = 0; i < RUNS; i += 1) {
    for (const { connections, inFlight, runs } of cases) runs.push(await measure(connections, inFlight));
  }
  return cases.map(({ connections, inFlight, runs, ...one }) => {
    const rates = runs.map(({ rate }) => rate);
    const cost = median(runs.map((run) => run.cost)).toFixed(1);
    const late = median(runs.map(({ p99 }) => p99)).toFixed(1);
    return {
      name: `lookups, ${connections} clients × ${inFlight}`,
      unit: '/s',
      value: median(rates),
      runs: rates,
      note: `p99 ${late} ms; ${cost} µs of the server's processor each`,
      ...('atLeast' in one && { bar: { atLeast: one.atLeast } }),
    };
  });
}

async function measure(connections: number, inFlight: number): Promise<Measured> {
  await using folder = await benchFolder();
  await using server = await startNames(folder.path);
  const port = server.ports[0] ?? 0;
  await program('name-fill.ts', port, SERVICES, 1, 'check=none');
  await program('name-load.ts', port, 'lookup', connections, inFlight, WARM_UP_S);
  const before = processorSeconds(server.pid);
  const load = await program<NameLoad>('name-load.ts', port, 'lookup', connections, inFlight, LOAD_S);
  const cost = (1e6 * (processorSeconds(server.pid) - before)) / load.answers;
  if (load.errors > 0) throw new Error('lookups failed');
  return { rate: load.answers / load.seconds, p99: load.p99, cost };
}
