/**
 * Which datagrams deserve an answer: none that could start a loop between servers (CVE-2024-2169), none past a source's
 * rate (amplification, TA14-017A).
 */

import { networkInterfaces } from 'node:os';
import { sourceOf } from './source-count.ts';

/** Source ports of services that answer whatever they get, DNS included; 0 cannot be answered (inetd's dg_badinput). */
const LOOPING_PORTS: ReadonlySet<number> = new Set([0, 7, 9, 13, 17, 19, 37, 53]);
/** How many sources are remembered; past it the one not heard for longest is forgotten. */
const MAX_SOURCES = 65_536;

/** Where a datagram came from. */
export interface DatagramSource {
  readonly address: string;
  readonly port: number;
}

/** Why a datagram gets no answer. */
export type DatagramRefusal =
  | 'source port of a service'
  | 'own address'
  | 'not a unicast source'
  | 'too many from one source';

/** Decides for one UDP endpoint. */
export class DatagramGate {
  readonly #own: DatagramSource;
  readonly #rate: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /**
   * @param own the address and port this endpoint is bound to
   * @param rate answers a second and source; also how many may come at once
   * @param now a monotonic clock in milliseconds
   */
  constructor(own: DatagramSource, rate: number, now: () => number = () => performance.now()) {
    this.#own = own;
    this.#rate = rate;
    this.#now = now;
  }

  /** Why this source gets no answer now, or undefined when it does; an answer uses up one of its tokens. */
  refuse(source: DatagramSource): DatagramRefusal | undefined {
    if (LOOPING_PORTS.has(source.port)) return 'source port of a service';
    if (this.#isOwn(source)) return 'own address';
    if (!isUnicast(source.address)) return 'not a unicast source';
    return this.#takeToken(sourceOf(source.address)) ? undefined : 'too many from one source';
  }

  #isOwn(source: DatagramSource): boolean {
    if (source.port !== this.#own.port) return false;
    if (source.address === this.#own.address) return true;
    if (this.#own.address !== '0.0.0.0' && this.#own.address !== '::') return false;
    const plain = source.address.replace(/^::ffff:/, '');
    const mine = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
    return mine.includes(plain) || plain.startsWith('127.');
  }

  #takeToken(key: string): boolean {
    const now = this.#now();
    const bucket = this.#buckets.get(key);
    this.#buckets.delete(key);
    const refilled = bucket ? bucket.tokens + ((now - bucket.at) * this.#rate) / 1_000 : this.#rate;
    const tokens = Math.min(this.#rate, refilled);
    if (this.#buckets.size >= MAX_SOURCES) this.#forgetOldest();
    this.#buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1;
  }

  #forgetOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}

function isUnicast(address: string): boolean {
  if (address.includes(':') && !address.startsWith('::ffff:')) return !/^ff/i.test(address) && address !== '::';
  const first = Number(address.replace(/^::ffff:/, '').split('.')[0]);
  return first !== 0 && first < 224;
}
