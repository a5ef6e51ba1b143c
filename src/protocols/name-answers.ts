/** What the lines of a name server say, as values: the fields that `nettk name --json` prints. */

import { NettkError } from '../errors.ts';
import type { RecordLine } from './record-line.ts';

/** Facts by name, in the order they are printed. */
export type NameFacts = Readonly<Record<string, unknown>>;

/** Fields that are numbers, and those that are not facts of their own. */
const NUMBERS: ReadonlySet<string> = new Set([
  'ttl',
  'weight',
  'priority',
  'index',
  'failures',
  'lease',
  'instances',
  'served',
  'asked',
  'hits',
  'number',
  'count',
  'more',
]);
const PLACED: ReadonlySet<string> = new Set(['name', 'id', 'status', 'description', 'ttl', 'tag', 'check']);

/** `name id host port status description ttl`, then what else is known. */
export function instanceFacts({ word, fields }: RecordLine): NameFacts {
  const values = new Map(fields);
  const tags = valuesOf(fields, 'tag');
  const checks = valuesOf(fields, 'check');
  const meta = fields.flatMap(([key, value]) => (key.startsWith('meta.') ? [[key.slice(5), value] as const] : []));
  const [host, port] = splitTarget(word);
  return {
    name: values.get('name') ?? '',
    id: values.get('id') ?? '',
    host,
    port,
    status: values.get('status') ?? '',
    description: values.get('description') ?? '',
    ...(values.has('ttl') && { ttl: Number(values.get('ttl')) }),
    ...(tags.length > 0 && { tags }),
    ...(meta.length > 0 && { meta: Object.fromEntries(meta) }),
    ...(checks.length > 0 && { checks }),
    ...plainFacts(fields.filter(([key]) => !PLACED.has(key) && !key.startsWith('meta.'))),
  };
}

/** A change: its number, what happened, and to which instance. */
export function changeFacts({ word, fields }: RecordLine): NameFacts {
  const values = new Map(fields);
  const event = { index: Number(word), event: values.get('event') ?? '', time: values.get('time') };
  const target = values.get('target');
  if (target === undefined) return event;
  const rest = fields.filter(([key]) => !['event', 'time', 'target'].includes(key));
  return { ...event, ...instanceFacts({ word: target, fields: rest }) };
}

/** A service of a list, with its name first. */
export function serviceFacts({ word, fields }: RecordLine): NameFacts {
  return { name: word, ...plainFacts(fields) };
}

/** A record of the log, with its time first. */
export function logFacts({ word, fields }: RecordLine): NameFacts {
  return { time: word, ...plainFacts(fields) };
}

function plainFacts(fields: RecordLine['fields']): NameFacts {
  return Object.fromEntries(fields.map(([key, value]) => [key, plainFact(key, value)]));
}

function plainFact(key: string, value: string): unknown {
  if (key === 'cached') return value === 'true';
  return NUMBERS.has(key) ? Number(value) : value;
}

const valuesOf = (fields: RecordLine['fields'], name: string): string[] =>
  fields.flatMap(([key, value]) => (key === name ? [value] : []));

/** `10.0.0.1:7`, `[::1]:7`. */
function splitTarget(text: string): readonly [host: string, port: number] {
  const [, host, port] = /^\[?([\d.a-f:]+?)\]?:(\d{1,5})$/i.exec(text) ?? [];
  if (host !== undefined) return [host, Number(port)];
  throw new NettkError({ code: 'PROTOCOL', action: 'read an answer', reason: 'not an address and a port' });
}
