/** The UDP side of a service's face: the gates, the cut to the longest answer, a bound on answers under way. */

import type { ServiceContext, Talk } from '../services/service.ts';
import { DatagramGate, type DatagramSource } from './datagram-gate.ts';
import { type Endpoint, formatEndpoint } from './endpoint.ts';
import type { Gate } from './gate.ts';
import type { Answer } from './listen-datagram.ts';
import { plainAddress } from './plain-address.ts';

/** How much longer than its request an answer may be, in bytes: room for a date, none for amplification. */
export const MAX_ANSWER_GROWTH_BYTES = 64;
/** Answers under way at once (a sleep takes its time); more requests get none. */
const MAX_PENDING_ANSWERS = 10_000;

/** The limits of a UDP side. */
export interface DatagramLimits {
  /** The longest answer in bytes; 64 more than its request where left out. */
  readonly maxAnswer?: number | undefined;
  /** Answers a second and source. */
  readonly rate: number;
  /** Sources on this machine may ask more often: nobody can forge them from outside. */
  readonly sparesLoopback?: boolean;
  /** How long answers under way may take once the server drains, in milliseconds. */
  readonly graceMs: number;
  /** Whose datagrams are answered at all. */
  readonly gate?: Pick<Gate, 'refusal'> | undefined;
}

/** What the face tells its server. */
export interface DatagramEvents {
  onRefused(reason: string, peer: string): void;
  onFailed(peer: Endpoint, error: unknown): void;
}

/** Answers the datagrams of all UDP endpoints of one face. */
export class DatagramFace<O, S> {
  readonly #talk: Talk<O, S>;
  readonly #context: ServiceContext<O, S>;
  readonly #limits: DatagramLimits;
  readonly #events: DatagramEvents;
  readonly #stop = new AbortController();
  #pending = 0;
  #onSettled: (() => void) | undefined;

  constructor(talk: Talk<O, S>, options: O, state: S, limits: DatagramLimits, events: DatagramEvents) {
    this.#talk = talk;
    this.#context = { options, state, signal: this.#stop.signal, graceMs: limits.graceMs, hold: () => () => {} };
    this.#limits = limits;
    this.#events = events;
  }

  /** How many answers are under way. */
  get pending(): number {
    return this.#pending;
  }

  /** Resolves when no answer is under way. */
  settled(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onSettled = resolve;
    });
  }

  /** Makes the function that answers one endpoint's datagrams. */
  receiver(bound: Endpoint): (message: Buffer, source: DatagramSource, answer: Answer) => void {
    const { rate, sparesLoopback } = this.#limits;
    const loops = new DatagramGate({ address: bound.host, port: bound.port }, { rate, sparesLoopback });
    return (message, source, answer) => {
      const refusal = this.#limits.gate?.refusal(source.address) ?? this.#refuse() ?? loops.refuse(source);
      if (refusal) this.#events.onRefused(refusal, formatEndpoint(peerOf(source)));
      else this.#reply(message, source, answer);
    };
  }

  /** Aborts the signal of the answers under way; datagrams that still come get none. */
  stop(): void {
    this.#stop.abort('draining');
  }

  #refuse(): string | undefined {
    if (this.#stop.signal.aborted) return 'draining';
    return this.#pending >= MAX_PENDING_ANSWERS ? 'too many answers under way' : undefined;
  }

  #reply(message: Buffer, source: DatagramSource, answer: Answer): void {
    const maxAnswer = this.#limits.maxAnswer ?? message.length + MAX_ANSWER_GROWTH_BYTES;
    const peer = { ...peerOf(source), maxAnswer };
    const done = (error?: unknown): void => {
      this.#pending -= 1;
      if (error) this.#events.onFailed(peer, error);
      if (this.#pending === 0) this.#onSettled?.();
    };
    const send = (reply: Buffer | undefined): void => {
      if (reply) answer(reply.length > maxAnswer ? reply.subarray(0, maxAnswer) : reply, done);
      else done();
    };
    this.#pending += 1;
    try {
      const reply = this.#talk.datagram?.(message, peer, this.#context);
      // Most answer at once: a promise would cost as much as all the rest.
      if (reply instanceof Promise) reply.then(send).catch(done);
      else send(reply);
    } catch (error) {
      done(error);
    }
  }
}

function peerOf({ address, port }: DatagramSource): Endpoint {
  return { scheme: 'udp', host: plainAddress(address), port, path: '' };
}
