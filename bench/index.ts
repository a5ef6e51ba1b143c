/** Runs every bench and prints its figures beside those of the real peers, with every run, the machine and the commit. */

import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { NETTK } from '../test/support/nettk.ts';
import { type Bench, type BenchRow, holds } from './bench.ts';
import * as bulk from './bulk.ts';
import * as chat from './chat.ts';
import * as connections from './connections.ts';
import * as name from './name.ts';
import * as relay from './relay.ts';
import * as sleep from './sleep.ts';
import * as startup from './startup.ts';

/** Every bench, by the name that picks it: `npm run bench startup`. */
const BENCHES: Readonly<Record<string, Bench>> = { startup, connections, sleep, bulk, relay, chat, name };

const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function line(row: BenchRow): string {
  const bar = row.bar && ('atMost' in row.bar ? `≤ ${round(row.bar.atMost)}` : `≥ ${round(row.bar.atLeast)}`);
  const verdict = bar === undefined ? '' : `${bar} ${holds(row) ? 'holds' : 'MISSED'}`;
  const runs = row.runs === undefined ? '' : `[${row.runs.map(round).join(' ')}]`;
  return [row.name.padEnd(34), `${round(row.value)} ${row.unit}`.padEnd(16), verdict.padEnd(16), row.note, runs].join(
    ' ',
  );
}

function machine(): string {
  const { commit, node } = JSON.parse(execFileSync(NETTK, ['version', '--json'], { encoding: 'utf8' }));
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `nettk ${commit}, Node ${node}, ${cpus().length} × ${cpus()[0]?.model}, ${memory}, ${process.platform} ${release()}`;
}

console.log(machine());
const wanted = process.argv.slice(2);
let missed = 0;
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const row of await bench.run()) {
    if (!holds(row)) missed++;
    console.log(line(row));
  }
}
process.exitCode = missed === 0 ? 0 : 1;
