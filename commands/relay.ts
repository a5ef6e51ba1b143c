/** Joins any two endpoints: what socat does between addresses. */

import { type CommonValues, defineCommand } from '../src/cli/command.ts';
import { GATE_OPTIONS, openGateOf } from '../src/cli/gate-options.ts';
import type { Io } from '../src/cli/io.ts';
import { JOIN_OPTIONS, type JoinPlan, planJoining } from '../src/cli/join-options.ts';
import type { OptionValues } from '../src/cli/option.ts';
import { terminalGuard } from '../src/cli/peer-output.ts';
import { RELAY_TLS_OPTIONS, type RelayTls, relayTls } from '../src/cli/relay-tls.ts';
import { type RelayVoice, relayVoice } from '../src/cli/relay-voice.ts';
import { RELAY_WS_OPTIONS, type RelayWs, relayWs } from '../src/cli/relay-ws.ts';
import { shapeSettings, TRAFFIC_OPTIONS } from '../src/cli/shape-options.ts';
import { keepYoungSpaceSmall } from '../src/cli/young-space.ts';
import type { RelayPlan } from '../src/clients/relay/plan.ts';
import type { Side } from '../src/clients/relay/side.ts';
import { usageError } from '../src/errors.ts';
import type { Gate } from '../src/net/gate.ts';
import { layersOf } from '../src/net/layers.ts';

/** How long a silent standard input is waited for after the other side's end, in milliseconds. */
const INPUT_PATIENCE_MS = 500;

const POSITIONALS = {
  left: { type: 'text', required: true, describe: 'one side: SCHEME://HOST:PORT, SCHEME-listen://[HOST:]PORT, - …' },
  right: { type: 'text', required: true, describe: 'the other side' },
} as const;

const OPTIONS = {
  wait: {
    type: 'duration',
    alias: 'w',
    default: '10s',
    min: 1,
    describe: 'how long to wait for a connection',
  },
  retry: {
    type: 'integer',
    placeholder: '[N]',
    min: 0,
    max: 1_000_000,
    lone: '1000000',
    describe: 'dial again, at most N times in a row (for ever), later and later',
  },
  preamble: {
    type: 'text',
    placeholder: 'TEXT|@FILE',
    describe: 'say this to RIGHT first, each time it is opened',
  },
  ...TRAFFIC_OPTIONS,
  ...RELAY_TLS_OPTIONS,
  ...RELAY_WS_OPTIONS,
  ...GATE_OPTIONS,
  'max-connections': {
    type: 'integer',
    alias: 'm',
    min: 1,
    max: 1_000_000,
    placeholder: 'N',
    describe: 'clients at once (half of what the limit on open files leaves)',
  },
  'idle-timeout': {
    type: 'duration',
    describe: 'break off what is silent for this long (listening: 10m, UDP: 1m); 0 is never',
  },
  grace: {
    type: 'duration',
    default: '5s',
    describe: 'how long conversations may finish after the first ^C',
  },
  ...JOIN_OPTIONS,
  'raw-output': { type: 'flag', describe: "leave a peer's bytes as they are on a terminal too" },
} as const;

type RelayValues = OptionValues<typeof POSITIONALS> & OptionValues<typeof OPTIONS> & CommonValues;

/** The `relay` command. */
export const relayCommand = defineCommand({
  name: 'relay',
  summary: 'Joins any two endpoints: dials, listens, runs programs, reads and writes files',
  details:
    'Each side is one of: tcp:// udp:// tls:// ws:// wss:// unix: to dial; tcp-listen:// and so on to listen, by default on ' +
    '127.0.0.1; - or stdio: for standard input and output; exec:PROGRAM ARG… or shell:LINE; file:PATH, which is read where ' +
    'it is LEFT, and where it is RIGHT is written: emptied at the start (not with --append), then added to by every ' +
    'conversation. Every client of a listening side gets an other side of its own; with - there is one client. A ' +
    'half-close passes through both ways, a reset becomes a reset. With --retry a dialled side is dialled again when it ' +
    'fails, or ends before the other (LEFT where both are dialled); what was on its way then is lost. Where one ' +
    'side dials and the other listens over TLS, --ca, --pin, --insecure and --sni are for the first, --cert and --key for ' +
    'the second.',
  positionals: POSITIONALS,
  options: OPTIONS,
  examples: [
    {
      line: 'echo hello | nettk relay - tcp://127.0.0.1:7007',
      does: 'standard input and output to a TCP server',
      servers: { 7007: 'echo-server' },
      prints: /^hello\n$/,
    },
    { line: 'nettk relay tcp-listen://127.0.0.1:0 tcp://127.0.0.1:7007', does: 'forward a port', serves: true },
    {
      line: 'nettk relay unix-listen:./in.sock tcp://127.0.0.1:7007 -m 10',
      does: 'a socket file for it',
      serves: true,
    },
    { line: 'nettk relay tcp-listen://0 exec:cat', does: 'a program for every client', serves: true },
    { line: 'nettk relay udp-listen://0 udp://127.0.0.1:53 --hex-dump dns.log', does: 'watch datagrams', serves: true },
    { line: 'nettk relay tcp-listen://0 file:in.log --append', does: 'collect what clients say', serves: true },
    {
      line: 'echo hi | nettk relay - exec:cat --json',
      does: 'JSON events on standard error, where standard output has data',
      prints: /^hi\n$/,
    },
    { line: 'nettk relay tcp-listen://127.0.0.1:9000 tcp://localhost:9000', does: 'a circle is refused', exit: 2 },
  ],
  async run(args, io) {
    const { parseSide } = await import('../src/clients/relay/side.ts');
    const [left, right] = [parseSide(args.left), parseSide(args.right)];
    const isServer = [left, right].some(({ kind }) => kind === 'listen');
    await keepYoungSpaceSmall();
    const gate = await openGateOf(args, io);
    try {
      if (gate && !isServer) throw usageError('options --allow and --deny', 'no side listens');
      if (args.register !== undefined) refuseRegister(left, right);
      const preamble = await preambleOf(args.preamble);
      const sides = [left, right];
      const layers = { gate, tls: await relayTls(args, sides, io), ws: await relayWs(args, sides) };
      const join = await planJoining(args, [undefined], io);
      const plan = planOf(args, { left, right }, { ...layers, join }, io);
      try {
        const status = await relayLogged(args, { ...plan, preamble }, io);
        // A number says that the signal was dealt with.
        return isServer || status !== 0 ? status : undefined;
      } finally {
        await plan.events.leave();
      }
    } finally {
      gate?.close();
    }
  },
});

/** @throws NettkError where nobody could be told to come, or only one */
function refuseRegister(...sides: readonly Side[]): void {
  const kinds = sides.map(({ kind }) => kind);
  if (!kinds.includes('listen')) throw usageError('option --register', 'no side listens');
  if (kinds.includes('stdio')) throw usageError('option --register', 'with standard input there is one client');
}

/** Opens the logs first, and says at the end what they could not take. */
async function relayLogged(args: RelayValues, plan: Omit<RelayPlan, 'shapes'>, io: Io): Promise<number> {
  const { openShapes } = await import('../src/clients/shapes.ts');
  const { runRelay } = await import('../src/clients/relay.ts');
  const shapes = await openShapes(shapeSettings(logValues(args, plan.right), io) ?? {});
  try {
    return await runRelay({ ...plan, shapes });
  } finally {
    await shapes.close();
  }
}

/** `--append` is for the file that is a side, too. */
function logValues(args: RelayValues, right: Side): RelayValues {
  const hasLog = args.output !== undefined || args.hexDump !== undefined;
  return right.kind === 'file' && !hasLog ? { ...args, append: false } : args;
}

/** What stands before and over connections. */
interface Layers {
  readonly gate: Gate | undefined;
  readonly tls: RelayTls;
  readonly ws: RelayWs;
  readonly join: JoinPlan | undefined;
}

function planOf(
  args: RelayValues,
  sides: Pick<RelayPlan, 'left' | 'right'>,
  { gate, tls, ws, join }: Layers,
  io: Io,
): Omit<RelayPlan, 'shapes'> & { readonly events: RelayVoice } {
  const listening = [sides.left, sides.right].filter(({ kind }) => kind === 'listen');
  const usesStdout =
    sides.left.kind === 'stdio' || sides.right.kind === 'stdio' || args.output === '-' || args.hexDump === '-';
  return {
    ...sides,
    world: {
      dial: (endpoint) => ({
        connectTimeoutMs: args.wait,
        tls: layersOf(endpoint).tls ? tls.dial : undefined,
        ws: layersOf(endpoint).ws ? ws.dial : undefined,
      }),
      stdin: () => io.stdin,
      stdout: () => terminalGuard(io, io.stdout, args.rawOutput),
      inputPatienceMs: io.stdinIsTty ? 0 : INPUT_PATIENCE_MS,
      env: io.env,
    },
    listen: (endpoint) => ({
      maxConnections: args.maxConnections,
      gate,
      tls: layersOf(endpoint).tls ? tls.listen : undefined,
      ws: layersOf(endpoint).ws ? ws.listen : undefined,
    }),
    retries: args.retry,
    idleMs: args.idleTimeout,
    graceMs: args.grace,
    append: args.append,
    events: relayVoice(args, usesStdout ? io.stderr : io.stdout, io, join && { join, count: listening.length }),
    signal: io.signal,
  };
}

async function preambleOf(typed: string | undefined): Promise<Uint8Array | undefined> {
  if (typed === undefined) return undefined;
  if (!typed.startsWith('@')) return Buffer.from(typed);
  if (typed === '@') throw usageError('option --preamble', 'the file name is missing', '--preamble @FILE');
  const { readSmallFile } = await import('../src/host/text-file.ts');
  return readSmallFile(typed.slice(1));
}
