/** Server-sent events (HTML, 9.2): changes and records of the log as they happen, for the status page and for `curl -N`. */

import type { Writable } from 'node:stream';
import { NettkError } from '../../../errors.ts';
import type { ChangeEvent } from '../../../registry/changes.ts';
import { matchesQuery } from '../../../registry/log.ts';
import type { HttpAnswer } from '../../../stream/http.ts';
import { changeJson, recordJson } from './json.ts';
import { type NameRequest, numberIn } from './request.ts';

/** How often a silent stream says that it lives, in milliseconds: proxies end those that do not within a minute. */
const BEAT_MS = 15_000;
/** What may wait for a client that does not read, in bytes; then its stream ends, and it comes back for what it missed. */
const MAX_WAITING_BYTES = 1_048_576;

const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

/**
 * `GET /events?service=`: first what was missed since the `Last-Event-ID` or `since`, then what happens. Where that is not known
 * any more, or nobody asks for it, a `reset` event says from where on this tells all.
 */
export function changeEvents(request: NameRequest): HttpAnswer {
  const { house, query } = request;
  const { changes } = house.registry;
  const name = query.get('service')?.toLowerCase();
  const last = lastSeen(request);
  const missed = last === undefined ? undefined : changes.since(last, name);
  return events(request, (say) => {
    if (missed) for (const change of missed) say(changeEvent(change));
    else say(`event: reset\nid: ${changes.index}\ndata: {"index":${changes.index}}\n\n`);
    return changes.subscribe((change) => {
      if (name === undefined || change.name === name) say(changeEvent(change));
    });
  });
}

/** Browsers send what they saw last when they come back. */
function lastSeen({ query, request }: NameRequest): number | undefined {
  const header = request.headers['last-event-id'];
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  return query.has('since') ? numberIn(query, 'since', 0) : undefined;
}

function changeEvent(change: ChangeEvent): string {
  return `event: ${change.kind}\nid: ${change.index}\ndata: ${JSON.stringify(changeJson(change))}\n\n`;
}

/** `GET /log/events?service=&client=`: records of the log once they are written. */
export function logEvents(request: NameRequest): HttpAnswer {
  const { house, query } = request;
  const wanted = { name: query.get('service')?.toLowerCase(), client: query.get('client') ?? undefined, limit: 0 };
  return events(request, (say) =>
    house.registry.followLog((record) => {
      if (matchesQuery(record, wanted)) say(`id: ${record.number}\ndata: ${JSON.stringify(recordJson(record))}\n\n`);
    }),
  );
}

/** @param begin says what there is and then what happens, until what it returned is called */
function events({ request }: NameRequest, begin: (say: (text: string) => void) => () => void): HttpAnswer {
  return { status: 200, headers: HEADERS, body: (out) => tell(out, begin, request.signal) };
}

async function tell(
  out: Writable,
  begin: (say: (text: string) => void) => () => void,
  signal: AbortSignal,
): Promise<void> {
  const over = Promise.withResolvers<void>();
  const end = (): void => over.resolve();
  const say = (text: string): void => {
    out.write(text);
    if (out.writableLength > MAX_WAITING_BYTES) over.reject(tooSlow());
  };
  const stop = begin(say);
  const beat = setInterval(() => say(': alive\n\n'), BEAT_MS);
  signal.addEventListener('abort', end);
  out.on('close', end);
  if (signal.aborted) end();
  try {
    await over.promise;
  } finally {
    stop();
    clearInterval(beat);
    signal.removeEventListener('abort', end);
  }
}

function tooSlow(): NettkError {
  return new NettkError({ code: 'BUSY', action: 'events', reason: 'read too slowly, and missed something' });
}
