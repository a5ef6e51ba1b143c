/** Binds an endpoint of any kind and hands out connections; over UDP each sender is one. */

import { Duplex } from 'node:stream';
import { asConn } from './conn.ts';
import type { DatagramSource } from './datagram-gate.ts';
import { type Endpoint, formatEndpoint } from './endpoint.ts';
import { type Listener, type ListenHandlers, type ListenOptions, listenStream } from './listen.ts';
import { type Answer, listenDatagram } from './listen-datagram.ts';

/** Senders kept as connections at once over UDP; datagrams of more are dropped. */
const MAX_UDP_PEERS = 1_024;
/** Datagrams that wait for a slow reader; what comes on top is lost. */
const MAX_QUEUED_DATAGRAMS = 1_024;

/**
 * Listens and hands out a Conn for each client. Over UDP a sender's first datagram makes the connection, whose chunks are
 * datagrams; it lasts until it is destroyed.
 *
 * @throws NettkError where the endpoint cannot be bound
 */
export function listenConns(
  endpoint: Endpoint,
  handlers: ListenHandlers,
  options: ListenOptions = {},
): Promise<Listener> {
  return endpoint.scheme === 'udp'
    ? listenPeers(endpoint, handlers, options)
    : listenStream(endpoint, handlers, options);
}

async function listenPeers(endpoint: Endpoint, handlers: ListenHandlers, options: ListenOptions): Promise<Listener> {
  const peers = new Map<string, PeerStream>();
  const most = options.maxConnections ?? MAX_UDP_PEERS;
  const listener = await listenDatagram(endpoint, (message, source, answer) => {
    const peer: Endpoint = { scheme: 'udp', host: source.address, port: source.port, path: '' };
    const key = keyOf(source);
    const known = peers.get(key);
    if (known) return known.receive(message);
    if (peers.size >= most) return handlers.onDrop(formatEndpoint(peer));
    const stream = new PeerStream(answer);
    peers.set(key, stream);
    stream.once('close', () => peers.delete(key));
    handlers.onConn(asConn(stream, peer));
    stream.receive(message);
  });
  return listener;
}

const keyOf = (source: DatagramSource): string => `${source.address} ${source.port}`;

/** One sender's side of a UDP socket as a Duplex; an object stream, so that boundaries and empty datagrams survive. */
class PeerStream extends Duplex {
  readonly #answer: Answer;

  constructor(answer: Answer) {
    super({ objectMode: true, readableHighWaterMark: MAX_QUEUED_DATAGRAMS });
    this.#answer = answer;
  }

  receive(message: Buffer): void {
    if (!this.destroyed && this.readableLength < MAX_QUEUED_DATAGRAMS) this.push(message);
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#answer(Buffer.from(chunk));
    done();
  }
}
