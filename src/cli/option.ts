/** Options as data: what a command or service declares, and the types its values have after parsing. */

import type { Networks } from '../net/networks.ts';

/** What a value is turned into before `run` sees it. */
interface ValueTypes {
  /** A switch, false unless given. */
  flag: boolean;
  /** How often it was given: `-vv` is 2. */
  count: number;
  text: string;
  /** Every value of a repeated option, in order. */
  list: string[];
  /** A whole number in plain decimal, within `min` and `max`. */
  integer: number;
  /** `250ms`, `2.5s`, `1m`, `1h`, `1d` or plain seconds, as milliseconds. */
  duration: number;
  /** `64k`, `10M` (k = 1024), as bytes. */
  size: number;
  /** 0–65535 or a service name, as a number. */
  port: number;
  /** Addresses, networks and ranges separated by commas, as a set. */
  networks: Networks;
  /** A file name, as typed; `-` is standard input or output. */
  path: string;
}

/** The kinds of value an option can have. */
export type ValueType = keyof ValueTypes;

/** One option or positional argument, as data. */
export interface OptionSpec {
  readonly type: ValueType;
  /** One line for help: what it does, with the unit and range where they matter. */
  readonly describe: string;
  readonly alias?: string;
  /** The default as a person would type it; flags are false, lists empty, counts 0 without one. */
  readonly default?: string;
  readonly choices?: readonly string[];
  /** For integers: the value that is meant where the option is given and no number follows. */
  readonly lone?: string;
  /** What help shows for the value: `--port PORT`. */
  readonly placeholder?: string;
  /** For integers, sizes and durations (in ms; 24 days at most by default): the smallest and largest value accepted. */
  readonly min?: number;
  readonly max?: number;
}

/** A positional argument. */
export interface PositionalSpec extends OptionSpec {
  readonly required?: boolean;
  /** Takes all that follow; its value is a list of strings. */
  readonly variadic?: boolean;
  /** Takes what stands after `--`, untouched (`-- COMMAND ARG…`); only for the last, variadic one. */
  readonly afterDashes?: boolean;
}

/** Options by their long name, kebab-case. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;
/** Positional arguments by name, in order. */
export type PositionalSpecs = Readonly<Record<string, PositionalSpec>>;

type CamelCase<K extends string> = K extends `${infer A}-${infer B}` ? `${A}${Capitalize<CamelCase<B>>}` : K;
type AlwaysThere = 'flag' | 'count' | 'list';
type ValueOf<T extends OptionSpec> = T extends { variadic: true }
  ? string[]
  : T extends { type: AlwaysThere } | { default: string } | { required: true }
    ? ValueTypes[T['type']]
    : ValueTypes[T['type']] | undefined;

/** The parsed values of some options: camelCase names, domain types, `undefined` where there is no default. */
export type OptionValues<T extends Readonly<Record<string, OptionSpec>>> = {
  readonly [K in keyof T & string as CamelCase<K>]: ValueOf<T[K]>;
};
