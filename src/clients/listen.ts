/** Waits for peers and joins them to the local streams: one, or with keep-open as many as come. */

import { PassThrough, Writable } from 'node:stream';
import { errorCode } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { Listener } from '../net/listen.ts';
import { listenConns } from '../net/listen-conns.ts';
import { RefusalCounter } from '../net/refusals.ts';
import type { Conn } from '../services/service.ts';
import { type ConverseOptions, converse } from './converse.ts';

/** How to listen, and whom to tell. */
export interface ListenAndTalkOptions extends ConverseOptions {
  /** Go on after the first client. */
  readonly keepOpen: boolean;
  /** Clients at once; 1 without keep-open. */
  readonly maxConnections?: number | undefined;
  /** With keep-open: how long clients may finish after the signal, in milliseconds. */
  readonly graceMs: number;
  onListening(endpoint: Endpoint): void;
  onConnected(peer: Endpoint): void;
  onDisconnected(peer: Endpoint, reason: string): void;
  onRefused(peer: string): void;
}

/**
 * Listens until the first client has finished, or with keep-open until the signal.
 *
 * @returns nothing after a single client; with keep-open 0, or 1 when clients had to be cut
 * @throws NettkError where the endpoint cannot be bound; without keep-open also as `converse`
 */
export function listenAndTalk(endpoint: Endpoint, options: ListenAndTalkOptions): Promise<number | undefined> {
  return options.keepOpen ? serveMany(endpoint, options) : serveOne(endpoint, options);
}

async function serveOne(endpoint: Endpoint, options: ListenAndTalkOptions): Promise<undefined> {
  const { signal } = options;
  const first = Promise.withResolvers<Conn>();
  let taken = false;
  const listener = await listen(endpoint, options, (conn) => {
    if (taken) return void conn.destroy();
    taken = true;
    first.resolve(conn);
  });
  const onAbort = (): void => first.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    const conn = await first.promise;
    // A second client shall see "refused", not wait in the backlog; UDP needs its socket to the end.
    if (endpoint.scheme !== 'udp') await listener.close();
    options.onConnected(conn.peer);
    await converse(conn, options);
    options.onDisconnected(conn.peer, '');
  } finally {
    signal.removeEventListener('abort', onAbort);
    await listener.close();
  }
}

async function serveMany(endpoint: Endpoint, options: ListenAndTalkOptions): Promise<number> {
  const crowd = new Crowd(options);
  const listener = await listen(endpoint, options, (conn) => crowd.add(conn));
  await new Promise<void>((resolve) => {
    options.signal.addEventListener('abort', () => resolve());
    if (options.signal.aborted) resolve();
    crowd.onOutputLost = resolve;
  });
  await listener.close();
  return (await crowd.drain(options.graceMs)) === 0 ? 0 : 1;
}

function listen(endpoint: Endpoint, options: ListenAndTalkOptions, onConn: (conn: Conn) => void): Promise<Listener> {
  const refusals = new RefusalCounter(({ peer }) => options.onRefused(peer));
  const handlers = {
    onConn,
    onDrop: (peer: string) => refusals.add('too many connections', peer),
    onError: () => refusals.add('accept failed', ''),
  };
  const maxConnections = options.keepOpen ? options.maxConnections : undefined;
  return listenConns(endpoint, handlers, { maxConnections }).then((listener) => {
    options.onListening(listener.endpoint);
    return listener;
  });
}

/** Clients side by side over one pair of local streams. */
class Crowd {
  readonly #options: ListenAndTalkOptions;
  readonly #members = new Map<Conn, { input: PassThrough; done: Promise<void> }>();
  /** Called when nobody reads the output any more. */
  onOutputLost: () => void = () => {};
  readonly #stop = new AbortController();

  constructor(options: ListenAndTalkOptions) {
    this.#options = options;
    options.input?.on('data', (chunk: Buffer) => this.#tellAll(chunk));
    options.output?.on('error', () => this.onOutputLost());
  }

  add(conn: Conn): void {
    this.#options.onConnected(conn.peer);
    const input = new PassThrough();
    const done = this.#talk(conn, input);
    this.#members.set(conn, { input, done });
  }

  /** Ends every client's input, waits for them up to the grace, cuts the rest and says how many. */
  async drain(graceMs: number): Promise<number> {
    this.#options.input?.pause();
    for (const { input } of this.#members.values()) input.end();
    const all = Promise.all([...this.#members.values()].map(({ done }) => done));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([all, new Promise((resolve) => (timer = setTimeout(resolve, graceMs)))]);
    clearTimeout(timer);
    const cut = this.#members.size;
    this.#stop.abort();
    await all;
    return cut;
  }

  async #talk(conn: Conn, input: PassThrough): Promise<void> {
    const { output } = this.#options;
    const shared = output && sharedOutput(output);
    let reason = '';
    try {
      await converse(conn, {
        ...this.#options,
        input: this.#options.input && input,
        output: shared,
        signal: this.#stop.signal,
      });
    } catch (error) {
      reason = errorCode(error) || (error instanceof Error ? error.message : String(error));
    }
    input.destroy();
    this.#members.delete(conn);
    this.#options.onDisconnected(conn.peer, reason);
  }

  /** Everybody gets the chunk; the input waits for those that are slow. */
  #tellAll(chunk: Buffer): void {
    const { input } = this.#options;
    const slow = [...this.#members.values()].filter((member) => !member.input.write(chunk));
    if (slow.length === 0) return;
    input?.pause();
    let waiting = slow.length;
    const onRoom = (): void => {
      waiting -= 1;
      if (waiting === 0) input?.resume();
    };
    for (const member of slow) onceEither(member.input, onRoom);
  }
}

/** Calls back once, at `drain` or `close`. */
function onceEither(stream: Writable, call: () => void): void {
  const settle = (): void => {
    stream.off('drain', settle).off('close', settle);
    call();
  };
  stream.on('drain', settle).on('close', settle);
}

/** A client's own way into an output that outlives it. */
function sharedOutput(output: Writable): Writable {
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      output.write(chunk, (error) => done(error));
    },
  });
}
