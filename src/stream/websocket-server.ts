/** Takes a WebSocket handshake on an open connection, as a server (RFC 6455, section 4.2). */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, errorCode, NettkError } from '../errors.ts';
import { lingerClose } from './linger.ts';
import { openWebSocket, type WebSocketStream } from './websocket.ts';
import { loadFrames, type MessageDeflate } from './websocket-frames.ts';
import { acceptKey, DEFLATE, HALF_CLOSE, HANDSHAKE_TIMEOUT_MS, MAX_HEAD_BYTES } from './websocket-handshake.ts';
import { MAX_MESSAGE_BYTES, type WebSocketOptions } from './websocket-options.ts';
import {
  BAD_EXTENSIONS,
  BAD_PROTOCOLS,
  formatRefusal,
  HEAD_TOO_LONG,
  NO_WEBSOCKET,
  NOT_HTTP,
  originRefusal,
  type Refusal,
  requestRefusal,
  TOO_SLOW,
} from './websocket-refusals.ts';

/** What a server takes. */
export interface WebSocketServerOptions extends WebSocketOptions {
  /** Only this path, queries aside; every path by default. */
  readonly path?: string | undefined;
  /** Subprotocols taken, the best first; by default the first one that a client offers. */
  readonly protocols?: readonly string[] | undefined;
  /** Takes compression of messages where a client offers it; about 300 KiB of memory a client. */
  readonly deflate?: boolean | undefined;
  /**
   * Web pages that may connect besides the server's own, by origin: `https://example.com`; `*` is any. Their host name is
   * then one of the server's.
   */
  readonly origins?: readonly string[] | undefined;
}

/** A server's handshake. */
export interface WebSocketAccept extends WebSocketServerOptions {
  /** The client is on this machine: a browser there may be sent by any page, so Host and Origin are checked. */
  readonly localOnly?: boolean | undefined;
  /** TLS is under it: its own pages have `https://` origins. */
  readonly isSecure?: boolean | undefined;
  /** Pages of other servers are refused wherever the client is; the scheme of its own may be either, for proxies. */
  readonly ownPagesOnly?: boolean | undefined;
  /** What a refused page's owner is told to use; `--ws-origin`. */
  readonly originOption?: string | undefined;
  /** Milliseconds for the handshake; 10,000 by default, then 408. */
  readonly timeoutMs?: number | undefined;
  /** Gives up when it aborts, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

const ACTION = 'WebSocket handshake';
/** How long a client gets to read why it was refused, in milliseconds. */
const REFUSAL_LINGER = { silenceMs: 1_000, totalMs: 5_000 };

/** A request that asks for an upgrade. */
interface Asked {
  readonly request: IncomingMessage;
  readonly head: Buffer;
}

/** What client and server agreed on. */
interface Terms {
  readonly subprotocol: string;
  readonly deflate: MessageDeflate | undefined;
  readonly halfClose: boolean;
  /** The header that says so; empty where there is nothing to say. */
  readonly extensions: string;
}

type Frames = Awaited<ReturnType<typeof loadFrames>>;

/**
 * Reads a client's request, answers it, and gives the WebSocket as a byte stream, which owns the connection from then on.
 * A request that is refused gets a readable answer, and the connection is closed.
 *
 * @throws NettkError `REFUSED` with the answer that was given; `TIMEOUT`; `ECONNRESET` where it hung up
 */
export async function acceptWebSocket(conn: Duplex, options: WebSocketAccept): Promise<WebSocketStream> {
  conn.on('error', () => {});
  const frames = await loadFrames();
  const asking = await asked(conn, options);
  if ('status' in asking) throw await refuse(conn, asking);
  const { request, head } = asking;
  const terms = requestRefusal(request, options) ?? agree(request.headers, frames, options);
  if ('status' in terms) throw await refuse(conn, terms);
  conn.write(answer(request.headers['sec-websocket-key'] as string, terms));
  // A server that has said everything waits for nothing.
  return openWebSocket(conn, { isServer: true, head, ...terms }, { endSilenceMs: 0, ...options });
}

/** Reads the head of a request through Node's parser, within the limits of time and size. */
async function asked(conn: Duplex, options: WebSocketAccept): Promise<Asked | Refusal> {
  const { createServer } = await import('node:http');
  const { signal, timeoutMs = HANDSHAKE_TIMEOUT_MS } = options;
  const server = createServer({ maxHeaderSize: MAX_HEAD_BYTES, keepAliveTimeout: 0, requireHostHeader: false });
  return new Promise((resolve, reject) => {
    const settle = (result: Asked | Refusal): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      conn.off('close', onClose);
      resolve(result);
    };
    const timer = setTimeout(() => settle(TOO_SLOW), timeoutMs);
    const onClose = (): void => {
      reject(hungUp());
      settle(TOO_SLOW);
    };
    const onAbort = (): void => {
      reject(signal?.reason);
      conn.destroy();
    };
    server.on('upgrade', (request, _socket, head) => settle({ request, head }));
    // Without an upgrade there is nothing here for anybody, whatever was asked.
    server.on('request', ({ headers }) => settle(originRefusal(headers, options) ?? NO_WEBSOCKET));
    server.on('connect', () => settle(NO_WEBSOCKET));
    server.on('clientError', (error) => settle(errorCode(error) === 'HPE_HEADER_OVERFLOW' ? HEAD_TOO_LONG : NOT_HTTP));
    conn.on('close', onClose);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    else server.emit('connection', conn);
  });
}

function hungUp(): NettkError {
  return new NettkError({ code: 'ECONNRESET', action: ACTION, reason: 'the client hung up' });
}

/** Tells the client why, and closes; the error tells us. */
async function refuse(conn: Duplex, refusal: Refusal): Promise<NettkError> {
  if (conn.writable) {
    conn.end(formatRefusal(refusal));
    await lingerClose(conn, REFUSAL_LINGER);
  }
  const { status, text, note = text } = refusal;
  const code: ErrorCode = status.startsWith('408') ? 'TIMEOUT' : 'REFUSED';
  return new NettkError({ code, action: ACTION, reason: `${note} (${status.slice(0, 3)})` });
}

function agree(headers: IncomingHttpHeaders, frames: Frames, options: WebSocketServerOptions): Terms | Refusal {
  const offered = headers['sec-websocket-protocol'];
  let subprotocol = '';
  try {
    if (offered !== undefined) subprotocol = chooseProtocol(frames.subprotocol.parse(offered), options.protocols);
  } catch {
    return BAD_PROTOCOLS;
  }
  try {
    return { subprotocol, ...agreeExtensions(headers['sec-websocket-extensions'], frames, options) };
  } catch {
    return BAD_EXTENSIONS;
  }
}

function chooseProtocol(offered: ReadonlySet<string>, taken: readonly string[] | undefined): string {
  if (taken) return taken.find((one) => offered.has(one)) ?? '';
  const [first = ''] = offered;
  return first;
}

function agreeExtensions(
  header: string | undefined,
  { extension, PerMessageDeflate }: Frames,
  options: WebSocketServerOptions,
): Omit<Terms, 'subprotocol'> {
  const offers = header === undefined ? {} : extension.parse(header);
  const limits = { isServer: true, maxPayload: options.maxMessageBytes ?? MAX_MESSAGE_BYTES };
  const deflate = options.deflate && offers[DEFLATE] ? new PerMessageDeflate(limits) : undefined;
  const halfClose = HALF_CLOSE in offers;
  const taken = {
    ...(deflate && { [DEFLATE]: deflate.accept(offers[DEFLATE]) }),
    ...(halfClose && { [HALF_CLOSE]: {} }),
  };
  return { deflate, halfClose, extensions: extension.format(taken) };
}

function answer(key: string, { subprotocol, extensions }: Terms): string {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    ...(subprotocol === '' ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    ...(extensions === '' ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
