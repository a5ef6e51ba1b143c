/**
 * HTTP/1.1 (RFC 9112) served over any open Duplex: each request comes whole, each answer goes whole.
 *
 * Node's server sits behind a pair of streams, not on the connection itself, since it destroys a connection after its last
 * answer, which would cost the peer that answer (see linger.ts).
 */

import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Duplex, duplexPair, type Writable } from 'node:stream';
import { isLocalHost } from './http-origin.ts';
import { pump, reset } from './join.ts';

/** A request, read to its end. */
export interface HttpRequest {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  /** What follows the first `?`; empty where there is none. */
  readonly query: string;
  /** Aborts when nobody waits for the answer any more, or the conversation is to end. */
  readonly signal: AbortSignal;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What is answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Text is sent as UTF-8, as `text/plain` where the headers name no type. A function writes a body whose length nobody
   * knows yet, and watches the request's signal; the body ends when it resolves, and the connection is broken off where it
   * throws.
   */
  readonly body?: string | Uint8Array | ((out: Writable) => Promise<void>);
}

/** Answers one request; what it throws becomes a bare 500 and rejects `serveHttp`. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer;

/** How much of a client's time and bytes is taken. */
export interface HttpLimits {
  /** The largest request body in bytes; 65,536 by default, 413 past it. */
  readonly maxBodyBytes?: number;
  /** The largest request head in bytes; 16,384 by default, 431 past it. */
  readonly maxHeadBytes?: number;
  /** From the start, or the last answer, to the end of a request's head, in ms; 10,000 by default, then 408 or the end. */
  readonly headTimeoutMs?: number;
  /** From the head to the end of the body, in ms; 30,000 by default, then 408. */
  readonly bodyTimeoutMs?: number;
  /** The peer is on this machine: only requests for this machine by name, from its own pages, are answered; else 403. */
  readonly localOnly?: boolean;
  /** Ends the conversation: at once between requests, else after the answer. */
  readonly signal?: AbortSignal;
}

const MAX_BODY_BYTES = 65_536;
const MAX_HEAD_BYTES = 16_384;
const HEAD_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 30_000;

/**
 * Serves HTTP on an open stream until either side ends the conversation; a client that half-closes still gets its answers.
 * Leaves the stream open: whoever owns it says goodbye.
 *
 * @throws what the handler throws; the stream's error when it fails
 * @example await serveHttp(conn, ({ path }) => ({ status: 200, body: `you asked for ${path}\n` }));
 */
export async function serveHttp(conn: Duplex, handler: HttpHandler, limits: HttpLimits = {}): Promise<void> {
  const [outer, inner] = duplexPair();
  const face = new HttpFace(inner, handler, limits, () => reset(conn));
  const stopReading = new AbortController();
  await face.open();
  const cutOff = (): void => {
    inner.destroy();
  };
  // A client that breaks off has ended its requests too; writing the answer will find out that it is gone.
  const requests = pump(conn, outer, { signal: stopReading.signal }).catch(cutOff);
  try {
    await pump(outer, conn, { keepOpen: true });
  } catch (error) {
    throw face.failure ? face.failure.error : error;
  } finally {
    stopReading.abort();
    face.close();
    inner.destroy();
    outer.destroy();
    await requests;
  }
  if (face.failure) throw face.failure.error;
}

class HttpFace {
  readonly #inner: Duplex;
  readonly #handler: HttpHandler;
  readonly #limits: HttpLimits;
  /** Breaks the connection off. */
  readonly #breakOff: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** Requests whose answer is not written yet, and those of them whose body is not read yet. */
  #active = 0;
  #reading = 0;
  /** Aborts for those who are being answered. */
  readonly #over = new AbortController();
  #hasServed = false;
  /** What the handler threw first. */
  failure: { readonly error: unknown } | undefined;

  constructor(inner: Duplex, handler: HttpHandler, limits: HttpLimits, breakOff: () => void) {
    this.#breakOff = breakOff;
    this.#inner = inner;
    this.#handler = handler;
    this.#limits = limits;
  }

  async open(): Promise<void> {
    const { createServer } = await import('node:http');
    const maxHeaderSize = this.#limits.maxHeadBytes ?? MAX_HEAD_BYTES;
    const server: Server & { httpAllowHalfOpen?: boolean } = createServer({ maxHeaderSize, keepAliveTimeout: 0 });
    server.httpAllowHalfOpen = true;
    server.on('request', (request, response) => this.#answer(request, response));
    server.on('connect', () => this.#hangUp('405 Method Not Allowed'));
    server.on('clientError', (error: NodeJS.ErrnoException) => this.#hangUp(statusOf(error)));
    this.#expectMore();
    this.#limits.signal?.addEventListener('abort', this.#stop);
    server.emit('connection', this.#inner);
    if (this.#limits.signal?.aborted) this.#stop();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#over.abort();
    this.#limits.signal?.removeEventListener('abort', this.#stop);
  }

  readonly #stop = (): void => {
    this.#over.abort();
    if (this.#active === 0) this.#inner.end();
  };

  /** One timer, never put off by single bytes: a client that dribbles is not waited for. */
  #expectMore(): void {
    clearTimeout(this.#timer);
    const { bodyTimeoutMs = BODY_TIMEOUT_MS, headTimeoutMs = HEAD_TIMEOUT_MS } = this.#limits;
    if (this.#active > 0 && this.#reading === 0) return;
    const ms = this.#reading > 0 ? bodyTimeoutMs : headTimeoutMs;
    this.#timer = setTimeout(() => this.#expire(), ms);
  }

  /** A client that rests after an answer asked for nothing: an error would be taken for the answer to its next request. */
  #expire(): void {
    if (this.#hasServed && this.#reading === 0) this.#inner.end();
    else this.#hangUp('408 Request Timeout');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#active += 1;
    try {
      const answer = this.#refusal(request) ?? (await this.#reply(request));
      if (answer) await this.#write(response, answer, !request.complete);
    } catch (error) {
      this.failure ??= { error };
      // Whoever has read half an answer must not take it for the whole, nor does it matter whether they read on.
      if (response.headersSent) this.#breakOff();
      else await this.#write(response, { status: 500, body: 'internal error\n' }, true);
    } finally {
      this.#active -= 1;
      this.#hasServed = true;
      this.#expectMore();
      // The head of an answer that took its time could not say yet that it is the last one.
      if (this.#limits.signal?.aborted) this.#stop();
    }
  }

  #refusal({ headers }: IncomingMessage): HttpAnswer | undefined {
    if (!this.#limits.localOnly || isLocalHost(headers.host, headers.origin)) return undefined;
    return { status: 403, body: 'this server answers for its own machine only: ask for localhost or an address\n' };
  }

  async #reply(request: IncomingMessage): Promise<HttpAnswer | undefined> {
    const body = await this.#body(request);
    if (body === 'cut off') return undefined;
    if (body === 'too long') return { status: 413, body: 'the request body is too long\n' };
    const { method = '', headers } = request;
    const [path, query] = splitUrl(request.url ?? '/');
    return this.#handler({ method, path, query, headers, body, signal: this.#over.signal });
  }

  async #body(request: IncomingMessage): Promise<Buffer | 'too long' | 'cut off'> {
    this.#reading += 1;
    this.#expectMore();
    const body = await readBody(request, this.#limits.maxBodyBytes ?? MAX_BODY_BYTES);
    this.#reading -= 1;
    this.#expectMore();
    return body;
  }

  async #write(response: ServerResponse, answer: HttpAnswer, isLast: boolean): Promise<void> {
    const { status, headers, body = '' } = answer;
    const type = typeof body === 'string' && body !== '' ? { 'content-type': 'text/plain; charset=utf-8' } : {};
    const close = isLast || this.#limits.signal?.aborted ? { connection: 'close' } : {};
    if (typeof body === 'function') {
      response.writeHead(status, { ...headers, ...close });
      response.flushHeaders();
      // A HEAD asks for no body, and would wait for its end (RFC 9110, 9.3.2).
      if (response.req.method !== 'HEAD') await body(response);
      response.end();
      return;
    }
    const length = status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    response.writeHead(status, { ...length, ...type, ...headers, ...close });
    response.end(body);
  }

  #hangUp(status: string): void {
    if (this.#inner.writable) this.#inner.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
}

function splitUrl(url: string): [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

function statusOf(error: NodeJS.ErrnoException): string {
  return error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
}

/** Collects a body; stops keeping, not reading, past the limit, so that the client can finish and see the answer. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'too long' | 'cut off'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else resolve('too long');
    });
    request.on('end', () => resolve(length <= maxBytes ? Buffer.concat(chunks) : 'too long'));
    request.on('error', () => resolve('cut off'));
    request.on('close', () => resolve('cut off'));
  });
}
