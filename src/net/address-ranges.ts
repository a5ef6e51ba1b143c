/** Sets of addresses as sorted ranges: 100,000 of them are searched in some 17 comparisons. */

import { isIPv4 } from 'node:net';
import { inetPton } from './inet.ts';
import { sortInTurns } from './sort-in-turns.ts';

/** How an IPv4 address starts on an IPv6 socket: `::ffff:0:0/96` (RFC 4291, 2.5.5.2). */
const MAPPED_PREFIX = `${'\0'.repeat(10)}\xff\xff`;

/** An address as text of one character for each byte, 4 or 16, so that comparing texts compares addresses. */
export type PackedAddress = string;

/** The addresses from one to another, both included and of one family. */
export interface AddressRange {
  readonly first: PackedAddress;
  readonly last: PackedAddress;
}

/**
 * Packs a literal; a zone is dropped, as what is left says who it is.
 *
 * @throws NettkError `BAD_ENDPOINT` where it is no strict literal
 * @example packAddress('127.0.0.1') // '\x7f\0\0\x01'
 */
export function packAddress(literal: string): PackedAddress {
  if (isIPv4(literal)) {
    const [a, b, c, d] = literal.split('.', 4) as [string, string, string, string];
    return String.fromCharCode(+a, +b, +c, +d);
  }
  const zone = literal.indexOf('%');
  const bare = zone === -1 ? literal : literal.slice(0, zone);
  return inetPton(6, bare).toString('latin1');
}

/** The IPv4 address that a v4-mapped one stands for; any other as it is. */
export function unmapAddress(packed: PackedAddress): PackedAddress {
  return packed.startsWith(MAPPED_PREFIX) ? packed.slice(MAPPED_PREFIX.length) : packed;
}
/** A set of addresses that does not change. */
export class AddressRanges {
  readonly #families: ReadonlyMap<number, Joined>;

  /** @param sorted ranges by their first addresses, as `compareRanges` sorts them */
  private constructor(sorted: readonly AddressRange[]) {
    this.#families = new Map([4, 16].map((bytes) => [bytes, join(sorted.filter((one) => one.first.length === bytes))]));
  }

  /** Makes a set of some ranges. */
  static of(ranges: readonly AddressRange[]): AddressRanges {
    return new AddressRanges([...ranges].sort(compareRanges));
  }

  /** Makes a set of as many ranges as there may be; others have their turn meanwhile. */
  static async ofMany(ranges: readonly AddressRange[]): Promise<AddressRanges> {
    return new AddressRanges(await sortInTurns(ranges, compareRanges));
  }

  /** How many ranges are left after those that overlap were joined. */
  get size(): number {
    return [...this.#families.values()].reduce((sum, { firsts }) => sum + firsts.length, 0);
  }

  /** Is the address in one of the ranges? */
  has(address: PackedAddress): boolean {
    const family = this.#families.get(address.length);
    if (!family) return false;
    let low = 0;
    let high = family.firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((family.firsts[middle] as string) <= address) low = middle + 1;
      else high = middle;
    }
    return low > 0 && (family.lasts[low - 1] as string) >= address;
  }
}

/** Ranges of one family, none touching another. */
interface Joined {
  readonly firsts: readonly PackedAddress[];
  readonly lasts: readonly PackedAddress[];
}

function compareRanges(one: AddressRange, other: AddressRange): number {
  if (one.first === other.first) return 0;
  return one.first < other.first ? -1 : 1;
}

function join(sorted: readonly AddressRange[]): Joined {
  const firsts: PackedAddress[] = [];
  const lasts: PackedAddress[] = [];
  for (const { first, last } of sorted) {
    const end = lasts.at(-1);
    if (end === undefined || first > end) {
      firsts.push(first);
      lasts.push(last);
    } else if (last > end) lasts[lasts.length - 1] = last;
  }
  return { firsts, lasts };
}
