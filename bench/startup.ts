/** How long a command takes from start to end, beside bare Node and ncat. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { NETTK, startNettk } from '../test/support/nettk.ts';
import { type BenchRow, median, RUNS } from './bench.ts';

/** Starts in one run; a run's figure is their median. */
const STARTS_PER_RUN = 9;
/** Starting a command may take this many times as long as bare Node. */
const MAX_RATIO = 2;

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly isOurs?: boolean;
}

/** Measures start-up: five interleaved runs of several starts each. */
export async function run(): Promise<BenchRow[]> {
  const server = await startNettk(['daytime-server', '--port', '0'], { ready: 2 });
  try {
    const contenders = list(String(server.ports[0])).filter(({ command }) => exists(command[0] as string));
    const runs = await measure(contenders);
    const bare = median(runs.get('node -e 0') ?? []);
    return contenders.map((contender) => row(contender, runs.get(contender.name) ?? [], bare));
  } finally {
    await server.stop();
  }
}

function list(port: string): Contender[] {
  return [
    { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
    { name: 'nettk --version', command: [NETTK, '--version'], isOurs: true },
    { name: 'nettk port', command: [NETTK, 'port', 'daytime'], isOurs: true },
    { name: 'nettk daytime', command: [NETTK, 'daytime', '127.0.0.1', port], isOurs: true },
    { name: 'nettk daytime --tcp', command: [NETTK, 'daytime', '--tcp', '127.0.0.1', port], isOurs: true },
    { name: 'ncat --version', command: ['ncat', '--version'] },
    { name: 'ncat to daytime', command: ['ncat', '127.0.0.1', port] },
    { name: 'nc to daytime', command: ['nc', '127.0.0.1', port] },
    { name: 'socat to daytime', command: ['socat', '-', `TCP:127.0.0.1:${port}`] },
  ];
}

const exists = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

async function measure(contenders: readonly Contender[]): Promise<Map<string, number[]>> {
  const runs = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let index = 0; index < RUNS; index++) {
    const starts = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
    for (let start = 0; start < STARTS_PER_RUN; start++) {
      for (const { name, command } of contenders) starts.get(name)?.push(await timeOf(command));
    }
    for (const [name, times] of starts) runs.get(name)?.push(median(times));
  }
  return runs;
}

async function timeOf([program = '', ...args]: readonly string[]): Promise<number> {
  const begin = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.resume();
  await once(child, 'close');
  return performance.now() - begin;
}

function row({ name, isOurs }: Contender, runs: readonly number[], bare: number): BenchRow {
  const value = median(runs);
  const note = `${(value / bare).toFixed(2)} × node -e 0`;
  const shared = { name: `start-up: ${name}`, unit: 'ms', value, runs, note };
  return isOurs ? { ...shared, bar: { atMost: MAX_RATIO * bare } } : shared;
}
