/** What a client sends as JSON to register an instance, checked for its types; what values may be is the registry's to say. */

import { usageError } from '../../../errors.ts';
import type { CheckKind, CheckSpec, RegistrationInput } from '../../../registry/registration.ts';
import { readDuration } from './request.ts';

type Fields = Readonly<Record<string, unknown>>;

const REGISTRATION_KEYS = [
  'name',
  'id',
  'host',
  'port',
  'protocol',
  'description',
  'tags',
  'meta',
  'weight',
  'priority',
];
const CHECK_KEYS = [
  'kind',
  'host',
  'port',
  'path',
  'send',
  'expect',
  'interval',
  'timeout',
  'fail',
  'rise',
  'dropAfter',
];

/**
 * Parses a body that is to be a JSON object.
 *
 * @throws NettkError `USAGE`
 */
export function readObject(body: Buffer): Fields {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (cause) {
    throw usageError('the body', `is no JSON: ${cause instanceof Error ? cause.message : cause}`);
  }
  return objectOf('the body', value);
}

/**
 * Reads a registration: `{"host": "10.0.0.1", "port": 80, "ttl": "30s", "checks": [{"kind": "http", "path": "/health"}]}`.
 *
 * @throws NettkError `USAGE` naming the field
 */
export function readRegistrationInput(fields: Fields): RegistrationInput {
  refuseUnknown('a registration', fields, [...REGISTRATION_KEYS, 'ttl', 'checks']);
  const protocol = text(fields, 'protocol');
  return {
    name: text(fields, 'name') ?? '',
    port: number(fields, 'port') ?? Number.NaN,
    ...present({
      id: text(fields, 'id'),
      address: text(fields, 'host'),
      protocol: protocol as 'tcp' | 'udp' | undefined,
      description: text(fields, 'description'),
      tags: list(fields, 'tags')?.map((tag) => textOf('a tag', tag)),
      meta: fields.meta === undefined ? undefined : pairs(objectOf('meta', fields.meta)),
      weight: number(fields, 'weight'),
      priority: number(fields, 'priority'),
      ttlMs: duration(fields, 'ttl'),
      checks: list(fields, 'checks')?.map((check) => readCheck(objectOf('a check', check))),
    }),
  };
}

function readCheck(fields: Fields): CheckSpec {
  refuseUnknown('a check', fields, CHECK_KEYS);
  return {
    kind: (text(fields, 'kind') ?? '') as CheckKind,
    ...present({
      address: text(fields, 'host'),
      port: number(fields, 'port'),
      path: text(fields, 'path'),
      send: text(fields, 'send'),
      expect: text(fields, 'expect'),
      intervalMs: duration(fields, 'interval'),
      timeoutMs: duration(fields, 'timeout'),
      fail: number(fields, 'fail'),
      rise: number(fields, 'rise'),
      dropAfter: number(fields, 'dropAfter'),
    }),
  };
}

function refuseUnknown(what: string, fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined) throw usageError(what, `has no field ${JSON.stringify(unknown)}`, known.join(', '));
}

function objectOf(what: string, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw usageError(what, 'is not a JSON object');
}

function textOf(what: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw usageError(what, 'is not a text');
}

function text(fields: Fields, key: string): string | undefined {
  return fields[key] === undefined ? undefined : textOf(key, fields[key]);
}

function number(fields: Fields, key: string): number | undefined {
  const value = fields[key];
  if (value === undefined || typeof value === 'number') return value;
  throw usageError(key, 'is not a number');
}

/** Seconds, or a text with a unit; in whole milliseconds. */
function duration(fields: Fields, key: string): number | undefined {
  const value = fields[key];
  if (value === undefined) return undefined;
  if (typeof value === 'number') return Math.round(value * 1_000);
  return Math.round(readDuration(key, textOf(key, value)));
}

function list(fields: Fields, key: string): readonly unknown[] | undefined {
  const value = fields[key];
  if (value === undefined || Array.isArray(value)) return value;
  throw usageError(key, 'is not a list');
}

function pairs(fields: Fields): (readonly [string, string])[] {
  return Object.entries(fields).map(([key, value]) => [key, textOf(`the value of ${key}`, value)] as const);
}

/** Leaves out what was not given: the registry's own defaults hold for it. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
