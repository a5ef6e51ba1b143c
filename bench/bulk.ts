/** A file in memory through one connection to a file in memory, plain and through TLS, beside nc, ncat and socat. */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeThrowawayCertificate } from '../src/host/throwaway-certificate.ts';
import { NETTK } from '../test/support/nettk.ts';
import { freePort, isBound } from '../test/support/peers.ts';
import { type BenchRow, median, RUNS } from './bench.ts';
import { fillFile } from './fill-file.ts';

/** Where files are in memory. */
const MEMORY = '/dev/shm';
const PLAIN_BYTES = 2_000_000_000;
const TLS_BYTES = 1_000_000_000;
const POLL_MS = 5;

/** A program that sends standard input, and the same program receiving: their words, given a port. */
interface Contender {
  send(port: number): readonly string[];
  receive(port: number): readonly string[];
}

const PLAIN: Readonly<Record<string, Contender>> = {
  nettk: {
    send: (port) => [NETTK, 'connect', `127.0.0.1:${port}`],
    receive: (port) => [NETTK, 'listen', `${port}`],
  },
  nc: {
    send: (port) => ['nc.openbsd', '-N', '127.0.0.1', `${port}`],
    receive: (port) => ['nc.openbsd', '-l', '127.0.0.1', `${port}`],
  },
  ncat: {
    send: (port) => ['ncat', '--send-only', '127.0.0.1', `${port}`],
    receive: (port) => ['ncat', '--recv-only', '-l', '127.0.0.1', `${port}`],
  },
  socat: socat([], (port) => [`TCP:127.0.0.1:${port}`, `TCP-LISTEN:${port},bind=127.0.0.1`]),
  'socat -b 262144': socat(['-b', '262144'], (port) => [`TCP:127.0.0.1:${port}`, `TCP-LISTEN:${port},bind=127.0.0.1`]),
};

function socat(options: readonly string[], ends: (port: number) => readonly [string, string]): Contender {
  return {
    send: (port) => ['socat', '-u', ...options, 'STDIN', ends(port)[0]],
    receive: (port) => ['socat', '-u', ...options, ends(port)[1], 'STDOUT'],
  };
}

/** The same with TLS and one certificate, which nobody checks. */
function overTls(certificate: string): Readonly<Record<string, Contender>> {
  const ends = (port: number): readonly [string, string] => [
    `OPENSSL:127.0.0.1:${port},verify=0`,
    `OPENSSL-LISTEN:${port},bind=127.0.0.1,cert=${certificate},verify=0`,
  ];
  const ours = ['--ssl-cert', certificate, '--ssl-key', certificate];
  return {
    nettk: {
      send: (port) => [NETTK, 'connect', '--tls', '--insecure', `127.0.0.1:${port}`],
      receive: (port) => [NETTK, 'listen', '--tls', '--cert', certificate, '--key', certificate, `${port}`],
    },
    ncat: {
      send: (port) => ['ncat', '--send-only', '--ssl', '127.0.0.1', `${port}`],
      receive: (port) => ['ncat', '--recv-only', '--ssl', ...ours, '-l', '127.0.0.1', `${port}`],
    },
    socat: socat([], ends),
    'socat -b 262144': socat(['-b', '262144'], ends),
  };
}

/** Measures both: five interleaved runs after one that nobody counts. */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(MEMORY, 'nettk-bulk-'));
  try {
    const certificate = join(folder, 'certificate.pem');
    const { cert, key } = await makeThrowawayCertificate(['127.0.0.1']);
    await fillFile(certificate, Buffer.from(`${key}${cert}`));
    return [...(await plain(folder)), ...(await throughTls(folder, certificate))];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function plain(folder: string): Promise<BenchRow[]> {
  const rows = await race('bulk', PLAIN, folder, PLAIN_BYTES);
  const [nettk = 0, nc = 0, ncat = 0, socatSmall = 0, socatLarge = 0] = rows.map(({ value }) => value);
  return [
    ...rows,
    ratio('bulk: nettk / best of nc, ncat, socat', nettk / Math.max(nc, ncat, socatSmall), 1.2, 1.5),
    ratio('bulk: nettk / socat -b 262144', nettk / socatLarge, 0.75, 1),
  ];
}

async function throughTls(folder: string, certificate: string): Promise<BenchRow[]> {
  const rows = await race('bulk TLS', overTls(certificate), folder, TLS_BYTES);
  const [nettk = 0, ncat = 0, socatSmall = 0] = rows.map(({ value }) => value);
  return [...rows, ratio('bulk TLS: nettk / best of ncat, socat', nettk / Math.max(ncat, socatSmall), 1, 1)];
}

function ratio(name: string, value: number, must: number, aim: number): BenchRow {
  const note = value >= aim ? `aim ${aim} reached` : `aim ${aim} missed`;
  return { name, unit: '×', value, note, bar: { atLeast: must } };
}

async function race(
  title: string,
  contenders: Readonly<Record<string, Contender>>,
  folder: string,
  size: number,
): Promise<BenchRow[]> {
  const source = join(folder, 'source');
  await fillFile(source, size);
  const results = Object.keys(contenders).map((name) => ({ name, rates: [] as number[], lost: 0 }));
  for (let i = 0; i <= RUNS; i++) {
    for (const result of results) {
      const { rate, bytes } = await transfer(contenders[result.name] as Contender, source, join(folder, 'sink'));
      // The first time round the memory is new to the machine, and comes slowly.
      if (i === 0) continue;
      result.rates.push(rate);
      result.lost = Math.max(result.lost, size - bytes);
    }
  }
  return results.map(({ name, rates, lost }) => ({
    name: `${title}: ${name}`,
    unit: 'MB/s',
    value: median(rates),
    runs: rates,
    ...(lost > 0 && { note: `lost up to ${lost} of ${size} bytes` }),
  }));
}

/** Sends a file; says how many megabytes (10^6) a second arrived, from the sender's start until both have ended. */
async function transfer(one: Contender, source: string, sink: string): Promise<{ rate: number; bytes: number }> {
  rmSync(sink, { force: true });
  const port = await freePort();
  const [input, output] = [openSync(source, 'r'), openSync(sink, 'w')];
  const receiver = start(one.receive(port), ['ignore', output, 'ignore']);
  const received = over(receiver);
  while (!isBound('self', `tcp:${port}`)) {
    if (receiver.exitCode !== null) throw new Error(`${receiver.spawnargs.join(' ')}: ended with ${receiver.exitCode}`);
    await delay(POLL_MS);
  }
  const begin = performance.now();
  await Promise.all([over(start(one.send(port), [input, 'ignore', 'ignore'])), received]);
  const seconds = (performance.now() - begin) / 1_000;
  for (const file of [input, output]) closeSync(file);
  const bytes = statSync(sink).size;
  return { rate: bytes / 1e6 / seconds, bytes };
}

function start([program = '', ...words]: readonly string[], stdio: StdioOptions): ChildProcess {
  return spawn(program, words, { stdio });
}

function over(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('exit', () => resolve()).on('error', reject);
  });
}
