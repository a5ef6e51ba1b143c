/** The host names in a gate's rules and the addresses they had when last looked up. */

import { NettkError } from '../errors.ts';
import { type AddressRange, packAddress, unmapAddress } from './address-ranges.ts';
import { hostAddresses } from './addresses.ts';

/** The most names that rules may hold: each costs a look-up at every turn. */
const MAX_NAMES = 256;
/** Look-ups at once: each one occupies a thread that files and other names need too (libuv has four). */
const LOOKUPS_AT_ONCE = 2;

/** Looks a name up; for tests. */
export type Lookup = (name: string) => Promise<readonly { address: string }[]>;

/** Looks names up once each, and again when told to. */
export class GateNames {
  readonly #lookup: Lookup;
  readonly #known = new Map<string, readonly AddressRange[]>();

  constructor(lookup: Lookup = hostAddresses) {
    this.#lookup = lookup;
  }

  /** The addresses of a name that was learned. */
  rangesOf(name: string): readonly AddressRange[] {
    return this.#known.get(name) ?? [];
  }

  /**
   * Looks up the names that are new.
   *
   * @throws NettkError where one has no address, or there are more than 256
   */
  async learn(names: readonly string[]): Promise<void> {
    const fresh = [...new Set(names)].filter((name) => !this.#known.has(name));
    if (this.#known.size + fresh.length > MAX_NAMES) {
      throw new NettkError({ code: 'TOO_LONG', action: 'rules', reason: `more than ${MAX_NAMES} names`, blame: 'you' });
    }
    const found = new Map<string, readonly AddressRange[]>();
    await this.#each(fresh, async (name) => void found.set(name, await this.#ask(name)));
    for (const [name, ranges] of found) this.#known.set(name, ranges);
  }

  /** Forgets all names but these. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
  }

  /** Looks all of them up again; one that cannot be found keeps its addresses, and `onLost` is told. */
  async refresh(onLost: (name: string, error: unknown) => void): Promise<void> {
    await this.#each([...this.#known.keys()], async (name) => {
      try {
        this.#known.set(name, await this.#ask(name));
      } catch (error) {
        onLost(name, error);
      }
    });
  }

  async #ask(name: string): Promise<AddressRange[]> {
    const found = await this.#lookup(name);
    return found.map(({ address }) => {
      const packed = unmapAddress(packAddress(address));
      return { first: packed, last: packed };
    });
  }

  async #each(names: readonly string[], run: (name: string) => Promise<void>): Promise<void> {
    const queue = [...names];
    const work = async (): Promise<void> => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) await run(name);
    };
    await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, work));
  }
}
