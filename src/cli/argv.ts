/** Makes argv safe for yargs: what POSIX users type arrives as they meant it, and nothing is guessed. */

import { usageError } from '../errors.ts';
import type { OptionSpec, OptionSpecs } from './option.ts';

/** Stands before words that must not be taken for options: yargs drops a lone `-`, and takes `-5s` for letters. */
const SHIELD = '\u0001';

/** Does an option of this kind take the next word? */
export function takesValue(spec: OptionSpec): boolean {
  return spec.type !== 'flag' && spec.type !== 'count';
}

/** What stands in argv besides options. */
export interface PreparedArgv {
  /** The words for yargs; positionals are shielded where they look like options. */
  readonly argv: string[];
  /** What stood after `--`, untouched; undefined where there was no `--`. */
  readonly afterDashes: string[] | undefined;
}

/**
 * Rewrites argv word by word, with the options of the command it names: `-lvp80` becomes `-l -v --port=80`, a value may begin
 * with a dash, a lone `-` is a word, and `--` ends the options.
 *
 * @throws NettkError where a switch is given a value
 */
export function prepareArgv(words: readonly string[], optionsOf: (command: string) => OptionSpecs): PreparedArgv {
  const dashes = words.indexOf('--');
  const walk = new Walk(dashes === -1 ? words : words.slice(0, dashes), optionsOf);
  return { argv: walk.rewrite(), afterDashes: dashes === -1 ? undefined : words.slice(dashes + 1) };
}

/** Marks a word as a positional, whatever it looks like. */
export function shield(word: string): string {
  return SHIELD + word;
}

/** Takes the shield off a positional. */
export function unshield(word: string): string {
  return word.startsWith(SHIELD) ? word.slice(SHIELD.length) : word;
}

class Walk {
  readonly #words: readonly string[];
  readonly #optionsOf: (command: string) => OptionSpecs;
  readonly #out: string[] = [];
  #options: OptionSpecs;
  #sawCommand = false;
  #next = 0;

  constructor(words: readonly string[], optionsOf: (command: string) => OptionSpecs) {
    this.#words = words;
    this.#optionsOf = optionsOf;
    this.#options = optionsOf('');
  }

  rewrite(): string[] {
    while (this.#next < this.#words.length) this.#word(this.#words[this.#next++] as string);
    return this.#out;
  }

  #word(word: string): void {
    if (word.startsWith('--')) this.#long(word);
    else if (/^-[^\d.-]/.test(word) || this.#isShort(word)) this.#cluster(word.slice(1));
    else if (this.#sawCommand) this.#out.push(word.startsWith('-') || word.startsWith(SHIELD) ? SHIELD + word : word);
    else this.#command(word);
  }

  #command(word: string): void {
    this.#sawCommand = true;
    this.#options = this.#optionsOf(word);
    this.#out.push(word.startsWith('-') ? SHIELD + word : word);
  }

  #long(word: string): void {
    const equals = word.indexOf('=');
    const name = word.slice(2, equals === -1 ? undefined : equals);
    const spec = this.#find(name);
    if (spec === undefined) this.#out.push(word);
    else if (!takesValue(spec) && equals !== -1) throw usageError(`option --${name}`, 'takes no value');
    else if (!takesValue(spec) || equals !== -1) this.#out.push(word);
    else this.#value(`--${name}`);
  }

  /** The next word is the value, also where it begins with a dash, unless it is an option itself. */
  #value(option: string): void {
    const next = this.#words[this.#next];
    const lone = this.#find(option.slice(2))?.lone;
    if (lone !== undefined && !/^\d+$/.test(next ?? '')) return void this.#out.push(`${option}=${lone}`);
    if (next === undefined || this.#isOption(next)) throw usageError(`option ${option}`, 'needs a value');
    this.#next++;
    this.#out.push(`${option}=${next}`);
  }

  #cluster(letters: string): void {
    for (let index = 0; index < letters.length; index++) {
      const letter = letters[index] as string;
      const name = this.#longNameOf(letter);
      const spec = name === undefined ? undefined : this.#options[name];
      if (spec === undefined || !takesValue(spec)) {
        this.#out.push(`-${letter}`);
        continue;
      }
      const rest = letters.slice(index + 1).replace(/^=/, '');
      if (rest === '') this.#value(`--${name}`);
      else this.#out.push(`--${name}=${rest}`);
      return;
    }
  }

  #find(name: string): OptionSpec | undefined {
    return Object.hasOwn(this.#options, name) ? this.#options[name] : undefined;
  }

  #longNameOf(letter: string): string | undefined {
    return Object.keys(this.#options).find((name) => this.#options[name]?.alias === letter);
  }

  #isShort(word: string): boolean {
    return word.length > 1 && word.startsWith('-') && this.#longNameOf(word[1] as string) !== undefined;
  }

  #isOption(word: string): boolean {
    if (word.startsWith('--')) return word === '--' || this.#find(word.slice(2).split('=')[0] as string) !== undefined;
    return this.#isShort(word);
  }
}
