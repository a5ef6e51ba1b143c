/** Binds an endpoint of any kind and hands out connections; over UDP each sender is one. */

import { Duplex } from 'node:stream';
import { asConn } from './conn.ts';
import type { DatagramSource } from './datagram-gate.ts';
import { type Endpoint, formatEndpoint } from './endpoint.ts';
import { refuseLayers } from './layers.ts';
import { type Listener, type ListenHandlers, type ListenOptions, listenStream } from './listen.ts';
import { type Answer, type DatagramHandler, listenDatagram } from './listen-datagram.ts';
import { plainAddress } from './plain-address.ts';

/** Senders kept as connections at once over UDP where the caller names no number; past it the quietest one is over. */
const MAX_UDP_PEERS = 1_024;
/** Datagrams that wait for a slow reader; what comes on top is lost. */
const MAX_QUEUED_DATAGRAMS = 1_024;

/**
 * Listens and hands out a Conn for each client. Over UDP a sender's first datagram makes the connection, whose chunks are
 * datagrams; it lasts until it is destroyed or, past 1,024 senders, ends because nobody was silent for longer: UDP has no
 * goodbye, and who came once must not keep others out for ever. With `maxConnections`, further senders are dropped instead.
 * Closing ends all of them; the socket stays until what they are still to be told is out.
 *
 * @throws NettkError where the endpoint cannot be bound, or what shall lie over it cannot work
 */
export async function listenConns(
  endpoint: Endpoint,
  handlers: ListenHandlers,
  options: ListenOptions = {},
): Promise<Listener> {
  if (endpoint.scheme !== 'udp') return listenStream(endpoint, handlers, options);
  refuseLayers(endpoint, options, `listen on ${formatEndpoint(endpoint)}`);
  return listenPeers(endpoint, handlers, options);
}

async function listenPeers(endpoint: Endpoint, handlers: ListenHandlers, options: ListenOptions): Promise<Listener> {
  const peers = new UdpPeers(options.maxConnections);
  let isClosed = false;
  const onDatagram: DatagramHandler = (message, source, answer) => {
    if (isClosed) return;
    const peer: Endpoint = { scheme: 'udp', host: plainAddress(source.address), port: source.port, path: '' };
    const refuse = (reason: string): void => handlers.onRefused(formatEndpoint(peer), reason);
    // Rules may have changed since the sender's first datagram.
    const refusal = options.gate?.refusal(source.address);
    if (refusal !== undefined) return refuse(refusal);
    const key = keyOf(source);
    const known = peers.heard(key);
    if (known) return known.receive(message);
    const leave = options.gate?.enter(source.address);
    if (typeof leave === 'string') return refuse(leave);
    if (!peers.makeRoom()) {
      leave?.();
      return handlers.onDrop(formatEndpoint(peer));
    }
    const stream = new PeerStream(answer);
    stream.on('error', () => {});
    if (leave) stream.once('close', leave);
    peers.add(key, stream);
    handlers.onConn(asConn(stream, peer));
    stream.receive(message);
  };
  const listener = await listenDatagram(endpoint, onDatagram, options);
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    peers.end();
    // What senders are still to be told goes out by the one socket there is.
    const gone = peers.gone().then(() => listener.close());
    if (peers.open === 0) await gone;
  };
  return { ...listener, close };
}

const keyOf = (source: DatagramSource): string => `${source.address} ${source.port}`;

/** The senders of one socket, the one not heard for longest first. */
class UdpPeers {
  readonly #streams = new Map<string, PeerStream>();
  /** Those above, and those that were ended and still have something to say. */
  readonly #open = new Set<PeerStream>();
  readonly #gone = Promise.withResolvers<void>();
  #isEnded = false;
  readonly #most: number;
  readonly #mayEndOthers: boolean;

  constructor(maxConnections: number | undefined) {
    this.#most = maxConnections ?? MAX_UDP_PEERS;
    this.#mayEndOthers = maxConnections === undefined;
  }

  /** How many are not closed. */
  get open(): number {
    return this.#open.size;
  }

  add(key: string, stream: PeerStream): void {
    this.#streams.set(key, stream);
    this.#open.add(stream);
    stream.once('close', () => {
      if (this.#streams.get(key) === stream) this.#streams.delete(key);
      this.#open.delete(stream);
      if (this.#isEnded && this.#open.size === 0) this.#gone.resolve();
    });
  }

  /** Ends them all: nothing more is heard. */
  end(): void {
    this.#isEnded = true;
    for (const stream of this.#streams.values()) stream.finish();
    if (this.#open.size === 0) this.#gone.resolve();
  }

  /** Resolves when all are ended and closed. */
  gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** The stream of a sender that was just heard. */
  heard(key: string): PeerStream | undefined {
    const stream = this.#streams.get(key);
    if (!stream) return undefined;
    this.#streams.delete(key);
    this.#streams.set(key, stream);
    return stream;
  }

  /** Is there room for one more? Ends the quietest sender where it must and may, unless its datagrams are still unread. */
  makeRoom(): boolean {
    if (this.#streams.size < this.#most) return true;
    const [oldest] = this.#streams;
    if (!this.#mayEndOthers || !oldest || oldest[1].readableLength > 0) return false;
    this.#streams.delete(oldest[0]);
    oldest[1].finish();
    return true;
  }
}

/** One sender's side of a UDP socket as a Duplex; an object stream, so that boundaries and empty datagrams survive. */
class PeerStream extends Duplex {
  readonly #answer: Answer;

  constructor(answer: Answer) {
    super({ objectMode: true, readableHighWaterMark: MAX_QUEUED_DATAGRAMS });
    this.#answer = answer;
  }

  /** Takes a datagram. */
  receive(message: Buffer): void {
    if (!this.destroyed && this.readableLength < MAX_QUEUED_DATAGRAMS) this.push(message);
  }

  /** No datagram comes any more. */
  finish(): void {
    if (!this.destroyed) this.push(null);
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    // An answer that the system refuses ends this sender's connection, nobody else's.
    this.#answer(Buffer.from(chunk), done);
  }
}
