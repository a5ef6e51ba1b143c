/** Asks a one-shot service: over UDP first where both will do, then over TCP, as getservbyname's users expect. */

import { errorCode, NettkError, wrapSystemError } from '../errors.ts';
import { dial } from '../net/dial.ts';
import { type Endpoint, formatAuthority, formatEndpoint } from '../net/endpoint.ts';
import type { TlsClientOptions } from '../net/secure.ts';
import { readAll } from '../stream/read-all.ts';
import { askDatagram } from './ask-datagram.ts';

/** The longest answer taken over TCP, in bytes: daytime, time and quotes are far shorter. */
const MAX_ANSWER_BYTES = 65_536;
/** How long UDP may be silent before TCP is tried, in milliseconds; the question is sent twice in it. */
const UDP_PATIENCE_MS = 1_000;
const UDP_TRIES = 2;

/** How a service is asked. */
export interface AskOptions {
  /** Milliseconds for a connection, and again for the answer over it. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly family?: 4 | 6 | undefined;
  /** How TLS is spoken, where the endpoint's scheme asks for it. */
  readonly tls?: TlsClientOptions | undefined;
}

/** An answer and the way it came. */
export interface Asked {
  readonly answer: Buffer;
  readonly endpoint: Endpoint;
}

/** Whom to ask, and whether the way was chosen by the person asking. */
export interface AskTarget {
  readonly endpoint: Endpoint;
  /** Only the endpoint's own scheme; otherwise UDP first, then TCP. */
  readonly forced: boolean;
}

/**
 * Asks a one-shot service.
 *
 * @throws NettkError naming what happened on each way tried
 */
export function ask(target: AskTarget, options: AskOptions): Promise<Asked> {
  if (!target.forced) return askEither(target.endpoint, options);
  return target.endpoint.scheme === 'udp' ? askUdp(target.endpoint, options) : askStream(target.endpoint, options);
}

/**
 * Asks over UDP and, when that is refused or silent for a second, over TCP.
 *
 * @throws NettkError naming what happened on both ways
 */
async function askEither(target: Endpoint, options: AskOptions): Promise<Asked> {
  const overUdp: Endpoint = { ...target, scheme: 'udp' };
  const overTcp: Endpoint = { ...target, scheme: 'tcp' };
  try {
    return await askUdp(overUdp, { ...options, timeoutMs: UDP_PATIENCE_MS });
  } catch (udpError) {
    if (!mayTryTcp(udpError)) throw udpError;
    try {
      return await askStream(overTcp, options);
    } catch (tcpError) {
      throw bothFailed(target, udpError, tcpError);
    }
  }
}

/** Asks over UDP only: an empty datagram, sent twice within the timeout. */
async function askUdp(target: Endpoint, options: AskOptions): Promise<Asked> {
  const answer = await askDatagram(target, Buffer.alloc(0), { ...options, tries: UDP_TRIES });
  if (answer.length > 0) return { answer, endpoint: target };
  throw new NettkError({ code: 'NO_ANSWER', action: `ask ${formatEndpoint(target)}`, reason: 'an empty answer' });
}

/** Asks over TCP or a Unix socket: connects and reads to the end. */
async function askStream(target: Endpoint, options: AskOptions): Promise<Asked> {
  const conn = await dial(target, { ...options, connectTimeoutMs: options.timeoutMs });
  try {
    const answer = await readAll(conn, {
      ...options,
      maxBytes: MAX_ANSWER_BYTES,
      action: `ask ${formatEndpoint(target)}`,
    });
    if (answer.length > 0) return { answer, endpoint: target };
    throw new NettkError({
      code: 'NO_ANSWER',
      action: `ask ${formatEndpoint(target)}`,
      reason: 'closed without an answer',
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw wrapSystemError(error, `ask ${formatEndpoint(target)}`);
  } finally {
    conn.on('error', () => {}).destroy();
  }
}

function mayTryTcp(error: unknown): boolean {
  return ['ECONNREFUSED', 'NO_ANSWER', 'EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EPERM'].includes(errorCode(error));
}

function bothFailed(target: Endpoint, udpError: unknown, tcpError: unknown): unknown {
  if (!(udpError instanceof NettkError && tcpError instanceof NettkError)) return tcpError;
  return new NettkError({
    code: tcpError.code,
    action: `ask ${formatAuthority(target)}`,
    reason: `${reasonOf(udpError)} over UDP, ${reasonOf(tcpError)} over TCP`,
    hint: tcpError.hint,
    blame: 'them',
    cause: tcpError,
  });
}

/** What happened, without what was done and the system's code; UDP has no connections. */
function reasonOf(error: NettkError): string {
  const reason = error.message.slice(error.action.length + ': '.length).replace(/ \([A-Z\d]+\)$/, '');
  return error.code === 'ECONNREFUSED' ? 'refused' : reason;
}
