/** A request to the HTTP face as its handlers see it, and what they answer. */

import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { NettkError, usageError } from '../../../errors.ts';
import type { Caller } from '../../../registry/log.ts';
import { drained } from '../../../stream/drained.ts';
import type { HttpAnswer, HttpRequest } from '../../../stream/http.ts';
import type { NameHouse } from '../house.ts';

/** The longest that a long poll waits, in milliseconds, and how long where it does not say. */
const MAX_WAIT_MS = 600_000;
const DEFAULT_WAIT_MS = 300_000;
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What handlers work with. */
export interface NameRequest {
  readonly house: NameHouse;
  readonly caller: Caller;
  readonly request: HttpRequest;
  /** The path's parts, percent-decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Answers requests of one method to one shape of path. */
export type NameHandler = (request: NameRequest) => Promise<HttpAnswer> | HttpAnswer;

/** A pattern of a path, `*` for any part, and who answers by method. */
export type Route = readonly [path: string, handlers: Readonly<Record<string, NameHandler>>];

/** A JSON answer, on one line. */
export function json(value: unknown, headers: Readonly<Record<string, string>> = {}, status = 200): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

/** Rows of a long list written in one turn of the event loop: as many as take about a millisecond. */
const ROWS_AT_ONCE = 200;

/**
 * A JSON answer that may be long: it is written by and by, so that others are answered meanwhile.
 *
 * @param rows in JSON; they come between `head` and `tail`, with commas
 */
export function longJson(
  { signal }: HttpRequest,
  [head, rows, tail]: readonly [head: string, rows: Iterable<string>, tail: string],
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  const body = async (out: Writable): Promise<void> => {
    let piece = head;
    let count = 0;
    for (const row of rows) {
      piece += count === 0 ? row : `,${row}`;
      count += 1;
      if (count % ROWS_AT_ONCE > 0) continue;
      out.write(piece);
      piece = '';
      await drained(out);
      await setImmediate();
      // Nobody reads on, or it has to end: half a list must not look like the whole.
      if (out.destroyed || signal.aborted)
        throw new NettkError({ code: 'BUSY', action: 'list', reason: 'not read to its end' });
    }
    out.write(`${piece}${tail}\n`);
  };
  return { ...json(null, headers), body };
}

/** Makes rows for `longJson`, each when its turn comes. */
export function* jsonRows<T>(items: Iterable<T>, toValue: (item: T) => unknown): Generator<string> {
  for (const item of items) yield JSON.stringify(toValue(item));
}

/** The statuses of failures; all others are of a server that cannot at the moment. */
const STATUS_OF: Readonly<Record<string, number>> = { USAGE: 400, REFUSED: 403, NOT_FOUND: 404 };

/** Says why not; what is no expected failure is thrown on. */
export function failed(error: unknown): HttpAnswer {
  if (!(error instanceof NettkError)) throw error;
  const { code, message, hint } = error;
  return json({ error: message, hint }, {}, STATUS_OF[code] ?? 503);
}

/**
 * A whole number in the query.
 *
 * @throws NettkError `USAGE`
 */
export function numberIn(query: URLSearchParams, key: string, otherwise: number): number {
  const text = query.get(key);
  if (text === null) return otherwise;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usageError(key, `${JSON.stringify(text.slice(0, 40))} is not a whole number`);
}

/**
 * `30s`, `250ms`, `1m30s` as Go writes them, or plain seconds, as milliseconds.
 *
 * @throws NettkError `USAGE`
 */
export function readDuration(key: string, text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (text === '' || parts.map(([all]) => all).join('') !== text) {
    throw usageError(key, `${JSON.stringify(text.slice(0, 40))} is no duration`, '250ms, 30s, 1m30s');
  }
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS_MS[unit] as number), 0);
}

/**
 * Waits as a long poll asks: `index` is the number of the last change that the client knows of, `wait` how long it waits
 * for another at most (5 minutes where it does not say, 10 at most). Without `index` there is nothing to wait for.
 *
 * @param name the service that it is about; undefined for any
 * @returns the number of the last change then
 * @throws NettkError `USAGE`
 */
export async function waitForChange(request: NameRequest, name?: string): Promise<number> {
  const { query, house } = request;
  if (!query.has('index')) return house.registry.changes.index;
  return waitAfter(numberIn(query, 'index', 0), request, name);
}

/** Waits for a change after an index, as long as `wait` says. */
export async function waitAfter(index: number, { house, query, request }: NameRequest, name?: string): Promise<number> {
  const { changes } = house.registry;
  const wait = Math.min(waitIn(query), MAX_WAIT_MS);
  const over = new AbortController();
  const stop = (): void => over.abort();
  // All that wait would come back at once (wait/16, as Consul does it).
  const timer = setTimeout(stop, wait + (Math.random() * wait) / 16);
  request.signal.addEventListener('abort', stop);
  try {
    return await changes.after(index, name, over.signal);
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', stop);
  }
}

function waitIn(query: URLSearchParams): number {
  const text = query.get('wait');
  return text === null ? DEFAULT_WAIT_MS : readDuration('wait', text);
}
