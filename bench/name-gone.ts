/** Servers killed with SIGKILL: how long they are still in answers, beside what is promised. */

import { setTimeout as delay } from 'node:timers/promises';
import { type BenchRow, median } from './bench.ts';
import { askAll, askOne } from './name-client.ts';
import { benchFolder, startNames, startTargets, type Targets } from './name-server.ts';

const KILLED = 20;
/** So that those killed are no mass failure. */
const WELL = 60;
const INTERVAL_S = 1;
const TIMEOUT_S = 1;
const FAIL = 3;
const ASK_EVERY_MS = 5;
/** The kills are spread over as long as the checks are, in milliseconds. */
const SPREAD_MS = 2_000;

/** Twenty servers, each killed at a moment of its own. */
export async function gone(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const options = ['--interval', `${INTERVAL_S}s`, '--timeout', `${TIMEOUT_S}s`, '--fail', `${FAIL}`];
  await using server = await startNames(folder.path, options);
  const port = server.ports[0] ?? 0;
  await using well = await startTargets(WELL);
  await askAll(
    port,
    well.ports.map((place, i) => `register well-${i} ${place}`),
  );
  const victims = await Promise.all(Array.from({ length: KILLED }, () => startTargets(1)));
  await askAll(
    port,
    victims.map(({ ports }, i) => `register victim-${i} ${ports[0]}`),
  );
  await Promise.all(victims.map((_, i) => until(port, i, (line) => line.includes(' status=up '))));
  const runs = await Promise.all(victims.map((victim, i) => timeOf(port, victim, i)));
  const bound = FAIL * INTERVAL_S + TIMEOUT_S;
  const note = `p50 ${median(runs).toFixed(2)} s; ${FAIL} × ${INTERVAL_S} s and ${TIMEOUT_S} s is what is promised`;
  const value = Math.max(...runs);
  return [{ name: `killed ${KILLED} times: served for at most`, unit: 's', value, note, bar: { atMost: bound } }];
}

async function timeOf(port: number, victim: Targets, number: number): Promise<number> {
  await delay(Math.random() * SPREAD_MS);
  const begun = performance.now();
  await victim.kill();
  await until(port, number, (line) => line.startsWith('error: '));
  return (performance.now() - begun) / 1_000;
}

async function until(port: number, victim: number, isSo: (line: string) => boolean): Promise<void> {
  while (!isSo((await askOne(port, `lookup victim-${victim}`))[0] ?? '')) await delay(ASK_EVERY_MS);
}
