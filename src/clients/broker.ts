/**
 * The broker: what anybody sends goes to everybody else, and so does standard input; what they say is printed.
 *
 * - Each sender's bytes keep their order, and nobody gets their own.
 * - A reader that lags holds the senders back until it has caught up, for some seconds at most; then it is reset, and the
 *   others have lost nothing. So nobody can stop the rest, and memory is bounded whoever does not read.
 * - A member that ends its side leaves, once what waits for it is delivered (ncat's rule).
 */

import type { Readable, Writable } from 'node:stream';
import { NettkError, wrapSystemError } from '../errors.ts';
import type { Conn } from '../net/conn.ts';
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts';
import { inTime } from '../stream/in-time.ts';
import { reset } from '../stream/join.ts';
import { lingerClose } from '../stream/linger.ts';
import { Outbox, type OutboxEvents, type OutboxLimits } from '../stream/outbox.ts';
import { arrival, ChatLines, departure, type Speaker } from './chat-lines.ts';
import type { Host } from './listen.ts';

/** How far behind anybody may be. */
const LIMITS: OutboxLimits = { bytes: 8 * 2 ** 20, patienceMs: 3_000 };
/** How long a member that has ended its side may take for what waited for it, in milliseconds. */
const LEAVE_MS = 60_000;
/** How long a member that is sent away has to end its side, in milliseconds. */
const DRAIN_LINGER_MS = 500;

/** Who takes part besides the clients, and how. */
export interface BrokerOptions {
  /** Goes to all; waits while nobody is there. */
  readonly input?: Readable | undefined;
  /** Gets what anybody says. */
  readonly output?: Writable | undefined;
  /** What members say goes to nobody: only the input is sent. */
  readonly sendOnly?: boolean | undefined;
  /** Puts the speaker in front of every line, and announces who comes and goes. */
  readonly chat?: boolean | undefined;
  /** 8 MiB and 3 s where left out. */
  readonly limits?: OutboxLimits | undefined;
  /** Hears that a member was cut off, or that the output misses something: why, in words. */
  onTrouble(who: Endpoint | 'standard output', reason: string): void;
}

interface Member extends Speaker {
  readonly conn: Conn;
  readonly outbox: Outbox;
}

/** Everybody to everybody else. */
export class Broker implements Host {
  readonly #options: BrokerOptions;
  readonly #limits: OutboxLimits;
  readonly #members = new Set<Member>();
  readonly #sources = new Set<Readable>();
  readonly #outputLost = Promise.withResolvers<void>();
  readonly #output: Outbox | undefined;
  #seats = 0;
  #isHeld = false;
  #isFinishing = false;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS;
    const { input, output } = options;
    output?.on('error', () => this.#outputLost.resolve());
    this.#output = output && new Outbox(output, this.#limits, this.#outputEvents());
    if (input) this.#hear(input, 'user0', (chunk) => this.#tell(chunk));
  }

  /** Resolves when nobody reads the output any more. */
  get over(): Promise<void> {
    return this.#outputLost.promise;
  }

  /**
   * Takes a client in until it leaves.
   *
   * @returns 0
   * @throws NettkError where its connection failed, or it was cut off for not reading; the signal's reason
   */
  async talk(conn: Conn, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => {});
    const onAbort = (): void => broken.reject(signal.reason);
    conn.on('error', (error) => broken.reject(wrapSystemError(error, `talk to ${formatEndpoint(conn.peer)}`)));
    signal.addEventListener('abort', onAbort);
    const member = this.#seat(conn, broken.reject);
    const stop = this.#hear(conn, member.name, (chunk) => this.#say(chunk, member));
    try {
      if (this.#isFinishing) void sendAway(member, DRAIN_LINGER_MS);
      await Promise.race([ended(conn).then(() => letGo(member)), broken.promise]);
      return 0;
    } catch (error) {
      reset(conn);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      stop();
      this.#unseat(member);
    }
  }

  /** Sends everybody away, once what waits for them is delivered. */
  finish(): void {
    this.#isFinishing = true;
    this.#flow();
    for (const member of this.#members) void sendAway(member, DRAIN_LINGER_MS);
  }

  #seat(conn: Conn, giveUp: (error: NettkError) => void): Member {
    this.#seats += 1;
    const onLate = (): void => {
      const reason = `reads too slowly, too much has waited for ${this.#limits.patienceMs / 1_000} s`;
      this.#options.onTrouble(conn.peer, reason);
      giveUp(new NettkError({ code: 'TIMEOUT', action: `talk to ${formatEndpoint(conn.peer)}`, reason }));
    };
    const outbox = new Outbox(conn, this.#limits, { onFull: this.#flow, onRoom: this.#flow, onLate });
    const member = { conn, outbox, name: `user${this.#seats}`, where: conn.peer.host || 'localhost' };
    const others = [...this.#members];
    this.#members.add(member);
    this.#flow();
    if (this.#options.chat) this.#announce(arrival(member, others));
    return member;
  }

  #unseat(member: Member): void {
    this.#members.delete(member);
    member.outbox.close();
    this.#flow();
    if (this.#options.chat) this.#announce(departure(member));
  }

  /** Takes what a source says, in a chat line by line. Returns how to stop. */
  #hear(source: Readable, name: string, say: (chunk: Buffer) => void): () => void {
    const lines = this.#options.chat ? new ChatLines(name, say) : undefined;
    const onData = (chunk: Buffer): void => (lines ? lines.push(chunk) : say(chunk));
    const stop = (): void => {
      lines?.flush();
      this.#sources.delete(source);
      source.off('data', onData);
    };
    source.on('data', onData).on('end', stop);
    this.#sources.add(source);
    if (this.#mustWait(source)) source.pause();
    return stop;
  }

  #say(chunk: Buffer, from: Member): void {
    if (this.#options.sendOnly) return;
    for (const member of this.#members) if (member !== from) member.outbox.give(chunk);
    this.#output?.give(chunk);
  }

  /** From our side to the members. */
  #tell(chunk: Buffer): void {
    for (const { outbox } of this.#members) outbox.give(chunk);
  }

  #announce(text: Buffer): void {
    this.#tell(text);
    this.#output?.give(text);
  }

  /** Lets each source talk, or makes it wait. */
  #flow = (): void => {
    this.#isHeld = this.#output?.isFull === true || [...this.#members].some(({ outbox }) => outbox.isFull);
    for (const source of this.#sources) {
      const mustWait = this.#mustWait(source);
      if (mustWait !== source.isPaused()) source[mustWait ? 'pause' : 'resume']();
    }
  };

  /** Nobody talks while somebody lags; nor does standard input while nobody is there to hear it. */
  #mustWait(source: Readable): boolean {
    if (source !== this.#options.input) return this.#isHeld;
    return this.#isHeld || this.#isFinishing || this.#members.size === 0;
  }

  /** Standard output cannot be cut off: it misses what it did not take in time, and goes on. */
  #outputEvents(): OutboxEvents {
    const tell = (reason: string): void => this.#options.onTrouble('standard output', reason);
    return {
      onFull: this.#flow,
      onRoom: this.#flow,
      onLate: () => {
        tell('takes too little, nothing is printed for now');
        this.#output?.skip();
      },
      onSkipped: (bytes) => tell(`goes on, ${bytes} bytes were not printed`),
    };
  }
}

/** Gives a member what waits for it, and closes its connection politely. */
async function sendAway({ conn, outbox }: Member, silenceMs?: number): Promise<void> {
  await outbox.seal();
  if (conn.peer.scheme === 'udp') conn.destroy();
  else await lingerClose(conn, silenceMs === undefined ? {} : { silenceMs });
}

function letGo(member: Member): Promise<void> {
  const action = `talk to ${formatEndpoint(member.conn.peer)}`;
  const late = (): Error => new NettkError({ code: 'TIMEOUT', action, reason: 'left without reading the rest' });
  return inTime(sendAway(member), LEAVE_MS, late);
}

function ended(conn: Conn): Promise<unknown> {
  return new Promise((resolve) => conn.on('end', resolve).on('close', resolve));
}
