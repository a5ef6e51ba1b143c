/** Who may connect: allowed and denied addresses, from options and from files that are read again when they change. */

import { AddressRanges, type PackedAddress, packAddress, unmapAddress } from './address-ranges.ts';
import { GateNames, type Lookup } from './gate-names.ts';
import { type GateRules, readRules } from './gate-rule.ts';
import { RuleFile } from './rule-file.ts';
import { SourceCount } from './source-count.ts';

/** How often files are looked at, in milliseconds; a change holds after two looks. */
const LOOK_MS = 500;
/** How often names are looked up again, in milliseconds. */
const NAMES_MS = 60_000;

/** Decides at the door, before a byte is read. Unix peers have no address: no gate stands before them. */
export interface Gate {
  /**
   * Why this address may not come in, or undefined where it may.
   *
   * @param address the other end's literal as the socket tells it: v4-mapped counts as IPv4, a zone does not count
   */
  refusal(address: string): string | undefined;
  /** Takes a place for a connection of this address: what gives it back, or why there is none. Asks `refusal` too. */
  enter(address: string): (() => void) | string;
}

/** What a gate goes by. */
export interface GateOptions {
  /** Rules as `readRules` takes them. Where there are any, or an `allowFiles`, everybody else is refused. */
  readonly allow?: readonly string[];
  /** Rules that win over `allow`. */
  readonly deny?: readonly string[];
  /** Paths of files of rules: one or more a line, `#` starts a comment. */
  readonly allowFiles?: readonly string[];
  readonly denyFiles?: readonly string[];
  /** Connections at once from one address, or one /64 of IPv6. */
  readonly maxPerSource?: number | undefined;
  /** Told when a file was read again, or a file or name cannot be had any more. */
  onNote?(line: string): void;
  /** In place of the system's look-up. */
  readonly lookup?: Lookup;
}

/** A gate that keeps an eye on its files and names. */
export interface LiveGate extends Gate {
  /** Looks at the files now. */
  look(): Promise<void>;
  /** Looks the names up again now. */
  refresh(): Promise<void>;
  /** Stops looking; the rules stay as they are. */
  close(): void;
}

/**
 * Reads rules and files, looks names up, and keeps up with them from then on.
 *
 * @throws NettkError: a rule that is none, a file that cannot be read, a name that cannot be found
 * @example const gate = await openGate({ allow: ['127.0.0.0/8'] }); gate.refusal('192.0.2.1') // 'not allowed'
 */
export async function openGate(options: GateOptions): Promise<LiveGate> {
  const names = new GateNames(options.lookup);
  const needs = {
    prepare: (rules: GateRules) => names.learn(rules.names),
    onNote: (line: string) => options.onNote?.(line),
  };
  const open = async (rules: readonly string[] = [], paths: readonly string[] = []): Promise<RuleList> => {
    const typed = readRules(rules.join(' '));
    await names.learn(typed.names);
    const files: RuleFile[] = [];
    for (const path of paths) files.push(await RuleFile.open(path, needs));
    return { typed: { ...typed, ranges: AddressRanges.of(typed.ranges) }, files };
  };
  const allow = await open(options.allow, options.allowFiles);
  const deny = await open(options.deny, options.denyFiles);
  return new RuleGate(allow, deny, names, options);
}

/** The rules of one kind, allowing or denying. */
interface RuleList {
  readonly typed: { readonly ranges: AddressRanges; readonly names: readonly string[] };
  readonly files: readonly RuleFile[];
}

class RuleGate implements LiveGate {
  readonly #lists: { readonly allow: RuleList; readonly deny: RuleList };
  readonly #names: GateNames;
  readonly #count: SourceCount | undefined;
  readonly #note: (line: string) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #allow: readonly AddressRanges[] | undefined;
  #deny: readonly AddressRanges[] = [];
  /** Names that could not be found the last time. */
  #lost: ReadonlySet<string> = new Set();
  #isLooking = false;

  constructor(allow: RuleList, deny: RuleList, names: GateNames, options: GateOptions) {
    this.#lists = { allow, deny };
    this.#names = names;
    this.#note = (line) => options.onNote?.(line);
    if (options.maxPerSource !== undefined) this.#count = new SourceCount(options.maxPerSource);
    this.#build();
    if (this.#files.length > 0) this.#every(LOOK_MS, () => this.look());
    if (this.#namesInUse().size > 0 || this.#files.length > 0) this.#every(NAMES_MS, () => this.refresh());
  }

  refusal(address: string): string | undefined {
    let packed: PackedAddress;
    try {
      packed = unmapAddress(packAddress(address));
    } catch {
      // A peer that left before it was asked for has no address any more.
      return 'no address';
    }
    if (hasAny(this.#deny, packed)) return 'denied';
    return this.#allow && !hasAny(this.#allow, packed) ? 'not allowed' : undefined;
  }

  enter(address: string): (() => void) | string {
    const refusal = this.refusal(address);
    if (refusal !== undefined) return refusal;
    if (!this.#count) return () => {};
    return this.#count.enter(address) ?? 'too many connections from one address';
  }

  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    let isNew = false;
    for (const file of this.#files) isNew = (await file.look()) || isNew;
    this.#isLooking = false;
    if (!isNew) return;
    this.#names.keep(this.#namesInUse());
    this.#build();
  }

  async refresh(): Promise<void> {
    const lost = new Set<string>();
    await this.#names.refresh((name, error) => {
      lost.add(name);
      if (!this.#lost.has(name)) this.#tellLost(error);
    });
    this.#lost = lost;
    this.#build();
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  get #files(): RuleFile[] {
    return [...this.#lists.allow.files, ...this.#lists.deny.files];
  }

  #every(ms: number, run: () => Promise<void>): void {
    this.#timers.push(setInterval(run, ms).unref());
  }

  #namesInUse(): Set<string> {
    const { allow, deny } = this.#lists;
    return new Set([allow, deny].flatMap((list) => rulesOf(list).flatMap(({ names }) => names)));
  }

  #build(): void {
    const { allow, deny } = this.#lists;
    // An allow file that is empty allows nobody: it may have been cut short.
    const hasAllow = allow.files.length > 0 || allow.typed.ranges.size + allow.typed.names.length > 0;
    this.#allow = hasAllow ? this.#sets(allow) : undefined;
    this.#deny = this.#sets(deny);
  }

  /** Every file has a set of its own: a change of one costs nothing for the others. */
  #sets(list: RuleList): AddressRanges[] {
    const all = rulesOf(list);
    const named = all.flatMap(({ names }) => names.flatMap((name) => this.#names.rangesOf(name)));
    return [...all.map(({ ranges }) => ranges), AddressRanges.of(named)];
  }

  #tellLost(error: unknown): void {
    this.#note(`${error instanceof Error ? error.message : String(error)}; its addresses found before stay`);
  }
}

const rulesOf = ({ typed, files }: RuleList) => [typed, ...files.map((file) => file.rules)];

const hasAny = (sets: readonly AddressRanges[], address: PackedAddress): boolean =>
  sets.some((set) => set.has(address));
