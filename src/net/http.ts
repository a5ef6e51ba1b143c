/** The carrying half of HTTP/1.1: one verified request on one connection of its own, over undici (RFC 9110, RFC 9112). */

import type { Client } from 'undici';
import { type AnswerHead, Exchange } from './exchange.ts';
import { type Framing, framingOf } from './framing.ts';
import { explainFailure, notHttp, tookTooLong } from './http-failure.ts';
import { withIdleLimit } from './idle-limit.ts';
import { openWebConnection, type WebConnectionOptions, type WebTiming } from './web-connection.ts';
import { formatWebUrl, hostHeader, type WebUrl } from './web-url.ts';
import { Wire } from './wire.ts';

/** Header fields in order, as sent. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** How a request is made; the signal breaks it off at any time. */
export interface HttpOptions extends WebConnectionOptions {
  /** Besides `Host` and `Connection`, which are ours unless `Host` is given. */
  readonly headers: Headers;
  /** Milliseconds the head, and then each next piece of the body, may take. */
  readonly idleTimeoutMs: number;
}

/** An answer whose head has come and whose body is to be read. */
export interface HttpResponse {
  readonly url: WebUrl;
  readonly status: number;
  /** The reason phrase, printable. */
  readonly reason: string;
  /** As the server gave it: `1.0` or `1.1`. */
  readonly version: string;
  readonly headers: Headers;
  /** Bytes the body will have; undefined where the server did not say. */
  readonly length: number | undefined;
  /** When what was done, in milliseconds since the request was begun. */
  readonly timing: WebTiming & { readonly firstByte: number };
  /** The body as sent, read once. Throws a NettkError unless HTTP says that it is whole. */
  readonly body: AsyncIterable<Buffer>;
  /** Lets the connection go; may be called at any time. */
  close(): void;
}

/** The most a head may hold: field names and values, in bytes. Trailers count too. */
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_REASON_LENGTH = 60;

/**
 * Sends `GET` and waits for the head of the answer. Redirects are answers like others. The connection is closed once the
 * body was read, or by `close`.
 *
 * @throws NettkError with curl's number as its exit status; the signal's reason when it aborts
 */
export async function requestHttp(url: WebUrl, options: HttpOptions): Promise<HttpResponse> {
  const began = performance.now();
  // Loading undici takes as long as a connection: both at once.
  const [connecting, library] = [openWebConnection(url, options), import('undici')];
  library.catch(() => {});
  const { socket, timing } = await connecting;
  const wire = new Wire(socket, options.signal);
  try {
    const { Client } = await library;
    const exchange = new Exchange();
    const head = await ask(newClient(Client, wire), url, options, wire, exchange);
    return readAnswer(url, options, wire, exchange, head, { ...timing, firstByte: performance.now() - began });
  } catch (error) {
    wire.close();
    throw error;
  }
}

function newClient(HttpClient: typeof Client, wire: Wire): Client {
  const client = new HttpClient('http://connection', {
    connect: (_, callback) => wire.handTo(callback),
    allowH2: false,
    maxHeaderSize: MAX_HEAD_BYTES,
    // Both deadlines are ours: undici's run on while the reader of the body is slow, and have no words for a person.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  wire.onClose(() => void client.destroy().catch(() => {}));
  return client;
}

async function ask(
  client: Client,
  url: WebUrl,
  options: HttpOptions,
  wire: Wire,
  exchange: Exchange,
): Promise<AnswerHead> {
  const address = formatWebUrl(url);
  const seconds = options.idleTimeoutMs / 1000;
  const timer = setTimeout(() => wire.stop(tookTooLong(address, `no answer for ${seconds} s`)), options.idleTimeoutMs);
  try {
    client.dispatch(
      { method: 'GET', path: url.path, headers: requestFields(url, options.headers), reset: true },
      exchange,
    );
    return await exchange.head;
  } catch (error) {
    throw wire.reason(error, (failure) => explainFailure(failure, address, { start: wire.start, hasHead: false }));
  } finally {
    clearTimeout(timer);
  }
}

/** Undici takes names and values in turn, one string a byte: text outside ASCII goes as UTF-8. */
function requestFields(url: WebUrl, headers: Headers): string[] {
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host');
  const all: Headers = hasHost ? headers : [['Host', hostHeader(url)], ...headers];
  return all.flatMap(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]);
}

function readAnswer(
  url: WebUrl,
  options: HttpOptions,
  wire: Wire,
  exchange: Exchange,
  head: AnswerHead,
  timing: HttpResponse['timing'],
): HttpResponse {
  const fields = pairs(head.fields);
  const address = formatWebUrl(url);
  const version = /^HTTP\/(1\.[01])/.exec(wire.start)?.[1];
  // The parser also takes RTSP, ICE and versions that have no such messages.
  if (version === undefined) throw notHttp(undefined, address, { start: wire.start, hasHead: false });
  const framing = framingOf(address, head.status, version, fields);
  return {
    url,
    status: head.status,
    reason: head.reason.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_REASON_LENGTH),
    version,
    headers: fields,
    length: framing.length,
    timing,
    body: readBody(url, options, wire, exchange, framing),
    close: () => wire.close(),
  };
}

async function* readBody(
  url: WebUrl,
  options: HttpOptions,
  wire: Wire,
  exchange: Exchange,
  framing: Framing,
): AsyncGenerator<Buffer> {
  const address = formatWebUrl(url);
  const onIdle = (): void => wire.stop(tookTooLong(address, `no data for ${options.idleTimeoutMs / 1000} s`));
  let bytes = 0;
  try {
    if (framing.length === 0) return;
    for await (const chunk of withIdleLimit(exchange.body(), options.idleTimeoutMs, onIdle)) {
      bytes += chunk.length;
      yield chunk;
      // Whole is whole, however the connection ends after that.
      if (bytes === framing.length) return;
    }
    // Undici takes a reset for the end of a body that only the end of the connection delimits: it is a cut.
    if (framing.untilClose && wire.failure) throw wire.failure;
    if (framing.length !== undefined) throw { code: 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' };
  } catch (error) {
    throw wire.reason(error, (failure) => explainFailure(failure, address, { start: wire.start, hasHead: true }));
  } finally {
    wire.close();
  }
}

function pairs(flat: readonly string[]): Headers {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : []));
}
