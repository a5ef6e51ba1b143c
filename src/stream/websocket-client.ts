/** Opens a WebSocket on an open connection, as a client (RFC 6455, section 4.1). */

import { randomBytes } from 'node:crypto';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCode, NettkError, usageError } from '../errors.ts';
import { printable } from './printable.ts';
import { openWebSocket, type WebSocketStream } from './websocket.ts';
import { loadFrames } from './websocket-frames.ts';
import {
  acceptKey,
  DEFLATE,
  HALF_CLOSE,
  HANDSHAKE_TIMEOUT_MS,
  MAX_HEAD_BYTES,
  VERSION,
} from './websocket-handshake.ts';
import { type Agreement, MAX_MESSAGE_BYTES, type WebSocketOptions } from './websocket-options.ts';

/** What a client asks for. */
export interface WebSocketClientOptions extends WebSocketOptions {
  /** What is asked for, with its query; `/` by default. */
  readonly path?: string | undefined;
  /** Sent besides, by name; a name of the handshake itself replaces that header. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The Origin header, which some servers want to see. */
  readonly origin?: string | undefined;
  /** Subprotocols offered, the best first; the server has to take one of them. */
  readonly protocols?: readonly string[] | undefined;
  /** Offers compression of messages. */
  readonly deflate?: boolean | undefined;
}

/** A client's handshake. */
export interface WebSocketConnect extends WebSocketClientOptions {
  /** The Host header: `host` or `host:port`. */
  readonly host: string;
  /** Milliseconds for the handshake; 10,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Gives up when it aborts, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A server's answer: 101. */
interface Upgraded {
  readonly response: IncomingMessage;
  readonly head: Buffer;
}

/**
 * Asks for a WebSocket and gives it as a byte stream, which owns the connection from then on. Destroys the connection when
 * it fails.
 *
 * @throws NettkError `REFUSED` with the server's status; `PROTOCOL` where it speaks something else; `TIMEOUT`; `USAGE`
 * where a header or the path cannot be sent
 */
export async function connectWebSocket(conn: Duplex, options: WebSocketConnect): Promise<WebSocketStream> {
  const action = `WebSocket with ${options.host}`;
  const key = randomBytes(16).toString('base64');
  conn.on('error', () => {});
  try {
    const frames = await loadFrames();
    const limits = { isServer: false, maxPayload: options.maxMessageBytes ?? MAX_MESSAGE_BYTES };
    const deflate = options.deflate ? new frames.PerMessageDeflate(limits) : undefined;
    const offers = { ...(deflate && { [DEFLATE]: deflate.offer() }), [HALF_CLOSE]: {} };
    const request = await startRequest(conn, key, frames.extension.format(offers), options);
    const { response, head } = await answered(request, conn, action, options);
    checkKey(response, key, action);
    const subprotocol = chosenProtocol(response, options.protocols ?? [], action);
    const agreed = chosenExtensions(response, frames.extension.parse, deflate, action);
    return await openWebSocket(conn, { isServer: false, subprotocol, head, ...agreed }, options);
  } catch (error) {
    conn.destroy();
    throw error;
  }
}

async function startRequest(
  conn: Duplex,
  key: string,
  extensions: string,
  options: WebSocketConnect,
): Promise<ClientRequest> {
  const { request } = await import('node:http');
  const { protocols = [], origin } = options;
  try {
    return request({
      // Any Duplex will do, whatever the types say.
      createConnection: () => conn as never,
      path: escapePath(options.path ?? '/'),
      maxHeaderSize: MAX_HEAD_BYTES,
      headers: {
        Host: options.host,
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': VERSION,
        'Sec-WebSocket-Key': key,
        'Sec-WebSocket-Extensions': extensions,
        ...(protocols.length > 0 && { 'Sec-WebSocket-Protocol': protocols.join(', ') }),
        ...(origin !== undefined && { Origin: origin }),
        ...options.headers,
      },
    });
  } catch (error) {
    if (!/^ERR_(INVALID|HTTP_INVALID|UNESCAPED)/.test(errorCode(error))) throw error;
    throw usageError('WebSocket request', (error as Error).message);
  }
}

/** What a request line cannot carry is escaped, a fragment's mark too, which has no meaning there (section 3). */
function escapePath(path: string): string {
  return path.replace(/[^\x21-\x7e]|#/gu, encodeURIComponent);
}

function answered(request: ClientRequest, conn: Duplex, action: string, options: WebSocketConnect): Promise<Upgraded> {
  const { signal, timeoutMs = HANDSHAKE_TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(tooSlow(action, timeoutMs)), timeoutMs);
    const release = (): void => {
      clearTimeout(timer);
      conn.off('close', onClose);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      release();
      reject(error);
    };
    const onAbort = (): void => fail(signal?.reason);
    const onClose = (): void => fail(conn.errored ? lost(conn.errored, action) : hungUp(action));
    request.on('upgrade', (response, _socket, head) => {
      release();
      resolve({ response, head });
    });
    request.on('response', (response) => fail(refused(response, action)));
    request.on('error', (error) => fail(lost(error, action)));
    conn.on('close', onClose);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    else request.end();
  });
}

function tooSlow(action: string, timeoutMs: number): NettkError {
  return new NettkError({ code: 'TIMEOUT', action, reason: `handshake not finished within ${timeoutMs / 1_000} s` });
}

function hungUp(action: string): NettkError {
  return new NettkError({ code: 'ECONNRESET', action, reason: 'the server hung up without an answer' });
}

function lost(error: Error, action: string): NettkError {
  const code = errorCode(error);
  if (error instanceof NettkError) return error;
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new NettkError({
      code: 'TOO_LONG',
      action,
      reason: `the answer's head is longer than ${MAX_HEAD_BYTES} bytes`,
    });
  }
  if (code.startsWith('HPE_')) {
    return new NettkError({ code: 'PROTOCOL', action, reason: 'the port does not speak HTTP', cause: error });
  }
  if (code === 'ECONNRESET') return hungUp(action);
  return new NettkError({ code: 'PROTOCOL', action, reason: printable(error.message), cause: error });
}

/** Any answer but 101. */
function refused(response: IncomingMessage, action: string): NettkError {
  const { statusCode = 0, statusMessage = '', headers } = response;
  response.resume();
  const status = printable(`${statusCode} ${statusMessage}`.trim());
  const target = headers.location === undefined ? undefined : printable(headers.location);
  const hint = statusCode === 401 ? "--ws-header 'Authorization: …'" : target;
  return new NettkError({ code: 'REFUSED', action, reason: `the server answered ${status}`, hint });
}

function broken(action: string, what: string): NettkError {
  return new NettkError({ code: 'PROTOCOL', action, reason: `the server's answer has ${what}` });
}

function checkKey({ headers }: IncomingMessage, key: string, action: string): void {
  if (headers.upgrade?.toLowerCase() !== 'websocket') throw broken(action, 'no "Upgrade: websocket"');
  if (headers['sec-websocket-accept'] !== acceptKey(key)) throw broken(action, 'a wrong Sec-WebSocket-Accept');
}

function chosenProtocol({ headers }: IncomingMessage, offered: readonly string[], action: string): string {
  const chosen = headers['sec-websocket-protocol'];
  if (chosen !== undefined && !offered.includes(chosen)) {
    throw broken(action, `a subprotocol that was not offered: ${printable(chosen)}`);
  }
  if (chosen === undefined && offered.length > 0) throw broken(action, 'none of the subprotocols offered');
  return chosen ?? '';
}

function chosenExtensions(
  { headers }: IncomingMessage,
  parse: (header: string) => Record<string, unknown>,
  deflate: Agreement['deflate'],
  action: string,
): Pick<Agreement, 'deflate' | 'halfClose'> {
  const header = headers['sec-websocket-extensions'];
  if (header === undefined) return { deflate: undefined, halfClose: false };
  try {
    const { [DEFLATE]: deflated, [HALF_CLOSE]: halfClose, ...others } = parse(header);
    if (Object.keys(others).length > 0 || (deflated && !deflate)) throw new Error('one that was not offered');
    if (deflated) deflate?.accept(deflated);
    return { deflate: deflated ? deflate : undefined, halfClose: halfClose !== undefined };
  } catch (error) {
    throw broken(action, `extensions that cannot be: ${printable((error as Error).message)}`);
  }
}
