/**
 * Registrations that are on the disk when they are answered, beside the puts of one etcd on the same disk: 64 under way, over
 * 64 connections or over 8, since neither way is the best one for both.
 */

import { join } from 'node:path';
import { readRegistration } from '../src/registry/registration.ts';
import { freePort, startPeer } from '../test/support/peers.ts';
import { type BenchRow, median, RUNS } from './bench.ts';
import type { NameLoad } from './name-load.ts';
import { benchFolder, processorSeconds, startNames } from './name-server.ts';
import { program } from './program.ts';

/** Connections, and requests under way on each. */
const WAYS = [
  [64, 1],
  [8, 8],
] as const;
const WARM_UP_S = 1;
const LOAD_S = 3;
/** How many times as many as etcd, at least; what we want is 3. */
const MIN_RATIO = 1;

/** What etcd is given to keep is as long as what the name server keeps. */
const VALUE_BYTES = JSON.stringify(
  readRegistration({ name: 'service-500', address: '127.0.0.1', port: 40_000, id: '20000-50000', checks: [] }, ''),
).length;

interface Contender extends AsyncDisposable {
  readonly pid: number;
  load(way: readonly [number, number], seconds: number): Promise<NameLoad>;
}

const CONTENDERS: Readonly<Record<string, () => Promise<Contender>>> = { nettk: startNettkNames, etcd: startEtcd };

async function startNettkNames(): Promise<Contender> {
  const folder = await benchFolder();
  const server = await startNames(folder.path);
  return {
    pid: server.pid,
    load: (way, seconds) => program<NameLoad>('name-load.ts', server.ports[0] ?? 0, 'register', ...way, seconds),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function startEtcd(): Promise<Contender> {
  const folder = await benchFolder();
  const [port, peerPort] = [await freePort(), await freePort()];
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const args = [
    ...['--data-dir', join(folder.path, 'etcd'), '--log-level', 'error', '--initial-cluster', `default=${peer}`],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
  ];
  const etcd = await startPeer('etcd', args, { ready: [`tcp:${port}`] });
  return {
    pid: etcd.pid,
    load: (way, seconds) => program<NameLoad>('etcd-put.ts', port, ...way, seconds, VALUE_BYTES),
    [Symbol.asyncDispose]: async () => {
      await etcd.kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Five interleaved runs of both, both ways. */
export async function registrations(): Promise<BenchRow[]> {
  const cases = WAYS.flatMap((way) => Object.keys(CONTENDERS).map((name) => ({ name, way, runs: [] as Measured[] })));
  for (let i = 0; i < RUNS; i += 1) for (const { name, way, runs } of cases) runs.push(await measure(name, way));
  const rows = cases.map(({ name, way, runs }) => rowOf(name, way, runs));
  const best = (name: string): number =>
    Math.max(...rows.filter(({ name: title }) => title.endsWith(name)).map(({ value }) => value));
  const value = best('nettk') / best('etcd');
  const note = `the better way of each; aim 3 ${value < 3 ? 'missed' : 'reached'}`;
  return [...rows, { name: 'registrations: nettk / etcd', unit: '×', value, note, bar: { atLeast: MIN_RATIO } }];
}

interface Measured extends NameLoad {
  /** Of the server's processor time each, in microseconds. */
  readonly cost: number;
}

async function measure(name: string, way: readonly [number, number]): Promise<Measured> {
  await using contender = await CONTENDERS[name]?.();
  if (!contender) throw new Error(`${name}: not known`);
  await contender.load(way, WARM_UP_S);
  const before = processorSeconds(contender.pid);
  const load = await contender.load(way, LOAD_S);
  const cost = (1e6 * (processorSeconds(contender.pid) - before)) / load.answers;
  if (load.errors > 0) throw new Error(`${name}: ${load.errors} were refused`);
  return { ...load, cost };
}

function rowOf(name: string, [connections]: readonly [number, number], all: readonly Measured[]): BenchRow {
  const runs = all.map(({ answers, seconds }) => answers / seconds);
  const late = median(all.map(({ p99 }) => p99)).toFixed(1);
  const cost = median(all.map((one) => one.cost)).toFixed(0);
  const note = `p99 ${late} ms; ${cost} µs of the server's processor each`;
  return { name: `registrations, ${connections} connections: ${name}`, unit: '/s', value: median(runs), runs, note };
}
