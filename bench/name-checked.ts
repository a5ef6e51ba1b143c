/** Ten thousand instances on checks of five seconds: how late the server is, from the first registration on. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Running } from '../test/support/nettk.ts';
import { type BenchRow, median, RUNS } from './bench.ts';
import type { LoopDelay } from './name-loop.ts';
import type { Probed } from './name-probe.ts';
import { benchFolder, processorSeconds, startNames, startTargets } from './name-server.ts';
import { program } from './program.ts';

const INSTANCES = 10_000;
const PORTS = 100;
/** Over so many connections they are registered, without waiting for answers. */
const CONNECTIONS = 16;
/** The registrations, and two rounds of checks. */
const BURST_S = 12;
const STEADY_S = 10;
const MAX_P99_MS = 50;

interface Measured {
  readonly registeredS: number;
  readonly burst: { readonly loop: LoopDelay; readonly probed: Probed };
  readonly steady: { readonly loop: LoopDelay; readonly probed: Probed };
  /** Processors in use while nothing but checks go on. */
  readonly load: number;
}

/** Five runs. */
export async function checked(): Promise<BenchRow[]> {
  const found: Measured[] = [];
  for (let i = 0; i < RUNS; i += 1) found.push(await measure());
  return [
    ...rowsOf('registered and checked', found, ({ burst }) => burst, registrationNote(found)),
    ...rowsOf(
      'checked',
      found,
      ({ steady }) => steady,
      `${median(found.map(({ load }) => load)).toFixed(2)} processors`,
    ),
  ];
}

function registrationNote(found: readonly Measured[]): string {
  return `registered in ${median(found.map(({ registeredS }) => registeredS)).toFixed(2)} s`;
}

function rowsOf(
  what: string,
  found: readonly Measured[],
  pick: (one: Measured) => Measured['burst'],
  note: string,
): BenchRow[] {
  const row = (name: string, of: (one: Measured['burst']) => LoopDelay, more: string): BenchRow => {
    const runs = found.map((one) => of(pick(one)).p99);
    const most = Math.max(...found.map((one) => of(pick(one)).max)).toFixed(0);
    const title = `10,000 instances, ${what}: ${name}`;
    const all = `at most ${most} ms${more}`;
    return { name: title, unit: 'ms', value: median(runs), runs, note: all, bar: { atMost: MAX_P99_MS } };
  };
  return [row('event loop, p99', ({ loop }) => loop, `; ${note}`), row('answers, p99', ({ probed }) => probed, '')];
}

async function measure(): Promise<Measured> {
  await using folder = await benchFolder();
  await using targets = await startTargets(PORTS);
  const file = join(folder.path, 'loop.json');
  const env = { NODE_OPTIONS: `--require ${join(import.meta.dirname, 'name-loop.ts')}`, NETTK_LOOP_FILE: file };
  await using server = await startNames(folder.path, [], { env });
  const port = server.ports[0] ?? 0;
  await loopDelay(server, file);
  const probing = program<Probed>('name-probe.ts', port, BURST_S);
  const filled = program<{ seconds: number }>('name-fill.ts', port, INSTANCES, CONNECTIONS, '', ...targets.ports);
  const burst = { probed: await probing, loop: await loopDelay(server, file) };
  const before = processorSeconds(server.pid);
  const steady = {
    probed: await program<Probed>('name-probe.ts', port, STEADY_S),
    loop: await loopDelay(server, file),
  };
  const load = (processorSeconds(server.pid) - before) / STEADY_S;
  return { registeredS: (await filled).seconds, burst, steady, load };
}

/** How late the loop was since this was asked for last; the answer is a file. */
async function loopDelay(server: Running, file: string): Promise<LoopDelay> {
  await rm(file, { force: true });
  server.child.kill('SIGUSR2');
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('}')) return JSON.parse(text);
    await delay(1);
  }
}
