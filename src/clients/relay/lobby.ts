/** Clients of one listening side that wait for their counterparts at the other, first come, first served. */

import type { Conn } from '../../net/conn.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Listener, ListenHandlers, ListenOptions } from '../../net/listen.ts';
import { listenConns } from '../../net/listen-conns.ts';

/** Clients that wait at once; who comes on top is refused. */
const MAX_WAITING = 128;

/** What a lobby tells. */
export type LobbyHandlers = Omit<ListenHandlers, 'onConn'>;

/** A listener whose clients are fetched. */
export class Lobby {
  readonly #waiting: Conn[] = [];
  readonly #callers: ((conn: Conn) => void)[] = [];
  #listener: Listener | undefined;

  /** Binds. @throws NettkError */
  async open(endpoint: Endpoint, handlers: LobbyHandlers, options: ListenOptions): Promise<Listener> {
    const onConn = (conn: Conn): void => this.#add(conn, handlers);
    this.#listener = await listenConns(endpoint, { ...handlers, onConn }, options);
    return this.#listener;
  }

  /** The client that has waited for longest, or the next that comes. @throws the signal's reason */
  next(signal: AbortSignal): Promise<Conn> {
    const first = this.#waiting.shift();
    if (first) return Promise.resolve(first);
    return new Promise((resolve, reject) => {
      const take = (conn: Conn): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(conn);
      };
      const giveUp = (): void => {
        this.#callers.splice(this.#callers.indexOf(take), 1);
        reject(signal.reason);
      };
      this.#callers.push(take);
      signal.addEventListener('abort', giveUp, { once: true });
      if (signal.aborted) giveUp();
    });
  }

  /** Stops listening, and sends those home who still wait. */
  async close(): Promise<void> {
    for (const conn of this.#waiting.splice(0)) conn.destroy();
    await this.#listener?.close();
  }

  #add(conn: Conn, handlers: LobbyHandlers): void {
    const caller = this.#callers.shift();
    if (caller) return void caller(conn);
    if (this.#waiting.length >= MAX_WAITING) {
      handlers.onDrop(conn.peer.host);
      return void conn.destroy();
    }
    this.#waiting.push(conn);
    conn.on('error', () => {});
    conn.once('close', () => {
      const place = this.#waiting.indexOf(conn);
      if (place !== -1) this.#waiting.splice(place, 1);
    });
  }
}
