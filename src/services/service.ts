/** What a service is: handed a connection or a datagram, it answers; it never opens a socket. */

import type { OptionSpecs, OptionValues } from '../cli/option.ts';
import type { Conn } from '../net/conn.ts';
import type { DialOptions } from '../net/dial.ts';
import type { Endpoint } from '../net/endpoint.ts';

/** What a server gives its service for as long as it runs: the only ways outward. */
export interface ServerContext {
  /** Aborts when the server drains. */
  readonly signal: AbortSignal;
  /** Opens a connection, as `dial` of the socket layer does; given up when the server drains, unless another signal is given. */
  dial(target: Endpoint | string, options?: DialOptions): Promise<Conn>;
  /** Tells whoever runs the server something, in one line. */
  note(line: string): void;
}

/** What a session or datagram function may use besides the connection. */
export interface ServiceContext<O = Record<string, never>, S = undefined> {
  /** The service's own options, parsed. */
  readonly options: O;
  /** What the service's `setup` returned, one for each server. */
  readonly state: S;
  /** Aborts when the server drains, or when this session's connection is gone; its reason says which. */
  readonly signal: AbortSignal;
  /** How long a session may go on once the signal says draining, in milliseconds; then it is cut. */
  readonly graceMs: number;
  /** Suspends the idle timeout of this connection until the returned function is called (a long sleep is not idle). */
  hold(): () => void;
}

/** Where a datagram came from, and how much may be said back. */
export interface DatagramPeer extends Endpoint {
  /** The longest answer this datagram may get, in bytes; what is longer is cut (RFC 864 amplification). */
  readonly maxAnswer: number;
}

/** What is done with a connection, a datagram, or both; `V` are the values of the service's options. */
export interface Talk<V, S> {
  /**
   * Serves one connection. When it returns, the server half-closes the connection, drains what the client still sends,
   * and lets go. What it throws ends this connection only.
   */
  session?(conn: Conn, context: ServiceContext<V, S>): Promise<void> | void;
  /** Answers one datagram, or stays silent by returning undefined. */
  datagram?(
    message: Buffer,
    peer: DatagramPeer,
    context: ServiceContext<V, S>,
  ): Promise<Buffer | undefined> | Buffer | undefined;
}

/** Another way to talk to a service: on a port of its own, under the same options and over the same state. */
export interface Face<O extends OptionSpecs = OptionSpecs, S = unknown> extends Talk<OptionValues<O>, S> {
  /** What its ready line calls it: `name (dns) listening on …`. */
  readonly name: string;
  /** The service's option that has its port; the face is off where that was not given. */
  readonly option: keyof O & string;
  /** `--tls` leaves it as it is: its clients never speak TLS. */
  readonly isPlain?: true;
  /** The longest answer to a datagram, in bytes, where its protocol limits answers itself; else 64 more than the request. */
  readonly maxAnswer?: number;
  /**
   * Answers to datagrams a second and source where `--udp-rate` is not given; loopback has no limit then. For a protocol
   * whose clients ask for many.
   */
  readonly udpRate?: number;
}

/** A service: data for help and docs, and what to do with a connection, a datagram, or both. */
export interface Service<O extends OptionSpecs = OptionSpecs, S = unknown> extends Talk<OptionValues<O>, S> {
  /** Its name as /etc/services or our table knows it; the command is `NAME-server`. */
  readonly name: string;
  /** One line for help and docs; starts with a verb, cites its RFC where there is one. */
  readonly summary: string;
  /** The default port, 0–65535. */
  readonly port: number;
  readonly options?: O;
  /** Made once for each server, before it listens; throws a NettkError where an option value cannot work. */
  setup?(options: OptionValues<O>, server: ServerContext): S | Promise<S>;
  /** Lets go of what `setup` made, when the last session is over or the server could not listen. */
  close?(state: S): Promise<void> | void;
  /** How many sessions run at once, those of all faces together (more wait in line); unlimited where left out. */
  concurrency?(options: OptionValues<O>): number;
  /** What its main face is announced as on the local network (DNS-SD, RFC 6763) where this option, a flag, is on. */
  readonly announcement?: { readonly option: keyof O & string; readonly type: string };
  /** What else it speaks, each face on its own port. */
  readonly faces?: readonly Face<O, S>[];
}

/**
 * Declares a service; the types of its options and state follow from the declaration.
 *
 * @example const qotd = defineService({ name: 'qotd', summary: 'Tells a quote', port: 17, session: (conn) => { conn.end('Be kind.\r\n'); } });
 */
export function defineService<const O extends OptionSpecs = Record<never, never>, S = undefined>(
  service: Service<O, S>,
): Service<O, S> {
  return service;
}
