/** Fetches a document as a careful downloader does: redirects followed within limits, and all of it or nothing. */

import { NettkError } from '../errors.ts';
import { type Headers, type HttpOptions, type HttpResponse, requestHttp } from '../net/http.ts';
import { badAnswer, tookTooLong } from '../net/http-failure.ts';
import { WEB_EXIT } from '../net/web-exit.ts';
import { formatWebUrl, isSameOrigin, resolveLocation, type WebUrl } from '../net/web-url.ts';
import {
  type BodyLimits,
  type BodySink,
  checkSize,
  openedSink,
  type ReceivedBody,
  receiveBody,
} from './receive-body.ts';

/** How a document is fetched. */
export interface FetchOptions extends HttpOptions, Omit<BodyLimits, 'signal'> {
  /** Milliseconds for everything; no limit where left out. */
  readonly timeoutMs?: number | undefined;
  /** Told of each redirect that is followed. */
  readonly onRedirect?: ((from: HttpResponse, to: WebUrl) => void) | undefined;
}

/** What was fetched. */
export interface FetchResult extends ReceivedBody {
  /** The URL that answered, after redirects, without credentials. */
  readonly url: string;
  readonly status: number;
  /** When what was done, in milliseconds; connect, tls and firstByte since the last request was begun. */
  readonly timing: Readonly<Record<string, number>>;
}

/** How many redirects are followed. */
export const MAX_REDIRECTS = 10;

/**
 * Fetches a document into the sink that `open` makes once its head has come; `open` is not called for an answer that is
 * refused (status 400 and above, say).
 *
 * @throws NettkError with curl's number as its exit status; the signal's reason when it aborts
 */
export async function fetchDocument(
  url: WebUrl,
  open: (response: HttpResponse) => Promise<BodySink>,
  options: FetchOptions,
): Promise<FetchResult> {
  const began = performance.now();
  const address = formatWebUrl(url);
  return withDeadline(options.signal, options.timeoutMs, address, async (signal) => {
    const response = await follow(url, { ...options, signal });
    const action = `fetch ${formatWebUrl(response.url)}`;
    try {
      checkStatus(response, options.headers);
      checkSize(response.length, action, options.maxBytes);
      const sink = await openedSink(open(response), signal);
      const received = await receiveBody(response.body, sink, action, { ...options, signal });
      const timing = rounded({ ...response.timing, total: performance.now() - began });
      return { url: formatWebUrl(response.url), status: response.status, ...received, timing };
    } finally {
      response.close();
    }
  });
}

/** Runs some work under a deadline for all of it, beside the caller's own signal. */
export async function withDeadline<T>(
  signal: AbortSignal,
  limitMs: number | undefined,
  address: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (limitMs === undefined) return work(signal);
  const deadline = new AbortController();
  const abort = (): void => deadline.abort(signal.reason);
  const late = (): void => deadline.abort(tookTooLong(address, `not finished within ${limitMs / 1000} s`));
  const timer = setTimeout(late, limitMs);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

async function follow(first: WebUrl, options: FetchOptions): Promise<HttpResponse> {
  let url = first;
  let headers = withCredentials(url, options.headers);
  for (let redirects = 0; ; redirects++) {
    const response = await requestHttp(url, { ...options, headers });
    const location = locationOf(response);
    if (location === undefined) return response;
    response.close();
    if (redirects === MAX_REDIRECTS) {
      throw badAnswer(formatWebUrl(first), `more than ${MAX_REDIRECTS} redirects`, WEB_EXIT.redirects);
    }
    const next = nextUrl(url, location);
    options.onRedirect?.(response, next);
    if (!isSameOrigin(url, next)) headers = headers.filter(([name]) => !ORIGIN_ONLY.includes(name.toLowerCase()));
    url = next;
  }
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** What is meant for one origin only, and never comes back once another was visited. */
const ORIGIN_ONLY: readonly string[] = ['authorization', 'cookie', 'proxy-authorization', 'host', 'referer'];

function locationOf(response: HttpResponse): string | undefined {
  if (!REDIRECTS.includes(response.status)) return undefined;
  const location = response.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  // Undici reads fields as Latin-1, but servers that do not encode a path send UTF-8.
  return location === undefined ? undefined : Buffer.from(location, 'latin1').toString('utf8');
}

function nextUrl(from: WebUrl, location: string): WebUrl {
  const address = formatWebUrl(from);
  let next: WebUrl;
  try {
    next = resolveLocation(from, location);
  } catch (error) {
    const reason = `redirects to ${error instanceof Error ? error.message : String(error)}`;
    throw badAnswer(address, reason, WEB_EXIT.unsupported, undefined, error);
  }
  if (from.scheme === 'https' && next.scheme === 'http') {
    throw badAnswer(address, `redirects from https to ${formatWebUrl(next)}, which is not safe`, WEB_EXIT.unsupported);
  }
  return next;
}

function withCredentials(url: WebUrl, headers: Headers): Headers {
  const isGiven = headers.some(([name]) => name.toLowerCase() === 'authorization');
  if (url.credentials === undefined || isGiven) return headers;
  const credentials = url.credentials.includes(':') ? url.credentials : `${url.credentials}:`;
  return [...headers, ['Authorization', `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`]];
}

function checkStatus(response: HttpResponse, headers: Headers): void {
  const { status } = response;
  const askedForPart = headers.some(([name]) => name.toLowerCase() === 'range');
  if (status < 300 && (status !== 206 || askedForPart)) return;
  const action = `fetch ${formatWebUrl(response.url)}`;
  const phrase = response.reason === '' ? '' : ` ${response.reason}`;
  const rest = status >= 400 ? '' : ', which is no whole document';
  throw new NettkError({
    code: status === 404 ? 'NOT_FOUND' : 'REFUSED',
    action,
    reason: `the server answered ${status}${phrase}${rest}`,
    exit: status >= 400 ? WEB_EXIT.status : WEB_EXIT.weirdReply,
  });
}

function rounded(timing: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(timing).map(([name, ms]) => [name, Math.round(ms * 1000) / 1000]));
}
