/** OpenBSD nc's voice: what it says with -v, and that every failure is exit status 1. */

import { NettkError } from '../../errors.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { findServiceName } from '../../net/ports.ts';
import { printable } from '../../stream/printable.ts';
import type { Io } from '../io.ts';
import { NC_REFUSED } from './nc-options.ts';
import { isLookupFailure, systemWords } from './system-words.ts';
import type { NetcatEvent, Voice } from './voice.ts';

/** The only exit status besides 0. */
const FAILED = 1;
const NOWHERE: Endpoint = { scheme: 'tcp', host: '', port: 0, path: '' };

/**
 * The voice of `nettk nc`.
 *
 * @param targets where it connects to or listens, as typed
 */
export function ncVoice(targets: readonly Endpoint[], verbose: number, io: Io): Voice {
  const [target = NOWHERE] = targets;
  const say = (line: string): void => {
    io.stderr.write(`${printable(line)}\n`);
  };
  return {
    tell: (event) => {
      const line = verbose > 0 ? lineOf(event, target) : undefined;
      if (line !== undefined) say(line);
    },
    fail: (error) => {
      // A bug, a signal and a closed output are the runner's.
      if (!(error instanceof NettkError) || error.code === 'USAGE') throw error;
      const isTold = targets.length > 1 && error.action.startsWith('connect ');
      if (!isTold && (verbose > 0 || !isQuietFailure(error))) say(`nc: ${explain(error, target)}`);
      return FAILED;
    },
  };
}

/** What the command line got wrong, as nc words it. */
export function ncRefusal(error: NettkError): { readonly text: string; readonly exit: number } {
  const why = NC_REFUSED.get(error.action);
  const text = why === undefined ? error.message : `${error.action} cannot be had here: ${why}`;
  return { text: `nc: ${printable(text)}\n`, exit: FAILED };
}

function lineOf(event: NetcatEvent, target: Endpoint): string | undefined {
  switch (event.kind) {
    case 'connected':
      return succeeded(event.conn.peer, target);
    case 'open':
      return succeeded(event.peer, target);
    case 'shut':
      return `nc: ${explain(event.error, event.endpoint)}`;
    case 'listening':
      return `${event.endpoint.scheme === 'udp' ? 'Bound' : 'Listening'} on ${where(event.endpoint)}`;
    case 'accepted':
      return `Connection received on ${where(event.conn.peer)}`;
    default:
      return undefined;
  }
}

function succeeded(peer: Endpoint, target: Endpoint): string {
  if (peer.scheme === 'unix') return `Connection to ${peer.path} succeeded!`;
  const protocol = peer.scheme === 'udp' ? 'udp' : 'tcp';
  const service = findServiceName(peer.port, protocol) ?? '*';
  const named = target.host === peer.host ? peer.host : `${target.host} (${peer.host})`;
  return `Connection to ${named} ${peer.port} port [${protocol}/${service}] succeeded!`;
}

const where = ({ scheme, host, port, path }: Endpoint): string => (scheme === 'unix' ? path : `${host} ${port}`);

/** nc keeps quiet about who refused or did not answer, unless it is asked. */
function isQuietFailure({ action, code }: NettkError): boolean {
  return action.startsWith('connect ') && ['ECONNREFUSED', 'TIMEOUT', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(code);
}

function explain(error: NettkError, target: Endpoint): string {
  const protocol = target.scheme === 'udp' ? 'udp' : 'tcp';
  if (isLookupFailure(error)) {
    return `getaddrinfo for host "${target.host}" port ${target.port}: ${systemWords(error)}`;
  }
  if (target.scheme !== 'unix' && error.action.startsWith('connect ')) {
    const words = error.code === 'TIMEOUT' ? 'timed out: Operation now in progress' : `failed: ${systemWords(error)}`;
    return `connect to ${target.host} port ${target.port} (${protocol}) ${words}`;
  }
  return systemWords(error);
}
