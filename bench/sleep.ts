/** How late a sleep server answers, by its own clock and by its client's, with 1, 1,000 and 10,000 sleeps in flight. */

import { spawnSync } from 'node:child_process';
import type { Conn } from '../src/net/conn.ts';
import { dial } from '../src/net/dial.ts';
import type { SleepResult } from '../src/protocols/sleep.ts';
import { readLines } from '../src/stream/lines.ts';
import { startNettk } from '../test/support/nettk.ts';
import { type BenchRow, median, RUNS } from './bench.ts';

/** Sleeps one after another in one run, and the longest of them. */
const SINGLE_SLEEPS = 50;
const SINGLE_LONGEST_MS = 40;
/** Sleeps in flight together last up to this long, and so many share a connection. */
const LONGEST_MS = 3_000;
const PER_CONNECTION = 1_000;

/** What the bars are about: DESIGN's promise is never early, and late by little. */
const MAX_SINGLE_LATE_MS = 0.2;
const MAX_THOUSAND_LATE_MS = 3;

interface Sample {
  /** Milliseconds after the moment due, by the server's clock; negative would be early. */
  readonly server: number;
  /** The same by the client's, the way there and back included. */
  readonly client: number;
}

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly bar?: { readonly atMost: number };
  readonly note?: string;
  readonly runs: number[];
}

/** Measures lateness: five interleaved runs of each load against one server process. */
export async function run(): Promise<BenchRow[]> {
  const server = await startNettk(['sleep-server', '--port', '0', '--tcp']);
  const port = server.ports[0] as number;
  const figures = new Map<string, Figure>();
  try {
    for (let index = 0; index < RUNS; index++) {
      const python = pythonLateness();
      if (python !== undefined) add(figures, { name: 'sleep: python time.sleep p50', unit: 'ms' }, python);
      addSingle(figures, await sleepInTurn(port));
      addTogether(figures, 1_000, await sleepTogether(port, 1_000));
      addTogether(figures, 10_000, await sleepTogether(port, 10_000));
    }
  } finally {
    await server.stop();
  }
  return [...figures.values()].map((figure) => ({ ...figure, value: figureOf(figure) }));
}

/** One early call in one run breaks the promise: of counts the worst run is told. */
function figureOf(figure: Figure): number {
  return figure.unit === 'calls' ? Math.max(...figure.runs) : median(figure.runs);
}

function add(figures: Map<string, Figure>, figure: Omit<Figure, 'runs'>, value: number): void {
  const known = figures.get(figure.name) ?? { ...figure, runs: [] };
  known.runs.push(value);
  figures.set(figure.name, known);
}

function addSingle(figures: Map<string, Figure>, samples: readonly Sample[]): void {
  const late = (side: keyof Sample): number => quantile(samples, side, 0.5);
  add(figures, { name: 'sleep: 1, late p50', unit: 'ms', bar: { atMost: MAX_SINGLE_LATE_MS } }, late('server'));
  add(figures, { name: 'sleep: 1, late at the client p50', unit: 'ms' }, late('client'));
}

function addTogether(figures: Map<string, Figure>, count: number, samples: readonly Sample[]): void {
  const bar = count === 1_000 ? { bar: { atMost: MAX_THOUSAND_LATE_MS } } : {};
  const load = `sleep: ${count.toLocaleString('en')}`;
  add(figures, { name: `${load}, late p50`, unit: 'ms' }, quantile(samples, 'server', 0.5));
  add(figures, { name: `${load}, late p99`, unit: 'ms', ...bar }, quantile(samples, 'server', 0.99));
  add(figures, { name: `${load}, late at the client p99`, unit: 'ms' }, quantile(samples, 'client', 0.99));
  const early = samples.filter(({ server, client }) => server < 0 || client < 0).length;
  add(figures, { name: `${load}, early`, unit: 'calls', bar: { atMost: 0 } }, early);
}

function quantile(samples: readonly Sample[], side: keyof Sample, share: number): number {
  const sorted = samples.map((sample) => sample[side]).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

async function sleepInTurn(port: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const conn = await dial(`tcp://127.0.0.1:${port}`);
  for (let index = 0; index < SINGLE_SLEEPS; index++) {
    samples.push(...(await sleepOn(conn, [1 + Math.random() * SINGLE_LONGEST_MS])));
  }
  conn.destroy();
  return samples;
}

async function sleepTogether(port: number, count: number): Promise<Sample[]> {
  const shares = Array.from({ length: count / PER_CONNECTION }, () =>
    Array.from({ length: PER_CONNECTION }, () => Math.random() * LONGEST_MS),
  );
  const conns = await Promise.all(shares.map(() => dial(`tcp://127.0.0.1:${port}`)));
  const samples = await Promise.all(shares.map((share, index) => sleepOn(conns[index]!, share)));
  for (const conn of conns) conn.destroy();
  return samples.flat();
}

/** Makes all these calls at once on one connection, lengths in milliseconds. */
async function sleepOn(conn: Conn, lengths: readonly number[]): Promise<Sample[]> {
  const due = lengths.map((ms, id) => {
    const moment = performance.now() + ms;
    conn.write(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'sleep', params: [ms / 1_000] })}\n`);
    return moment;
  });
  const samples: Sample[] = [];
  for await (const line of readLines(conn)) {
    const { id, result } = JSON.parse(line) as { id: number; result: SleepResult };
    samples.push({ server: (result.slept - result.requested) * 1_000, client: performance.now() - due[id]! });
    if (samples.length === lengths.length) break;
  }
  return samples;
}

/** The median lateness of Python's sleep on this machine, now; undefined where there is no Python. */
function pythonLateness(): number | undefined {
  const program = [
    'import random, time',
    'def late():',
    ` d = random.random() * ${SINGLE_LONGEST_MS / 1_000}; t = time.monotonic(); time.sleep(d)`,
    ' return (time.monotonic() - t - d) * 1000',
    `print(sorted(late() for _ in range(${SINGLE_SLEEPS}))[${SINGLE_SLEEPS >> 1}])`,
  ].join('\n');
  const { status, stdout } = spawnSync('python3', ['-c', program], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
}
