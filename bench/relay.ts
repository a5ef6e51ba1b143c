/** A relay between two sockets: how fast it moves data beside socat, and how much memory that takes it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NETTK } from '../test/support/nettk.ts';
import { freePort, isBound } from '../test/support/peers.ts';
import { type BenchRow, median, RUNS } from './bench.ts';
import { fillFile } from './fill-file.ts';

const MEMORY = '/dev/shm';
const BULK_BYTES = 1_000_000_000;
const LITTLE_BYTES = 64_000_000;
const POLL_MS = 5;
const MAX_MEMORY_MIB = 128;
/** How much more memory the larger transfer may take than the small one. */
const MAX_GROWTH_MIB = 16;
/** A reader that takes so many bytes a second, in parts, for so long. */
const SLOW_BYTES = 262_144;
const SLOW_PARTS = 4;
const SLOW_MS = 6_000;

/** Forwards one port to another. */
type Forward = (from: number, to: number) => readonly string[];

const CONTENDERS: Readonly<Record<string, Forward>> = {
  nettk: (from, to) => [NETTK, 'relay', `tcp-listen://127.0.0.1:${from}`, `tcp://127.0.0.1:${to}`],
  socat: (from, to) => ['socat', `TCP-LISTEN:${from},bind=127.0.0.1`, `TCP:127.0.0.1:${to}`],
  'socat -b 262144': (from, to) => [
    'socat',
    '-b',
    '262144',
    `TCP-LISTEN:${from},bind=127.0.0.1`,
    `TCP:127.0.0.1:${to}`,
  ],
};

/** Measures all of it: five interleaved runs, and one with a slow reader. */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(MEMORY, 'nettk-relay-'));
  try {
    const [bulk, little] = [join(folder, 'bulk'), join(folder, 'little')];
    await fillFile(bulk, BULK_BYTES);
    await fillFile(little, LITTLE_BYTES);
    return [...(await fast(bulk, little)), await slow(bulk)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Figures {
  readonly rates: number[];
  readonly memory: number[];
}

async function fast(bulk: string, little: string): Promise<BenchRow[]> {
  const figures = new Map(Object.keys(CONTENDERS).map((name): [string, Figures] => [name, { rates: [], memory: [] }]));
  const littleMemory: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    for (const [name, { rates, memory }] of figures) {
      const one = await transfer(CONTENDERS[name] as Forward, bulk);
      rates.push(BULK_BYTES / 1e6 / one.seconds);
      memory.push(one.memoryMib);
    }
    littleMemory.push((await transfer(CONTENDERS['nettk'] as Forward, little)).memoryMib);
  }
  const rows = [...figures].map(([name, { rates, memory }]): BenchRow => {
    const note = `${median(memory).toFixed(0)} MiB`;
    return { name: `relay: ${name}`, unit: 'MB/s', value: median(rates), runs: rates, note };
  });
  const ratio = (rows[0]?.value ?? 0) / (rows[1]?.value ?? 1);
  const memory = figures.get('nettk')?.memory ?? [];
  const growth = median(memory) - median(littleMemory);
  return [
    ...rows,
    {
      name: 'relay: nettk / socat',
      unit: '×',
      value: ratio,
      note: `aim 1 ${ratio >= 1 ? 'reached' : 'missed'}`,
      bar: { atLeast: 0.8 },
    },
    { name: 'relay: memory', unit: 'MiB', value: median(memory), runs: memory, bar: { atMost: MAX_MEMORY_MIB } },
    {
      name: 'relay: memory, 1 GB above 64 MB',
      unit: 'MiB',
      value: Math.max(0, growth),
      bar: { atMost: MAX_GROWTH_MIB },
    },
  ];
}

/** Sends a file through a forwarder from one socat to another, which are the same for all. */
async function transfer(forward: Forward, file: string): Promise<{ seconds: number; memoryMib: number }> {
  const [from, to] = [await freePort(), await freePort()];
  const socat = ['socat', '-b', '1048576', '-u'];
  const drain = start([...socat, `TCP-LISTEN:${to},bind=127.0.0.1`, 'OPEN:/dev/null,wronly']);
  await untilBound(drain, to);
  const relay = start(forward(from, to));
  await untilBound(relay, from);
  const memory = watchMemory(relay);
  const begin = performance.now();
  const feed = start([...socat, `OPEN:${file}`, `TCP:127.0.0.1:${from}`]);
  await Promise.all([over(feed), over(drain)]);
  const seconds = (performance.now() - begin) / 1_000;
  const memoryMib = memory.stop();
  relay.kill();
  await over(relay);
  return { seconds, memoryMib };
}

/** A sender that could send everything at once, and a reader that takes 256 KiB a second. */
async function slow(file: string): Promise<BenchRow> {
  const [from, reader] = [await freePort(), await startSlowReader()];
  const { port: to } = reader.address() as AddressInfo;
  const relay = start((CONTENDERS['nettk'] as Forward)(from, to));
  await untilBound(relay, from);
  const memory = watchMemory(relay);
  const feed = start(['socat', '-b', '1048576', '-u', `OPEN:${file}`, `TCP:127.0.0.1:${from}`]);
  await delay(SLOW_MS);
  const value = memory.stop();
  for (const child of [relay, feed]) child.kill('SIGKILL');
  await Promise.all([relay, feed].map(over));
  reader.close();
  return { name: 'relay: memory, reader of 256 KiB/s', unit: 'MiB', value, bar: { atMost: MAX_MEMORY_MIB } };
}

function startSlowReader(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).pause();
    let left = 0;
    const timer = setInterval(() => {
      left = SLOW_BYTES / SLOW_PARTS;
      socket.resume();
    }, 1_000 / SLOW_PARTS);
    socket.on('data', (chunk) => {
      left -= chunk.length;
      if (left <= 0) socket.pause();
    });
    socket.on('close', () => clearInterval(timer));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** The most memory a process has in use at once, looked at again and again: it may end by itself. */
function watchMemory(child: ChildProcess): { stop(): number } {
  let mostMib = 0;
  const look = (): void => {
    mostMib = Math.max(mostMib, peakMemoryMib(child.pid));
  };
  const timer = setInterval(look, POLL_MS * 10);
  return {
    stop: () => {
      look();
      clearInterval(timer);
      return mostMib;
    },
  };
}

/** 0 where it has ended. */
function peakMemoryMib(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

function start([program = '', ...words]: readonly string[]): ChildProcess {
  return spawn(program, words, { stdio: 'ignore' });
}

async function untilBound(child: ChildProcess, port: number): Promise<void> {
  while (!isBound('self', `tcp:${port}`)) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')}: ended with ${child.exitCode}`);
    await delay(POLL_MS);
  }
}

function over(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve, reject) => {
    child.on('exit', () => resolve()).on('error', reject);
  });
}
