/** Ten thousand instances on checks of five seconds: how late the server is, from the first registration on. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Running } from '../test/support/nettk.ts';
import { type BenchRow, median, RUNS } from './bench.ts';
import type { LoopDelay, LoopDelays } from './name-loop.ts';
import type { Probed } from './name-probe.ts';
import { benchFolder, processorSeconds, startNames, startTargets } from './name-server.ts';
import { program } from './program.ts';

const INSTANCES = 10_000;
const PORTS = 100;
/** Over so many connections they are registered, without waiting for answers. */
const CONNECTIONS = 16;
/** From the first registration to the end of the second round of checks, and after that. */
const WHOLE_S = 12;
const STEADY_S = 10;
const BAR = { atMost: 50 };

interface Measured {
  readonly registeredS: number;
  /** While they are registered only. */
  readonly burst: LoopDelay;
  /** From the first registration on; the answers are those of all the time. */
  readonly whole: { readonly loop: LoopDelay; readonly probed: Probed };
  readonly steady: { readonly loop: LoopDelay; readonly probed: Probed };
  /** Processors in use while nothing but checks go on. */
  readonly load: number;
}

/** Five runs. */
export async function checked(): Promise<BenchRow[]> {
  const found: Measured[] = [];
  for (let i = 0; i < RUNS; i += 1) found.push(await measure());
  const took = median(found.map(({ registeredS }) => registeredS)).toFixed(2);
  const load = median(found.map((one) => one.load)).toFixed(2);
  const row = (name: string, pick: (one: Measured) => LoopDelay, note = ''): BenchRow => {
    const runs = found.map((one) => pick(one).p99);
    const most = Math.max(...found.map((one) => pick(one).max)).toFixed(0);
    const all = `at most ${most} ms${note}`;
    return { name: `10,000 checked: ${name}, p99`, unit: 'ms', value: median(runs), runs, note: all, bar: BAR };
  };
  return [
    row('loop, while registered', ({ burst }) => burst, `; registered in ${took} s`),
    row('loop, until checked twice', ({ whole }) => whole.loop),
    row('answers, until checked twice', ({ whole }) => whole.probed),
    row('loop, afterwards', ({ steady }) => steady.loop, `; ${load} processors`),
    row('answers, afterwards', ({ steady }) => steady.probed),
  ];
}

async function measure(): Promise<Measured> {
  await using folder = await benchFolder();
  await using targets = await startTargets(PORTS);
  const file = join(folder.path, 'loop.json');
  const env = { NODE_OPTIONS: `--require ${join(import.meta.dirname, 'name-loop.ts')}`, NETTK_LOOP_FILE: file };
  await using server = await startNames(folder.path, [], { env });
  const port = server.ports[0] ?? 0;
  await loopDelays(server, file);
  const probing = program<Probed>('name-probe.ts', port, WHOLE_S);
  const { seconds } = await program<{ readonly seconds: number }>(
    'name-fill.ts',
    port,
    INSTANCES,
    CONNECTIONS,
    '',
    ...targets.ports,
  );
  const burst = (await loopDelays(server, file)).sinceLast;
  const whole = { probed: await probing, loop: (await loopDelays(server, file)).sinceFirst };
  const before = processorSeconds(server.pid);
  const probed = await program<Probed>('name-probe.ts', port, STEADY_S);
  const steady = { probed, loop: (await loopDelays(server, file)).sinceLast };
  const load = (processorSeconds(server.pid) - before) / STEADY_S;
  return { registeredS: seconds, burst, whole, steady, load };
}

/** How late the loop was; the answer is a file. */
async function loopDelays(server: Running, file: string): Promise<LoopDelays> {
  await rm(file, { force: true });
  server.child.kill('SIGUSR2');
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('}}')) return JSON.parse(text);
    await delay(1);
  }
}
