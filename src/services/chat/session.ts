/** A chat connection: its first line decides what it is spoken to in; then it is that face's until it ends. */

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Conn } from '../../net/conn.ts';
import { type FirstLine, firstLine } from '../../stream/first-line.ts';
import { isOwnAddress } from '../../stream/http-origin.ts';
import type { ServiceContext } from '../service.ts';
import type { House } from './house.ts';
import { type GuestFacts, IrcSession, MAX_READ_BYTES } from './irc/session.ts';
import { ASK_AFTER_MS, FAREWELL, INTRODUCE_MS, MAX_PLAIN_BYTES } from './limits.ts';
import { ChatLink } from './link.ts';
import { PlainSession } from './plain/session.ts';
import { placeText, type SocketPlace } from './unanswered.ts';
import type { FaceName } from './user.ts';
import { serveChatWeb } from './web.ts';

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

/** The same of what begins with it. */
function kindOfFirst(bytes: Buffer): ChatKind {
  const [line = ''] = bytes.toString('latin1', 0, MAX_READ_BYTES).split('\n', 1);
  return kindOf(line.replace(/\r$/, ''));
}

/**
 * Serves one connection to its end. Not an async function, nor are those it hands over to: what one keeps while it waits, thousands
 * of idle guests would keep.
 */
export function serveChat(conn: Conn, context: ServiceContext<unknown, House>): Promise<void> {
  return introduction(conn, context.state.draining, true).then((first) => receive(conn, first, context, true));
}

/**
 * The same on the port for browsers, where nobody is spoken to first: browsers open connections in advance, and take for an
 * answer what was said on one before they asked.
 */
export function serveWebChat(conn: Conn, context: ServiceContext<unknown, House>): Promise<void> {
  return introduction(conn, context.state.draining, false).then((first) => receive(conn, first, context, false));
}

/** Takes somebody in by their first line. */
function receive(
  conn: Conn,
  { bytes, isWhole }: FirstLine,
  context: ServiceContext<unknown, House>,
  speaksFirst: boolean,
): Promise<void> | undefined {
  const { draining } = context.state;
  const isOpen = !conn.readableEnded && !conn.destroyed;
  if (!isWhole && isOpen && bytes.length < MAX_READ_BYTES) {
    if (speaksFirst)
      conn.write(`* goodbye: ${draining.aborted ? FAREWELL : 'you have not introduced yourself in time'}\n`);
    conn.end();
    return undefined;
  }
  const kind = kindOfFirst(bytes);
  if (kind !== 'http' || !isWhole) return attend(conn, bytes, kind === 'irc' ? 'irc' : 'plain', conn, context);
  return serveChatWeb(conn, {
    signal: context.signal,
    isLocal: conn.peer.scheme !== 'unix' && isOwnAddress(conn.peer.host),
    isSecure: isSecure(conn.peer),
    origins: context.state.rules.webOrigins,
    openIrc: (stream) => attend(stream, Buffer.alloc(0), 'web', conn, context),
  });
}

/** Waits for the first line; who says nothing may be asked. */
function introduction(conn: Conn, signal: AbortSignal, speaksFirst: boolean): Promise<FirstLine> {
  const ask = speaksFirst ? setTimeout(() => conn.write('* your nick?\n'), ASK_AFTER_MS) : undefined;
  const keeps = (bytes: Buffer): boolean => kindOfFirst(bytes) === 'http';
  const limits = { maxBytes: MAX_READ_BYTES, timeoutMs: INTRODUCE_MS, signal, keeps };
  return firstLine(conn, limits).finally(() => clearTimeout(ask));
}

/**
 * Lets a guest in and serves them to their end.
 *
 * @param first what was read of them already
 */
function attend(
  stream: Duplex,
  first: Buffer,
  face: FaceName,
  conn: Conn,
  context: ServiceContext<unknown, House>,
): Promise<void> {
  const { state: house } = context;
  // Pings stand in for the rule about silence.
  context.hold();
  const link = new ChatLink(stream, face === 'plain' ? MAX_PLAIN_BYTES : MAX_READ_BYTES);
  const facts = guestFacts(conn, house);
  const session =
    face === 'plain'
      ? new PlainSession(house, link, { ...facts, place: watchByTcp(conn, house.rules.pingTimeoutMs) })
      : new IrcSession(house, link, facts, face);
  house.welcome(session);
  const over = link.run(session, first, stream.readableEnded);
  if (house.draining.aborted) session.farewell(FAREWELL);
  return over;
}

function guestFacts(conn: Conn, house: House): GuestFacts {
  const { peer } = conn;
  const isLocal = peer.scheme === 'unix' || isOwnAddress(peer.host);
  return {
    // An address must not look like the start of a last parameter.
    host: peer.scheme === 'unix' ? 'localhost' : peer.host.replace(/^:/, '0:'),
    isSecure: isSecure(peer),
    isTrusted: isLocal && !house.rules.floodIsForAll,
    place: undefined,
  };
}

const isSecure = ({ scheme }: Conn['peer']): boolean => scheme === 'tls' || scheme === 'wss';

/** Nobody with nc answers a PING: the system finds out whether a silent one is still there. Gives where it tells of it. */
function watchByTcp(conn: Conn, timeoutMs: number): SocketPlace | undefined {
  const socket = conn as Conn & Partial<Pick<Socket, 'setKeepAlive' | 'localPort'>>;
  const idleMs = Math.max(1_000, timeoutMs / 2);
  const probeMs = Math.max(1_000, timeoutMs / 2 / PROBES);
  socket.setKeepAlive?.(true, idleMs, probeMs, PROBES);
  const { localPort: port, peer } = socket;
  return port === undefined ? undefined : { port, peer: placeText(peer.host, peer.port) };
}
