/** The name server under the benches: started over a database on the disk, and what it costs the processor. */

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, type StartOptions, startNettk } from '../test/support/nettk.ts';
import { startPeer } from '../test/support/peers.ts';

/** A folder on the disk that both contenders write to; gone when it is disposed of. */
export async function benchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'nettk-names-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Starts a name server over a database in a folder. */
export function startNames(folder: string, more: readonly string[] = [], options: StartOptions = {}): Promise<Running> {
  return startNettk(['name-server', '--port', '0', '--db', join(folder, 'names.db'), ...more], options);
}

/** Clock ticks a second in /proc (proc_pid_stat(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_S = 100;

/** The time that a process has had of the processors so far, in seconds. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** Something to be checked: a process that listens on some ports. */
export interface Targets extends AsyncDisposable {
  readonly ports: readonly number[];
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

/** Starts one. */
export async function startTargets(count: number): Promise<Targets> {
  const peer = await startPeer(process.execPath, [join(import.meta.dirname, 'name-targets.ts'), String(count)]);
  const said = await peer.until((stdout) => stdout.includes('\n'));
  return { ports: JSON.parse(said.toString()), kill: peer.kill, [Symbol.asyncDispose]: peer.kill };
}
