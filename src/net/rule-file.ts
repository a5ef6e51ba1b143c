/** A file of gate rules that is read again when it changes; a version that cannot be used changes nothing. */

import { NettkError, wrapSystemError } from '../errors.ts';
import { fileStamp } from '../host/file-stamp.ts';
import { readTextFile } from '../host/text-file.ts';
import { nextTurn } from '../stream/turn.ts';
import { type AddressRange, AddressRanges } from './address-ranges.ts';
import { type GateRules, readRules } from './gate-rule.ts';

/** The longest file of rules, in bytes; half a million addresses. */
export const MAX_RULE_FILE_BYTES = 8 * 1_048_576;
/** Lines read before others get their turn: some milliseconds of work. */
const LINES_A_TURN = 2_000;

/** What a file needs besides its text. */
export interface RuleFileNeeds {
  /** Makes sure that rules can be used (their names are known); throws where they cannot. */
  prepare(rules: GateRules): Promise<void>;
  /** Told what happened to the file, a line each time. */
  onNote(line: string): void;
}

/** What a file's rules come to. */
export interface FileRules {
  readonly ranges: AddressRanges;
  readonly names: readonly string[];
  readonly count: number;
}

/** The rules of one file, as last read whole. */
export class RuleFile {
  readonly path: string;
  readonly #needs: RuleFileNeeds;
  #rules: FileRules = { ranges: AddressRanges.of([]), names: [], count: 0 };
  /** The stamp of the version in force, or of one that was no use. */
  #taken: string | undefined;
  #seen: string | undefined;
  #isLost = false;

  private constructor(path: string, needs: RuleFileNeeds) {
    this.path = path;
    this.#needs = needs;
  }

  /**
   * Reads the file for the first time. A pipe is read too, and never again.
   *
   * @throws NettkError where it cannot be read, is longer than 8 MiB, or a line is no rule
   */
  static async open(path: string, needs: RuleFileNeeds): Promise<RuleFile> {
    const file = new RuleFile(path, needs);
    file.#taken = await fileStamp(path).catch(() => undefined);
    await file.#read();
    return file;
  }

  /** The rules in force. */
  get rules(): FileRules {
    return this.#rules;
  }

  /** Looks whether there is a new version, and reads it once two looks have seen the same; true where rules are new. */
  async look(): Promise<boolean> {
    const stamp = await this.#stamp();
    if (stamp === undefined || stamp === this.#taken) return false;
    // It may still be being written: half a list would let the wrong ones in.
    const isStill = stamp === this.#seen;
    this.#seen = stamp;
    return isStill && this.#take(stamp);
  }

  async #stamp(): Promise<string | undefined> {
    if (this.#taken === undefined) return undefined;
    try {
      const stamp = await fileStamp(this.path);
      this.#isLost = false;
      return stamp;
    } catch (error) {
      if (!this.#isLost) this.#keepOld(error);
      this.#isLost = true;
      return undefined;
    }
  }

  async #take(stamp: string): Promise<boolean> {
    try {
      const before = this.#rules;
      await this.#read();
      if ((await fileStamp(this.path)) !== stamp) {
        this.#rules = before;
        return false;
      }
      const { count } = this.#rules;
      this.#needs.onNote(`read ${this.path} again: ${count} ${count === 1 ? 'rule' : 'rules'}`);
      return true;
    } catch (error) {
      this.#keepOld(error);
      return false;
    } finally {
      this.#taken = stamp;
    }
  }

  #keepOld(error: unknown): void {
    const { message } = wrapSystemError(error, `read ${this.path}`);
    this.#needs.onNote(`${message}; the rules read before stay`);
  }

  async #read(): Promise<void> {
    const rules = await readLines(this.path, readTextFile(this.path, MAX_RULE_FILE_BYTES));
    await this.#needs.prepare(rules);
    const { ranges, names } = rules;
    this.#rules = { ranges: await AddressRanges.ofMany(ranges), names, count: ranges.length + names.length };
  }
}

/** `#` starts a comment; blank lines are no rules. */
async function readLines(path: string, text: string): Promise<GateRules> {
  const ranges: AddressRange[] = [];
  const names: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (i % LINES_A_TURN === LINES_A_TURN - 1) await nextTurn();
    const rules = readLine(path, i + 1, line.replace(/#.*/, ''));
    for (const range of rules.ranges) ranges.push(range);
    names.push(...rules.names);
  }
  return { ranges, names };
}

function readLine(path: string, number: number, line: string): GateRules {
  try {
    return readRules(line);
  } catch (error) {
    if (!(error instanceof NettkError)) throw error;
    const { code, message, hint } = error;
    throw new NettkError({ code, action: `${path} line ${number}`, reason: message, hint, cause: error });
  }
}
