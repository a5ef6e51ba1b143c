/** nettk's own voice in connect and listen: notes with -v, server events with --json, errors as everywhere. */

import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import { printableJson } from '../../stream/printable.ts';
import type { CommonValues } from '../command.ts';
import type { Io } from '../io.ts';
import { cutNote, ServerEventWriter } from '../server-events.ts';
import type { SeenTls } from './tls-eyes.ts';
import type { NetcatEvent, Voice } from './voice.ts';

/** What of the options it listens to. */
type VoiceValues = Pick<CommonValues, 'json' | 'verbose'>;

/** The voice of `connect`. */
export function connectVoice(args: VoiceValues, io: Io): Voice {
  return {
    tell: (event) => (args.json ? writeConnect(event, io) : tellConnect(event, args.verbose, io)),
    fail: (error) => {
      throw error;
    },
  };
}

/** The same events as a server's, where they apply; payload is on standard output. */
function writeConnect(event: NetcatEvent, io: Io): void {
  const write = (name: string, facts: Readonly<Record<string, unknown>>): void => {
    const time = new Date().toISOString();
    io.stderr.write(`${printableJson({ event: name, service: 'connect', time, ...facts })}\n`);
  };
  if (event.kind === 'connected') write('connected', { peer: formatEndpoint(event.conn.peer) });
  else if (event.kind === 'open') write('open', { peer: formatEndpoint(event.peer), certain: event.certain });
  else if (event.kind === 'shut') write('failed', { reason: event.error.message });
  else if (event.kind === 'retrying') write('retrying', { reason: event.error.message, waitMs: event.pauseMs });
  else if (event.kind === 'counted') write('disconnected', { sent: event.sent, received: event.received });
}

function tellConnect(event: NetcatEvent, verbose: number, io: Io): void {
  if (event.kind === 'open') io.note(openLine(event.peer, event.certain));
  else if (event.kind === 'shut') io.note(event.error.message);
  else if (event.kind === 'retrying') io.note(`${event.error.message}; again in ${event.pauseMs / 1_000} s`);
  else if (verbose === 0) return;
  else if (event.kind === 'connected')
    noteAll([`connected to ${formatEndpoint(event.conn.peer)}`, ...linesOf(event)], io);
  else if (event.kind === 'counted') io.note(countLine(event));
}

const linesOf = ({ tls }: { readonly tls: SeenTls | undefined }): readonly string[] => tls?.lines ?? [];

function noteAll(lines: readonly string[], io: Io): void {
  for (const line of lines) io.note(line);
}

function countLine({ sent, received }: { readonly sent: number; readonly received: number }): string {
  return `${sent} bytes sent, ${received} bytes received`;
}

function openLine(peer: Endpoint, certain: boolean): string {
  const where = formatEndpoint(peer);
  if (peer.scheme !== 'udp') return `connected to ${where}`;
  return certain ? `${where} answers` : `${where} is open or silent: nobody refused, nobody answered`;
}

/** The voice of `listen`: what servers say, JSON on standard error since payload is on standard output. */
export function listenVoice(args: VoiceValues, io: Io): Voice {
  const writer = new ServerEventWriter({ service: 'listen', label: '', events: io.stderr }, args, io);
  return {
    tell: (event) => {
      tellListen(event, writer, io);
      if (args.verbose === 0 || args.json) return;
      if (event.kind === 'counted') io.note(countLine(event));
      if (event.kind === 'accepted') noteAll(linesOf(event), io);
    },
    fail: (error) => {
      throw error;
    },
  };
}

function tellListen(event: NetcatEvent, writer: ServerEventWriter, io: Io): void {
  if (event.kind === 'listening') writer.listening(event.endpoint, event.certificate);
  else if (event.kind === 'accepted') writer.connected(event.conn.peer, event.endpoint);
  else if (event.kind === 'disconnected') writer.disconnected(event.peer, event.reason, event.endpoint);
  else if (event.kind === 'refused') writer.refused(event);
  else if (event.kind === 'trouble') io.note(`${event.who}: ${event.reason}`);
  else if (event.kind === 'registration') writer.registration(event.event);
  else if (event.kind === 'draining') writer.draining();
  else if (event.kind === 'closed') {
    if (event.cut > 0) io.note(cutNote(event.cut, event.graceMs));
    writer.closed();
  }
}
