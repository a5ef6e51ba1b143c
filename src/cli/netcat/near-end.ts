/** The near end of a netcat run: who talks to its peers, standard input and output or a program for each. */

import type { ConverseOptions } from '../../clients/converse.ts';
import type { Host } from '../../clients/listen.ts';
import { NettkError } from '../../errors.ts';
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import type { Io } from '../io.ts';
import { terminalGuard } from '../peer-output.ts';
import type { ListenSettings, NetcatSettings } from './settings.ts';

/** How long a program may take after the signal that stops us, where nothing else says so, in milliseconds. */
const PROGRAM_GRACE_MS = 5_000;

/** A near end, and how it is left. */
export interface NearEnd {
  readonly host: Host;
  /** @throws NettkError where a log could not be written */
  close(): Promise<void>;
}

/**
 * Makes it, files opened and programs looked for, before anything is connected.
 *
 * @throws NettkError: a file that cannot be written, a program that is not there
 */
export async function openNearEnd(
  settings: NetcatSettings & Partial<Pick<ListenSettings, 'keepOpen' | 'graceMs' | 'broker'>>,
  io: Io,
): Promise<NearEnd> {
  const host = await (settings.program ? programHost : settings.broker ? brokerHost : standardHost)(settings, io);
  if (!settings.shapes) return { host, close: async () => {} };
  const { openShapes } = await import('../../clients/shapes.ts');
  const shapes = await openShapes(settings.shapes);
  const shaped: Host = {
    talk: (conn, ...rest) => host.talk(shapes.over(conn), ...rest).catch(logTrouble(settings)),
    finish: () => host.finish?.(),
    ...(host.filesEach !== undefined && { filesEach: host.filesEach }),
    ...(host.over && { over: host.over }),
  };
  return { host: shaped, close: () => shapes.close() };
}

/** A log that takes nothing breaks off every client of a listener that goes on, and without -v nobody would know why. */
function logTrouble({ shapes, keepOpen, voice }: NetcatSettings & { readonly keepOpen?: boolean }) {
  const writing = [shapes?.output, shapes?.hexDump].map((path) => `write ${path}`);
  return (error: unknown): never => {
    if (keepOpen && error instanceof NettkError && writing.includes(error.action)) {
      voice.tell({ kind: 'trouble', who: error.action, reason: error.reason });
    }
    throw error;
  };
}

/** Tells the voice what went each way, once a conversation is over. */
function counting({ voice }: NetcatSettings): Pick<ConverseOptions, 'onOver'> {
  return { onOver: ({ sent, received, ms }) => voice.tell({ kind: 'counted', sent, received, ms }) };
}

async function standardHost(settings: NetcatSettings & { readonly keepOpen?: boolean }, io: Io): Promise<Host> {
  const { policy, rawOutput } = settings;
  const { offerPieces } = await import('../../net/piece-socket.ts');
  const side: Omit<ConverseOptions, 'signal'> = {
    // A person's next line is not waited for: the prompt would hang.
    inputPatienceMs: policy.recvOnly || !io.stdinIsTty ? undefined : 0,
    ...policy,
    ...counting(settings),
    datagrams: settings.datagrams,
    // What is not used is not opened.
    // One that cannot be read says so before anybody listens; the conversation will find out.
    input: policy.recvOnly ? undefined : offerPieces(io.stdin).on('error', () => {}),
    output: policy.sendOnly ? undefined : offerPieces(terminalGuard(io, io.stdout, rawOutput)),
  };
  if (settings.keepOpen) {
    const { Crowd } = await import('../../clients/crowd.ts');
    return new Crowd(side);
  }
  const { converse } = await import('../../clients/converse.ts');
  return { talk: (conn, signal) => converse(conn, { ...side, signal }).then(() => 0) };
}

async function brokerHost(settings: NetcatSettings & Pick<Partial<ListenSettings>, 'broker'>, io: Io): Promise<Host> {
  const { Broker } = await import('../../clients/broker.ts');
  const { policy, rawOutput, voice, broker } = settings;
  return new Broker({
    input: policy.recvOnly ? undefined : io.stdin,
    output: policy.sendOnly || !broker?.prints ? undefined : terminalGuard(io, io.stdout, rawOutput),
    sendOnly: policy.sendOnly,
    chat: broker?.chat,
    onTrouble: (who, reason) => voice.tell({ kind: 'trouble', who: shown(who), reason }),
  });
}

const shown = (who: Endpoint | string): string => (typeof who === 'string' ? who : formatEndpoint(who));

async function programHost(
  settings: NetcatSettings & Partial<Pick<ListenSettings, 'keepOpen' | 'graceMs'>>,
  io: Io,
): Promise<Host> {
  const { ProgramHost } = await import('../../clients/program-host.ts');
  const { policy, program, datagrams, keepOpen, voice, graceMs = PROGRAM_GRACE_MS } = settings;
  const { command, prefixes, forgetsStatus } = program as NonNullable<typeof program>;
  return new ProgramHost({
    command,
    prefixes,
    forgetsStatus,
    env: io.env,
    graceMs,
    conversation: { ...policy, ...counting(settings), datagrams },
    // A single failure ends the run, and is told there.
    ...(keepOpen && { onTrouble: (peer, reason) => voice.tell({ kind: 'trouble', who: shown(peer), reason }) }),
  });
}
