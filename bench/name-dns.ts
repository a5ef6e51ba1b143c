/** DNS queries for A and SRV records of a thousand services, from dnsperf, beside a dnsmasq that has the same records. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../test/support/nettk.ts';
import { freePort, startPeer } from '../test/support/peers.ts';
import { type BenchRow, median, RUNS } from './bench.ts';
import { quantile, SERVICES, serviceName } from './name-client.ts';
import { benchFolder, processorSeconds, startNames } from './name-server.ts';
import { program } from './program.ts';

const WARM_UP_S = 1;
const LOAD_S = 4;
/** Sockets of dnsperf; 100 queries are under way, which is its default. */
const SOCKETS = 10;
/** How many times as many as dnsmasq, at least; what we want is 1. */
const MIN_RATIO = 0.5;
/** How late an answer in a hundred may be at half of the load, in milliseconds. */
const MAX_P99_MS = 5;
/** Where `name-fill.ts` puts the first service. */
const FIRST_PORT = 1_024;

const numbers = Array.from({ length: SERVICES }, (_, number) => number);

interface Contender extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

const CONTENDERS: Readonly<Record<string, (folder: string) => Promise<Contender>>> = {
  nettk: startNettkNames,
  dnsmasq: startDnsmasq,
};

async function startNettkNames(folder: string): Promise<Contender> {
  const server = await startNames(folder, ['--dns-port', '0'], { ready: 3 });
  const [line = 0, port = 0] = server.ports;
  await program('name-fill.ts', line, SERVICES, 1, 'check=none');
  return { pid: server.pid, port, [Symbol.asyncDispose]: async () => void (await server.stop()) };
}

/** The same answers: an address for each service, an SRV record, and the address of its target. */
async function startDnsmasq(folder: string): Promise<Contender> {
  const [port, config] = [await freePort(), join(folder, 'dnsmasq.conf')];
  const head = [`port=${port}`, 'listen-address=127.0.0.1', 'bind-interfaces', 'local=/nettk/', 'local-ttl=5'];
  const records = numbers.flatMap((number) => {
    const name = serviceName(number);
    const target = `7f000001.${name}.nettk`;
    return [
      `host-record=${name}.nettk,127.0.0.1`,
      `host-record=${target},127.0.0.1`,
      `srv-host=_${name}._tcp.nettk,${target},${FIRST_PORT + number},0,1`,
    ];
  });
  await writeFile(config, [...head, 'no-hosts', 'no-resolv', 'pid-file', 'user', ...records, ''].join('\n'));
  const ready = [`udp:127.0.0.1:${port}`] as const;
  const peer = await startPeer('dnsmasq', ['--keep-in-foreground', `--conf-file=${config}`], { ready });
  return { pid: peer.pid, port, [Symbol.asyncDispose]: peer.kill };
}

/** What dnsperf found. */
interface Load {
  readonly queries: number;
  readonly rate: number;
  /** The mean length of an answer, in bytes. */
  readonly size: number;
  /** In milliseconds, where it was asked for each. */
  readonly p99: number;
}

/** Runs dnsperf; throws where a query was lost or an answer was not NOERROR. */
async function dnsperf(port: number, queries: string, seconds: number, ...more: string[]): Promise<Load> {
  const words = ['-s', '127.0.0.1', '-p', `${port}`, '-d', queries, '-c', `${SOCKETS}`, '-l', `${seconds}`, ...more];
  const { code, stdout, stderr } = await runProgram('dnsperf', words);
  const said = stdout.toString();
  const figure = (pattern: RegExp): number => Number(pattern.exec(said)?.[1]);
  const sent = figure(/Queries sent: +(\d+)/);
  if (code !== 0 || figure(/Response codes: +NOERROR (\d+) /) !== sent) throw new Error(`dnsperf: ${stderr}${said}`);
  const late = [...said.matchAll(/^> NOERROR \S+ \S+ (\S+)$/gm)].map((match) => 1_000 * Number(match[1]));
  const p99 = quantile(
    late.sort((one, other) => one - other),
    0.99,
  );
  const size = figure(/Average packet size: +request \d+, response (\d+)/);
  return { queries: sent, rate: figure(/Queries per second: +(\S+)/), size, p99 };
}

interface Measured {
  readonly rate: number;
  readonly size: number;
  /** Of the server's processor time, in microseconds a query. */
  readonly cost: number;
  readonly p99: number;
}

async function measure(name: string): Promise<Measured> {
  await using folder = await benchFolder();
  const queries = join(folder.path, 'queries');
  const lines = numbers.map(serviceName).map((service) => `${service}.nettk A\n_${service}._tcp.nettk SRV\n`);
  await writeFile(queries, lines.join(''));
  await using contender = await CONTENDERS[name]?.(folder.path);
  if (!contender) throw new Error(`${name}: not known`);
  await dnsperf(contender.port, queries, WARM_UP_S);
  const before = processorSeconds(contender.pid);
  const full = await dnsperf(contender.port, queries, LOAD_S);
  const cost = (1e6 * (processorSeconds(contender.pid) - before)) / full.queries;
  const half = await dnsperf(contender.port, queries, LOAD_S, '-v', '-Q', `${Math.round(full.rate / 2)}`);
  return { rate: full.rate, size: full.size, cost, p99: half.p99 };
}

/** Five interleaved runs of both, each first at full load, then at half of what it reached. */
export async function dns(): Promise<BenchRow[]> {
  const cases = Object.keys(CONTENDERS).map((name) => ({ name, runs: [] as Measured[] }));
  for (let i = 0; i < RUNS; i += 1) for (const { name, runs } of cases) runs.push(await measure(name));
  const rates = cases.map(({ name, runs }): BenchRow => {
    const cost = median(runs.map((run) => run.cost)).toFixed(1);
    const note = `answers of ${runs[0]?.size} bytes; ${cost} µs of the server's processor each`;
    return { name: `DNS: ${name}`, unit: '/s', ...middle(runs.map(({ rate }) => rate)), note };
  });
  const late = cases.map(({ name, runs }): BenchRow => {
    const bar = name === 'nettk' ? { bar: { atMost: MAX_P99_MS } } : {};
    return { name: `DNS, half the load, p99: ${name}`, unit: 'ms', ...middle(runs.map(({ p99 }) => p99)), ...bar };
  });
  const [nettk, dnsmasq] = rates.map(({ value }) => value) as [number, number];
  const value = nettk / dnsmasq;
  const note = `aim 1 ${value < 1 ? 'missed' : 'reached'}`;
  return [...rates, { name: 'DNS: nettk / dnsmasq', unit: '×', value, note, bar: { atLeast: MIN_RATIO } }, ...late];
}

const middle = (runs: readonly number[]) => ({ value: median(runs), runs });
