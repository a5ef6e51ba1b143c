/** Many connections on one echo server: memory, round trips beside socat and ncat, and life with 64 files. */

import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Running, startNettk } from '../test/support/nettk.ts';
import { freePort, startPeer } from '../test/support/peers.ts';
import { type BenchRow, median, RUNS } from './bench.ts';
import type { Game } from './ping-pong.ts';
import { peakMemoryMib, program } from './program.ts';

const HELD = 10_000;
const ROUNDS = 10;
const MESSAGE_BYTES = 1_024;
const MAX_MEMORY_MIB = 200;
const GAME_MS = 2_000;
const PLAYERS = [50, 1_000] as const;
/** How many times as often as a peer nettk must answer. */
const MIN_RATIOS = { socat: 1.5, ncat: 2 } as const;
/** How long clients storm a server that has 64 files. */
const STORM_MS = 3_000;
const STORMERS = 500;

/** Measures all of it: five interleaved runs. */
export async function run(): Promise<BenchRow[]> {
  const rows = [...(await memory()), ...(await roundTrips()), ...(await fewFiles())];
  return rows;
}

async function memory(): Promise<BenchRow[]> {
  const runs: number[] = [];
  let right = 0;
  for (let i = 0; i < RUNS; i++) {
    await using server = await startNettk(['echo-server', '--tcp', '--port', '0']);
    const held = await program<{ right: number }>(
      '../test/support/hold-connections.ts',
      server.ports[0] ?? 0,
      HELD,
      ROUNDS,
      MESSAGE_BYTES,
    );
    right += held.right;
    runs.push(peakMemoryMib(server.pid));
  }
  const wanted = RUNS * HELD * ROUNDS;
  const note = `each echoed 1 KiB ten times, ${wanted - right} of ${wanted} wrong; socat forks for each, ncat stops at 100`;
  return [
    {
      name: '10,000 connections: memory',
      unit: 'MiB',
      value: median(runs),
      runs,
      note,
      bar: { atMost: MAX_MEMORY_MIB },
    },
    { name: '10,000 connections: right', unit: '%', value: (100 * right) / wanted, bar: { atLeast: 100 } },
  ];
}

interface EchoServer extends AsyncDisposable {
  readonly port: number;
}

/** Starts each contender; ncat's own limit of 100 connections is lifted. */
const CONTENDERS: Readonly<Record<string, () => Promise<EchoServer>>> = {
  nettk: async () => {
    const server = await startNettk(['echo-server', '--tcp', '--port', '0']);
    return { port: server.ports[0] ?? 0, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
  socat: () => startOnPort('socat', (port) => [`TCP-LISTEN:${port},bind=127.0.0.1,fork,backlog=4096`, 'PIPE']),
  ncat: () => startOnPort('ncat', (port) => ['-l', '-k', '-m', '5000', '-e', '/bin/cat', '127.0.0.1', `${port}`]),
};

async function startOnPort(name: string, args: (port: number) => string[]): Promise<EchoServer> {
  const port = await freePort();
  const peer = await startPeer(name, args(port), { ready: [`tcp:${port}`] });
  return { port, [Symbol.asyncDispose]: () => peer.kill() };
}

async function roundTrips(): Promise<BenchRow[]> {
  const cases = PLAYERS.flatMap((players) => Object.keys(CONTENDERS).map((name) => ({ players, name })));
  const games = new Map(cases.map((one) => [one, [] as Game[]]));
  for (let i = 0; i < RUNS; i++) {
    for (const one of cases) games.get(one)?.push(await game(one.name, one.players));
  }
  const rows = cases.map((one) => {
    const played = games.get(one) ?? [];
    const runs = played.map(({ trips, seconds }) => trips / seconds);
    const answered = Math.min(...played.map((each) => each.answered));
    const name = `round trips, ${one.players} connections: ${one.name}`;
    const note = answered === one.players ? '' : `only ${answered} of ${one.players} were answered within 20 s`;
    return { name, unit: '/s', value: median(runs), runs, ...(note && { note }) };
  });
  return [...rows, ...PLAYERS.flatMap((players) => ratios(players, rows))];
}

/** How often nettk's figure is each peer's, with this many connections. */
function ratios(players: number, rows: readonly BenchRow[]): BenchRow[] {
  const title = `round trips, ${players} connections`;
  const of = (name: string): number => rows.find((row) => row.name === `${title}: ${name}`)?.value ?? 0;
  return Object.entries(MIN_RATIOS).map(([peer, atLeast]) => ({
    name: `${title}: nettk / ${peer}`,
    unit: '×',
    value: of('nettk') / of(peer),
    bar: { atLeast },
  }));
}

async function game(name: string, players: number): Promise<Game> {
  await using server = await CONTENDERS[name]?.();
  return await program<Game>('ping-pong.ts', server?.port ?? 0, players, GAME_MS);
}

interface Storm {
  readonly servedAtOnce: number;
  readonly linesPerSecond: number;
  readonly backAfterMs: number;
}

async function fewFiles(): Promise<BenchRow[]> {
  const storms: Storm[] = [];
  for (let i = 0; i < RUNS; i++) storms.push(await storm());
  const row = (name: string, unit: string, pick: (one: Storm) => number, bar?: BenchRow['bar']): BenchRow => {
    const runs = storms.map(pick);
    return { name: `64 files, ${STORMERS} clients: ${name}`, unit, value: median(runs), runs, ...(bar && { bar }) };
  };
  return [
    row('served at once', '', (one) => one.servedAtOnce),
    row('log lines', '/s', (one) => one.linesPerSecond, { atMost: 1 }),
    row('serves again after', 'ms', (one) => one.backAfterMs),
  ];
}

/** Clients that come again as soon as they are dropped, until they all leave. */
async function storm(): Promise<Storm> {
  await using server = await startNettk(['echo-server', '--tcp', '--port', '0'], { via: ['prlimit', '--nofile=64'] });
  const sockets = new Set<Socket>();
  const answered = new Set<Socket>();
  let raging = true;
  const come = (): void => {
    const socket = connectTo(server);
    sockets.add(socket);
    socket.on('data', () => answered.add(socket));
    socket.on('close', () => {
      sockets.delete(socket);
      answered.delete(socket);
      if (raging) come();
    });
  };
  const stormed = performance.now();
  for (let i = 0; i < STORMERS; i++) come();
  await delay(STORM_MS);
  const servedAtOnce = answered.size;
  raging = false;
  for (const socket of sockets) socket.destroy();
  const begin = performance.now();
  while (!(await isServed(server)));
  const backAfterMs = performance.now() - begin;
  const seconds = (performance.now() - stormed) / 1_000;
  const lines = (server.stderr().match(/too many connections/g) ?? []).length;
  // The first refusal is told at once; the seconds count from there.
  return { servedAtOnce, linesPerSecond: (lines - 1) / seconds, backAfterMs };
}

function connectTo(server: Running): Socket {
  const socket = connect(server.ports[0] ?? 0, '127.0.0.1');
  socket.on('error', () => {}).write('hello');
  return socket;
}

function isServed(server: Running): Promise<boolean> {
  const socket = connectTo(server);
  return new Promise((done) => {
    socket.on('data', () => socket.destroy() && done(true)).on('close', () => done(false));
  });
}
