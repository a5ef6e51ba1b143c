/** ncat's voice: the notes, errors and exit statuses that scripts read (ncat(1), "EXIT CODE"). */

import { NettkError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { describeTls } from '../../net/tls-report.ts';
import { printable } from '../../stream/printable.ts';
import type { Io } from '../io.ts';
import { NCAT_REFUSED } from './ncat-options.ts';
import { isLookupFailure, systemWords } from './system-words.ts';
import type { NetcatEvent, Voice } from './voice.ts';

/** Every mistake that is not the network's. */
const OTHER_ERROR = 2;

/** What of ncat's options its voice listens to. */
interface NcatVoiceOptions {
  readonly verbose: number;
  /** `-i`, in milliseconds. */
  readonly idleMs: number | undefined;
  /** `-z`: only the exit status tells whether somebody is there. */
  readonly zero: boolean;
}

/** The voice of `nettk ncat`. */
export function ncatVoice(options: NcatVoiceOptions, io: Io): Voice {
  const start = performance.now();
  const say = (line: string): void => {
    io.stderr.write(`Ncat: ${printable(line)}\n`);
  };
  return {
    tell: (event) => {
      if (event.kind === 'trouble') say(`${event.who}: ${event.reason}.`);
      if (options.verbose > 0) for (const line of linesOf(event, start)) say(line);
    },
    fail: (error) => {
      // A bug, a signal and a closed output are the runner's.
      if (!(error instanceof NettkError) || error.code === 'USAGE') throw error;
      const [line, exit] = explain(error, options.idleMs);
      if (!options.zero || options.verbose > 0) say(line);
      return exit;
    },
  };
}

/** What the command line got wrong, as ncat words it. */
export function ncatRefusal(error: NettkError): { readonly text: string; readonly exit: number } {
  const why = NCAT_REFUSED.get(error.action);
  const text = why === undefined ? error.message : `${error.action} cannot be had here: ${why}`;
  return { text: `Ncat: ${printable(text)}. QUITTING.\n`, exit: OTHER_ERROR };
}

function linesOf(event: NetcatEvent, start: number): string[] {
  switch (event.kind) {
    case 'connected':
      return [...tlsLines(event.conn), `Connected to ${where(event.conn.peer)}.`];
    case 'open':
      return event.certain
        ? [`Connected to ${where(event.peer)}.`, countLine(0, 0, performance.now() - start)]
        : ['UDP packet sent successfully'];
    case 'counted':
      return [countLine(event.sent, event.received, event.ms)];
    case 'listening':
      return bothFamilies(event.endpoint).map((one) => `Listening on ${where(one)}`);
    case 'accepted':
      return [`Connection from ${where(event.conn.peer)}.`];
    case 'refused':
      return [`New connection denied: ${event.reason}${event.peer && ` (${event.peer})`}`];
    default:
      return [];
  }
}

/** What ncat says of TLS, with SHA-256 in place of its SHA-1. */
function tlsLines(conn: Conn): string[] {
  const report = describeTls(conn);
  if (report === undefined) return [];
  const { certificate, trust, protocol, cipher } = report;
  const whose = certificate ? [`Subject: ${certificate.subject}`, `Issuer: ${certificate.issuer}`] : [];
  const hash = certificate ? [`SHA-256 fingerprint: ${certificate.fingerprint.replace('sha256:', '')}`] : [];
  return [
    ...whose,
    ...hash,
    `Certificate ${trust}.`,
    `SSL connection to ${where(conn.peer)} with ${protocol} ${cipher}.`,
  ];
}

function countLine(sent: number, received: number, ms: number): string {
  return `${sent} bytes sent, ${received} bytes received in ${(ms / 1_000).toFixed(2)} seconds.`;
}

/** A socket of `::` takes IPv4 too: ncat has two sockets, and names both. */
function bothFamilies(endpoint: Endpoint): Endpoint[] {
  return endpoint.host === '::' ? [endpoint, { ...endpoint, host: '0.0.0.0' }] : [endpoint];
}

/** ncat writes IPv6 addresses without brackets. */
function where({ scheme, host, port, path }: Endpoint): string {
  return scheme === 'unix' ? path : `${host}:${port}`;
}

function explain(error: NettkError, idleMs: number | undefined): [string, number] {
  const { code, action } = error;
  const isListening = action.startsWith('listen on');
  if (code === 'TIMEOUT' && action.startsWith('talk to')) return [`Idle timeout expired (${idleMs} ms).`, 1];
  if (code === 'TIMEOUT' && action.startsWith('connect')) return ['TIMEOUT.', 1];
  if (isLookupFailure(error)) {
    const host = action.replace(/^look up /, '');
    return [`Could not resolve hostname "${host}": ${systemWords(error)}. QUITTING.`, OTHER_ERROR];
  }
  if (isListening)
    return [`bind to ${action.replace(/^listen on \w+:(\/\/)?/, '')}: ${systemWords(error)}. QUITTING.`, OTHER_ERROR];
  if (code === 'UNVERIFIED') {
    return [`Certificate verification error: ${error.message}. QUITTING.`, OTHER_ERROR];
  }
  return [`${systemWords(error)}.`, error.blame === 'you' ? OTHER_ERROR : 1];
}
