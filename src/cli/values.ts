/** From what was typed to what `run` gets: each value is checked and becomes its domain type. */

import { NettkError, usageError } from '../errors.ts';
import type { OptionSpec, OptionSpecs, PositionalSpec, PositionalSpecs } from './option.ts';

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, '': 1e3 };
const BYTES_PER_UNIT: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
/** The longest duration where an option names no other: whole days below 2^31 ms, where a timer goes off at once. */
const MAX_DURATION_MS = 24 * 864e5;

/** What an option was given: nothing, a switch, a number of times, one text or several. */
export type Typed = undefined | boolean | number | string | readonly string[];

/**
 * Turns the typed options into values by camelCase name.
 *
 * @throws NettkError naming the option and the value
 */
export async function optionValues(
  specs: OptionSpecs,
  typed: (name: string) => Typed,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(specs)) {
    const spec = specs[name] as OptionSpec;
    values[camelCase(name)] = await optionValue(`option --${name}`, spec, typed(name));
  }
  return values;
}

async function optionValue(action: string, spec: OptionSpec, typed: Typed): Promise<unknown> {
  if (spec.type === 'flag') return typed === true;
  if (spec.type === 'count') return typeof typed === 'number' ? typed : 0;
  const texts = typed === undefined ? [] : [typed].flat().map(String);
  if (texts.includes('')) throw usageError(action, 'the value is empty');
  if (spec.type === 'list') return texts.length > 0 || spec.default === undefined ? texts : [spec.default];
  if (texts.length > 1) throw usageError(action, `given ${texts.length} times, takes one value`);
  const text = texts[0] ?? spec.default;
  return text === undefined ? undefined : parseValue(action, spec, text);
}

/**
 * Shares the typed words out to the positional arguments in order.
 *
 * @throws NettkError where one is missing, one is too many or one is wrong
 */
export async function positionalValues(
  specs: PositionalSpecs,
  words: readonly string[],
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = Object.create(null);
  const rest = [...words];
  for (const name of Object.keys(specs)) {
    const spec = specs[name] as PositionalSpec;
    const shown = spec.placeholder ?? name.toUpperCase();
    const taken = spec.variadic ? rest.splice(0) : rest.splice(0, 1);
    if (spec.required && taken.length === 0) throw usageError(shown, 'missing');
    for (const word of taken) checkChoice(shown, spec, word);
    values[camelCase(name)] = spec.variadic ? taken : await positionalValue(shown, spec, taken[0]);
  }
  if (rest.length > 0) throw usageError(JSON.stringify(rest[0]), 'one argument too many');
  return values;
}

async function positionalValue(shown: string, spec: PositionalSpec, word: string | undefined): Promise<unknown> {
  const text = word ?? spec.default;
  if (text === '') throw usageError(shown, 'empty');
  return text === undefined ? undefined : parseValue(shown, spec, text);
}

/**
 * Parses one value by its type.
 *
 * @throws NettkError `USAGE`, or the code of the port parser, with `action` in front
 * @example await parseValue('option --grace', { type: 'duration', describe: '' }, '2.5s') // 2500
 */
export async function parseValue(action: string, spec: OptionSpec, text: string): Promise<unknown> {
  checkChoice(action, spec, text);
  switch (spec.type) {
    case 'integer':
      return inRange(action, spec, text, parseInteger(action, text), String);
    case 'duration':
      return inRange(action, { max: MAX_DURATION_MS, ...spec }, text, parseDuration(action, text), formatDuration);
    case 'size':
      return inRange(action, spec, text, parseSize(action, text), formatSize);
    case 'port':
      return named(action, (await import('../net/ports.ts')).parsePort, text);
    case 'networks':
      return named(action, (await import('../net/networks.ts')).readNetworks, text);
    default:
      return text;
  }
}

function checkChoice(action: string, spec: OptionSpec, text: string): void {
  if (spec.choices === undefined || spec.choices.includes(text)) return;
  throw usageError(action, `${JSON.stringify(text)} is none of ${spec.choices.join(', ')}`);
}

function parseInteger(action: string, text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text)) throw usageError(action, `${JSON.stringify(text)} is not a whole number`);
  return Number(text);
}

/**
 * Parses `250ms`, `2.5s`, `1m`, `1h`, `1d` or plain seconds.
 *
 * @returns milliseconds
 */
export function parseDuration(action: string, text: string): number {
  const match = /^(\d+|\d*\.\d+)(ms|[smhd]?)$/.exec(text);
  const value = Number(match?.[1]) * (MS_PER_UNIT[match?.[2] ?? ''] ?? Number.NaN);
  if (Number.isFinite(value)) return value;
  throw usageError(action, `${JSON.stringify(text)} is not a duration`, '250ms, 2.5s, 1m, 1h or 1d');
}

/**
 * Parses `512`, `64k`, `10M`, `1.5G` (k = 1024).
 *
 * @returns bytes
 */
export function parseSize(action: string, text: string): number {
  const match = /^(\d+|\d*\.\d+)([kmgt]?)$/i.exec(text);
  const value = Math.round(Number(match?.[1]) * (BYTES_PER_UNIT[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN));
  if (Number.isSafeInteger(value)) return value;
  throw usageError(action, `${JSON.stringify(text)} is not a size`, '512, 64k, 10M or 1G');
}

function inRange(
  action: string,
  { min, max }: Pick<OptionSpec, 'min' | 'max'>,
  text: string,
  value: number,
  format: (limit: number) => string,
): number {
  if (min !== undefined && value < min) throw usageError(action, `${text} is too little, at least ${format(min)}`);
  if (max !== undefined && value > max) throw usageError(action, `${text} is too much, at most ${format(max)}`);
  return value;
}

/** A duration as a person types it, in the largest unit that leaves no fraction. */
function formatDuration(ms: number): string {
  return formatIn(MS_PER_UNIT, ['d', 'h', 'm', 's', 'ms'], ms);
}

function formatSize(bytes: number): string {
  return formatIn(BYTES_PER_UNIT, ['t', 'g', 'm', 'k', ''], bytes).toUpperCase().replace('K', 'k');
}

function formatIn(perUnit: Readonly<Record<string, number>>, units: readonly string[], value: number): string {
  const unit = units.find((one) => value > 0 && value % (perUnit[one] as number) === 0) ?? (units.at(-1) as string);
  return `${value / (perUnit[unit] as number)}${unit}`;
}

/**
 * Runs a parser of the socket layer; its error then also names the option.
 *
 * @throws what the parser throws, `action` in front
 */
export function named<T>(action: string, parse: (text: string) => T, text: string): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof NettkError)) throw error;
    const { code, hint } = error;
    throw new NettkError({ code, action: `${action}: ${error.action}`, reason: reasonOf(error), hint, cause: error });
  }
}

const reasonOf = (error: NettkError): string => error.message.slice(error.action.length + ': '.length);

/** `max-connections` becomes `maxConnections`. */
export function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
