/** The chat server beside ngIRCd and `ncat --chat`: a reader that stalls, fan-out, memory of idle users. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNettk } from '../test/support/nettk.ts';
import { freePort, startPeer } from '../test/support/peers.ts';
import { type BenchRow, median, RUNS } from './bench.ts';
import type { ChatWay } from './chat-client.ts';
import type { FanOut } from './chat-fan-out.ts';
import type { SlowReader } from './chat-slow-reader.ts';
import { peakMemoryMib, program } from './program.ts';

const READERS = [20, 100] as const;
const FAN_OUT_MS = 2_000;
/** How many times as many deliveries a second as ngIRCd, and as ncat of lines that say who spoke. */
const MIN_NGIRCD_RATIO = 0.5;
const MIN_NCAT_RATIO = 5;
const LINES = 40_000;
const MAX_SLOW_MIB = 250;
const IDLE_USERS = 5_000;
const IDLE_ROOMS = 50;
const MAX_IDLE_MIB = 150;

/** Measures all of it. */
export async function run(): Promise<BenchRow[]> {
  const rows = [...(await slowReader()), ...(await fanOut()), ...(await idle())];
  return rows;
}

interface ChatServer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly way: ChatWay;
}

/** Starts each contender, without limits on what one client may say. */
const CONTENDERS: Readonly<Record<string, () => Promise<ChatServer>>> = {
  nettk: async () => {
    const server = await startNettk(['chat-server', '--port', '0']);
    const { pid, ports } = server;
    return { pid, port: ports[0] ?? 0, way: 'irc', [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
  ngircd: startNgircd,
  ncat: async () => {
    const port = await freePort();
    const args = ['-l', '-k', '--chat', '-m', '200', '127.0.0.1', `${port}`];
    const peer = await startPeer('ncat', args, { ready: [`tcp:${port}`] });
    return { pid: peer.pid, port, way: 'ncat', [Symbol.asyncDispose]: () => peer.kill() };
  },
};

async function startNgircd(): Promise<ChatServer> {
  const folder = await mkdtemp(join(tmpdir(), 'nettk-ngircd-'));
  const port = await freePort();
  const file = join(folder, 'ngircd.conf');
  const config = `[Global]
Name = bench.example
Info = bench
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = bench
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
`;
  await writeFile(file, config);
  const peer = await startPeer('ngircd', ['-n', '-f', file], { ready: [`tcp:${port}`] });
  const stop = async (): Promise<void> => {
    await peer.kill();
    await rm(folder, { recursive: true });
  };
  return { pid: peer.pid, port, way: 'irc', [Symbol.asyncDispose]: stop };
}

interface Stalled extends SlowReader {
  readonly memory: number;
}

async function stall(name: string): Promise<Stalled> {
  await using server = await CONTENDERS[name]?.();
  if (!server) throw new Error(`${name}: not known`);
  const found = await program<SlowReader>('chat-slow-reader.ts', server.port, LINES, server.way);
  return { ...found, memory: peakMemoryMib(server.pid) };
}

async function slowReader(): Promise<BenchRow[]> {
  const ours: Stalled[] = [];
  for (let i = 0; i < RUNS; i += 1) ours.push(await stall('nettk'));
  const least = ours.map(({ got }) => Math.min(...got));
  const rows: BenchRow[] = [
    {
      name: 'slow reader: lines in order, nettk',
      unit: 'lines',
      value: Math.min(...least),
      runs: least,
      bar: { atLeast: LINES },
      note: `the live reader that got least, of ${LINES}`,
    },
    {
      name: 'slow reader: it was sent away, nettk',
      unit: 'runs',
      value: ours.filter(({ stalledIsGone }) => stalledIsGone).length,
      bar: { atLeast: RUNS },
    },
    {
      name: 'slow reader: memory, nettk',
      unit: 'MiB',
      value: median(ours.map(({ memory }) => memory)),
      runs: ours.map(({ memory }) => memory),
      bar: { atMost: MAX_SLOW_MIB },
    },
    {
      name: 'slow reader: time, nettk',
      unit: 's',
      value: median(ours.map(({ seconds }) => seconds)),
      runs: ours.map(({ seconds }) => seconds),
    },
  ];
  for (const name of ['ngircd', 'ncat']) rows.push(await peerRow(name));
  return rows;
}

/** A peer once: what freezes takes ten seconds to be seen frozen. */
async function peerRow(name: string): Promise<BenchRow> {
  const { got, stalledIsGone } = await stall(name);
  const note = `${got.join(', ')} of ${LINES}; the stalled one ${stalledIsGone ? 'was sent away' : 'is still there'}`;
  return { name: `slow reader: lines in order, ${name}`, unit: 'lines', value: Math.min(...got), note };
}

async function fanOut(): Promise<BenchRow[]> {
  const cases = READERS.flatMap((readers) => Object.keys(CONTENDERS).map((name) => ({ readers, name })));
  const found = new Map(cases.map((one) => [one, [] as FanOut[]]));
  for (let i = 0; i < RUNS; i += 1) {
    for (const one of cases) found.get(one)?.push(await fan(one.name, one.readers));
  }
  const rows = cases.flatMap(({ readers, name }, i) => {
    const all = found.get(cases[i] as (typeof cases)[number]) ?? [];
    const rate = (pick: (one: FanOut) => number): number[] => all.map((one) => pick(one) / one.seconds);
    const lost = Math.max(...all.map((each) => each.lost));
    const title = `fan-out to ${readers}: ${name}`;
    const lines = rateRow(
      title,
      rate(({ deliveries }) => deliveries),
      lost > 0 ? `${lost} readers were thrown out` : '',
    );
    return name === 'ncat'
      ? [
          lines,
          rateRow(
            `${title}, named`,
            rate(({ named }) => named),
            NAMED_NOTE,
          ),
        ]
      : [lines];
  });
  return [...rows, ...READERS.flatMap((readers) => ratios(readers, rows))];
}

const NAMED_NOTE = 'lines that say who spoke: it puts the name before what it reads at once';

function rateRow(name: string, runs: number[], note: string): BenchRow {
  return { name, unit: '/s', value: median(runs), runs, ...(note && { note }) };
}

async function fan(name: string, readers: number): Promise<FanOut> {
  await using server = await CONTENDERS[name]?.();
  if (!server) throw new Error(`${name}: not known`);
  return await program<FanOut>('chat-fan-out.ts', server.port, readers, FAN_OUT_MS, server.way);
}

function ratios(readers: number, rows: readonly BenchRow[]): BenchRow[] {
  const of = (name: string): number => rows.find((row) => row.name === `fan-out to ${readers}: ${name}`)?.value ?? 0;
  const row = (peer: string, bar?: BenchRow['bar']): BenchRow => ({
    name: `fan-out to ${readers}: nettk / ${peer}`,
    unit: '×',
    value: of('nettk') / of(peer),
    ...(bar && { bar }),
  });
  return [row('ngircd', { atLeast: MIN_NGIRCD_RATIO }), row('ncat'), row('ncat, named', { atLeast: MIN_NCAT_RATIO })];
}

async function idle(): Promise<BenchRow[]> {
  const runs: number[] = [];
  for (let i = 0; i < RUNS; i += 1) {
    await using server = await CONTENDERS['nettk']?.();
    if (!server) throw new Error('nettk: not known');
    await program('chat-idle.ts', server.port, IDLE_USERS, IDLE_ROOMS);
    runs.push(peakMemoryMib(server.pid));
  }
  const note = `in ${IDLE_ROOMS} rooms, over IRC`;
  return [
    { name: '5,000 idle users: memory', unit: 'MiB', value: median(runs), runs, note, bar: { atMost: MAX_IDLE_MIB } },
  ];
}
