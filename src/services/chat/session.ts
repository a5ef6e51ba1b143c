/** A chat connection: its first line decides what it is spoken to in; then it is that face's until it ends. */

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Conn } from '../../net/conn.ts';
import { type FirstLine, firstLine } from '../../stream/first-line.ts';
import { serveHttp } from '../../stream/http.ts';
import { isOwnAddress } from '../../stream/http-origin.ts';
import type { ServiceContext } from '../service.ts';
import type { Guest, House } from './house.ts';
import { type GuestFacts, IrcSession, MAX_READ_BYTES } from './irc/session.ts';
import { ASK_AFTER_MS, INTRODUCE_MS, MAX_PLAIN_BYTES } from './limits.ts';
import { ChatLink, type LinkHandler } from './link.ts';
import { PlainSession } from './plain/session.ts';
import type { FaceName, User } from './user.ts';

/** What is said to clients while the server goes away. */
const FAREWELL = 'The server is closing';
/** TCP asks a silent plain client this often within a ping timeout whether it is there. */
const PROBES = 3;

/** How a first line is understood (docs/chat.md has the table). */
export type ChatKind = 'http' | 'irc' | 'plain';

/** What a connection speaks, by its first line without its end. */
export function kindOf(line: string): ChatKind {
  if (/^[A-Z]+ \S+ HTTP\/1\.\d$/.test(line)) return 'http';
  if (/^(CAP|PASS|NICK|USER)( |$)/.test(line) || /^(CAP|PASS|NICK|USER) +\S/i.test(line)) return 'irc';
  return 'plain';
}

/** Serves one connection to its end. */
export async function serveChat(conn: Conn, context: ServiceContext<unknown, House>): Promise<void> {
  const { signal } = context;
  const first = await introduction(conn, signal);
  if (first === 'too late') {
    conn.write('* goodbye: you have not introduced yourself in time\n');
    return;
  }
  const [line = ''] = first.bytes.toString('latin1').split('\n');
  const kind = kindOf(line.replace(/\r$/, ''));
  if (signal.aborted && !first.isWhole) return;
  if (kind === 'http' && first.isWhole) {
    conn.unshift(first.bytes);
    await serveHttp(conn, () => ({ status: 404, body: 'nothing here yet\n' }), { signal });
    return;
  }
  await attend(conn, first, kind === 'irc' ? 'irc' : 'plain', conn, context);
}

/** Waits for the first line; who says nothing is asked, and in the end let go. */
async function introduction(conn: Conn, signal: AbortSignal): Promise<FirstLine | 'too late'> {
  const ask = setTimeout(() => conn.write('* your nick?\n'), ASK_AFTER_MS);
  const late = new AbortController();
  const limit = setTimeout(() => late.abort(), INTRODUCE_MS);
  try {
    const first = await firstLine(conn, MAX_READ_BYTES, AbortSignal.any([signal, late.signal]));
    return late.signal.aborted ? 'too late' : first;
  } finally {
    clearTimeout(ask);
    clearTimeout(limit);
  }
}

/** A guest, whatever face they look at. */
interface Session extends LinkHandler, Guest {
  readonly user: User | undefined;
}

async function attend(
  stream: Duplex,
  first: FirstLine,
  face: FaceName,
  conn: Conn,
  context: ServiceContext<unknown, House>,
): Promise<void> {
  const { signal, state: house } = context;
  const link = new ChatLink(stream, face === 'plain' ? MAX_PLAIN_BYTES : MAX_READ_BYTES);
  const facts = guestFacts(conn, house);
  const session: Session =
    face === 'plain' ? new PlainSession(house, link, facts) : new IrcSession(house, link, facts, face);
  if (face === 'plain') watchByTcp(conn, house.rules.pingTimeoutMs);
  // Pings stand in for the rule about silence.
  const release = context.hold();
  const forget = house.watch(session);
  const limit = setTimeout(() => {
    if (!session.user) session.close('You have not introduced yourself in time');
  }, INTRODUCE_MS);
  const onDrain = (): void => session.farewell(FAREWELL);
  signal.addEventListener('abort', onDrain);
  try {
    const over = link.run(session, first.bytes, stream.readableEnded);
    if (signal.aborted) onDrain();
    await over;
  } finally {
    signal.removeEventListener('abort', onDrain);
    clearTimeout(limit);
    forget();
    release();
  }
}

function guestFacts({ peer }: Conn, house: House): GuestFacts {
  const isLocal = peer.scheme === 'unix' || isOwnAddress(peer.host);
  return {
    // An address must not look like the start of a last parameter.
    host: peer.scheme === 'unix' ? 'localhost' : peer.host.replace(/^:/, '0:'),
    isSecure: ['tls', 'wss'].includes(peer.scheme),
    isTrusted: isLocal && !house.rules.floodIsForAll,
  };
}

/** Nobody with nc answers a PING: the system finds out whether a silent one is still there. */
function watchByTcp(conn: Conn, timeoutMs: number): void {
  const socket = conn as Conn & Partial<Pick<Socket, 'setKeepAlive'>>;
  const idleMs = Math.max(1_000, timeoutMs / 2);
  const probeMs = Math.max(1_000, timeoutMs / 2 / PROBES);
  socket.setKeepAlive?.(true, idleMs, probeMs, PROBES);
}
