/**
 * Which datagrams deserve an answer: none that could start a loop between servers (CVE-2024-2169), none past a source's
 * rate (amplification, TA14-017A).
 */

import { networkInterfaces } from 'node:os';
import { plainAddress } from './plain-address.ts';
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

/** How often a source is answered. */
export interface DatagramRate {
  /** Answers a second and source; also how many may come at once. */
  readonly rate: number;
  /** Loopback addresses have no rate: what claims to come from there and does not is dropped by the system (RFC 1122). */
  readonly sparesLoopback?: boolean | undefined;
}

/** What is known of an address: worked out once, since many datagrams come from few addresses. */
interface Source {
  readonly isUnicast: boolean;
  readonly isLoopback: boolean;
  /** What is counted together. */
  readonly key: string;
}

/** Decides for one UDP endpoint. */
export class DatagramGate {
  readonly #own: DatagramSource;
  readonly #rate: DatagramRate;
  readonly #now: () => number;
  readonly #sources = new Map<string, Source>();
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /**
   * @param own the address and port this endpoint is bound to
   * @param now a monotonic clock in milliseconds
   */
  constructor(own: DatagramSource, rate: DatagramRate, now: () => number = () => performance.now()) {
    this.#own = own;
    this.#rate = rate;
    this.#now = now;
  }

  /** Why this source gets no answer now, or undefined when it does; an answer uses up one of its tokens. */
  refuse(from: DatagramSource): DatagramRefusal | undefined {
    if (LOOPING_PORTS.has(from.port)) return 'source port of a service';
    if (this.#isOwn(from)) return 'own address';
    const source = this.#sourceAt(from.address);
    if (!source.isUnicast) return 'not a unicast source';
    if (source.isLoopback && this.#rate.sparesLoopback) return undefined;
    return this.#takeToken(source.key) ? undefined : 'too many from one source';
  }

  #isOwn(source: DatagramSource): boolean {
    if (source.port !== this.#own.port) return false;
    if (source.address === this.#own.address) return true;
    if (this.#own.address !== '0.0.0.0' && this.#own.address !== '::') return false;
    const plain = plainAddress(source.address);
    const mine = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
    return mine.includes(plain) || plain.startsWith('127.');
  }

  #sourceAt(address: string): Source {
    const known = this.#sources.get(address);
    if (known) return known;
    const plain = plainAddress(address);
    const isLoopback = plain.startsWith('127.') || plain === '::1';
    const source = { isUnicast: isUnicast(plain), isLoopback, key: sourceOf(address) };
    if (this.#sources.size >= MAX_SOURCES) this.#sources.clear();
    this.#sources.set(address, source);
    return source;
  }

  #takeToken(key: string): boolean {
    const { rate } = this.#rate;
    const now = this.#now();
    const bucket = this.#buckets.get(key);
    this.#buckets.delete(key);
    const refilled = bucket ? bucket.tokens + ((now - bucket.at) * rate) / 1_000 : rate;
    const tokens = Math.min(rate, refilled);
    if (this.#buckets.size >= MAX_SOURCES) this.#forgetOldest();
    this.#buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1;
  }

  #forgetOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}

function isUnicast(plain: string): boolean {
  if (plain.includes(':')) return !/^ff/i.test(plain) && plain !== '::';
  const first = Number(plain.split('.')[0]);
  return first !== 0 && first < 224;
}
