/** What a browser meets on a chat server: the page over HTTP, and IRC over WebSocket (IRCv3's WebSocket specification). */

import type { Duplex } from 'node:stream';
import { type HttpAnswer, type HttpRequest, serveHttp } from '../../stream/http.ts';
import { lingerClose } from '../../stream/linger.ts';
import { type PeekedHead, peekHead } from '../../stream/peek-head.ts';
import { formatRefusal, originRefusal, type Refusal } from '../../stream/websocket-refusals.ts';
import type { WebSocketAccept } from '../../stream/websocket-server.ts';

/** The longest head of a request, in bytes. */
const MAX_HEAD_BYTES = 16_384;
/** How long a client has for the head of its request, in milliseconds. */
const HEAD_TIMEOUT_MS = 10_000;
/** The longest message either way, in bytes: the longest line of IRC with all its tags fits. */
const MAX_MESSAGE_BYTES = 9_216;
/** The subprotocols of IRCv3: each message is a line without its end, in text or in binary messages. */
const TEXT_PROTOCOL = 'text.ircv3.net';
const BINARY_PROTOCOL = 'binary.ircv3.net';
/** A request has no body that anybody reads. */
const MAX_BODY_BYTES = 1_024;

const BAD_HEADS: Readonly<Record<'too long' | 'too slow' | 'cut off', Refusal>> = {
  'too long': { status: '431 Request Header Fields Too Large', text: 'the head of the request is too long' },
  'too slow': { status: '408 Request Timeout', text: 'the request took too long' },
  'cut off': { status: '400 Bad Request', text: 'the request ended in the middle' },
};

/** Who asks, and who speaks IRC with those who want to. */
export interface ChatWebOptions {
  /** The server drains, or the connection is gone. */
  readonly signal: AbortSignal;
  /** The client is on this machine: a browser there may be sent by any page, so it must ask for localhost or an address. */
  readonly isLocal: boolean;
  /** TLS is under the connection. */
  readonly isSecure: boolean;
  /** Origins of pages that may connect besides the page's own, and whose host is then the server's too; `*` is any. */
  readonly origins?: readonly string[] | undefined;
  /** How long the head of the request may take, in milliseconds; 10,000 by default. */
  readonly headTimeoutMs?: number | undefined;
  /** Speaks IRC on a stream of lines to its end. */
  openIrc(stream: Duplex): Promise<void>;
}

/**
 * Serves a connection whose first line is HTTP's and is still unread: the page, or IRC over WebSocket to its end. A plain
 * answer leaves the connection open, for its owner to end.
 *
 * @throws NettkError where a WebSocket was refused, which the client has been told; the connection's own error
 */
export async function serveChatWeb(conn: Duplex, options: ChatWebOptions): Promise<void> {
  const { signal, headTimeoutMs: timeoutMs = HEAD_TIMEOUT_MS } = options;
  const head = await peekHead(conn, { maxBytes: MAX_HEAD_BYTES, timeoutMs, signal });
  if (head.state === 'over') return;
  if (head.state !== 'whole') {
    conn.write(formatRefusal(BAD_HEADS[head.state]));
    return;
  }
  if (/^upgrade[ \t]*:.*\bwebsocket\b/im.test(head.text)) await serveIrc(conn, head, options);
  else await serveHttp(conn, (request) => answer(request, options), { maxBodyBytes: MAX_BODY_BYTES, signal });
}

type WholeHead = Extract<PeekedHead, { state: 'whole' }>;

async function serveIrc(conn: Duplex, { text }: WholeHead, options: ChatWebOptions): Promise<void> {
  const { acceptWebSocket } = await import('../../stream/websocket-server.ts');
  const offered = /^sec-websocket-protocol[ \t]*:(.*)/im.exec(text)?.[1] ?? '';
  const isBinary = offered.includes(BINARY_PROTOCOL) && !offered.includes(TEXT_PROTOCOL);
  const stream = await acceptWebSocket(conn, {
    ...rulesOf(options),
    signal: options.signal,
    lines: true,
    text: !isBinary,
    protocols: [isBinary ? BINARY_PROTOCOL : TEXT_PROTOCOL],
    maxMessageBytes: MAX_MESSAGE_BYTES,
  });
  stream.on('error', () => {});
  try {
    await options.openIrc(stream);
  } finally {
    await lingerClose(stream);
  }
}

function rulesOf({ isLocal, isSecure, origins }: ChatWebOptions): WebSocketAccept {
  return { localOnly: isLocal, isSecure, origins, originOption: '--web-origin', ownPagesOnly: true };
}

/** One answer a connection: the next request may be for a WebSocket, which a proxy might send down the same way. */
async function answer(request: HttpRequest, options: ChatWebOptions): Promise<HttpAnswer> {
  const { status, headers, body } = await pageAnswer(request, options);
  return { status, headers: { ...headers, connection: 'close' }, ...(body !== undefined && { body }) };
}

async function pageAnswer({ method, path, headers }: HttpRequest, options: ChatWebOptions): Promise<HttpAnswer> {
  const refusal = originRefusal(headers, rulesOf(options));
  if (refusal) return { status: 403, body: `${refusal.text}\n` };
  if (path !== '/' && path !== '/favicon.ico') return { status: 404, body: 'nothing here; the chat is at /\n' };
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, headers: { allow: 'GET, HEAD' }, body: 'only GET works here\n' };
  }
  if (path === '/favicon.ico') return { status: 204 };
  const { pageFor } = await import('./page/index.ts');
  return { status: 200, ...pageFor(headers.host) };
}
