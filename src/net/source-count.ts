/** How many connections each source has: one address, or one /64 of IPv6, which is what a single host is given. */

import { type PackedAddress, packAddress, unmapAddress } from './address-ranges.ts';

/** Bytes of an IPv6 address that tell hosts apart (RFC 4291, 2.5.1: the other half is the interface's). */
const PREFIX_BYTES = 8;

/**
 * What counts as one source: an IPv4 address, mapped or not, or the first half of an IPv6 one, packed.
 *
 * @throws NettkError `BAD_ENDPOINT` where it is no address
 */
export function sourceOf(address: string): PackedAddress {
  const packed = unmapAddress(packAddress(address));
  return packed.length > PREFIX_BYTES ? packed.slice(0, PREFIX_BYTES) : packed;
}

/** Counts the connections of each source up to a number. */
export class SourceCount {
  readonly #most: number;
  readonly #open = new Map<PackedAddress, number>();

  /** @param most connections at once from one source */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many sources have connections. */
  get size(): number {
    return this.#open.size;
  }

  /** Takes a place for a connection; returns what gives it back, once, or undefined where the source has all its places. */
  enter(address: string): (() => void) | undefined {
    const source = sourceOf(address);
    const count = this.#open.get(source) ?? 0;
    if (count >= this.#most) return undefined;
    this.#open.set(source, count + 1);
    let left = false;
    return () => {
      if (!left) this.#leave(source);
      left = true;
    };
  }

  #leave(source: PackedAddress): void {
    const count = (this.#open.get(source) ?? 0) - 1;
    if (count > 0) this.#open.set(source, count);
    else this.#open.delete(source);
  }
}
