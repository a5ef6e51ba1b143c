/** What the line face says: instances, services, changes and records of the log as words and fields. */

import { type Field, formatRecord } from '../../protocols/record-line.ts';
import { formatTarget } from '../../registry/address.ts';
import type { ChangeEvent } from '../../registry/changes.ts';
import { type Check, type Instance, Lease } from '../../registry/instance.ts';
import type { LogRecord } from '../../registry/log.ts';
import type { Service } from '../../registry/table.ts';

/** How long an answer may be kept by who asked, in seconds. */
export const ANSWER_TTL_S = 5;

/** Fields of a value that is there: numbers as they are written, texts where they are not empty. */
function fields(values: Readonly<Record<string, string | number | undefined>>): Field[] {
  const found: Field[] = [];
  for (const key in values) {
    const value = values[key];
    if (value !== undefined && value !== '') found.push([key, String(value)]);
  }
  return found;
}

const whereIs = ({ registration: { address, port } }: Instance): string => formatTarget(address, port);
const dateOf = (ms: number): string => new Date(ms).toISOString();

/** An instance as a lookup gives it: where it is, and what a client may want to choose by. */
export function lookupLine(instance: Instance): string {
  const { name, id, protocol, description, tags, meta, weight, priority } = instance.registration;
  return formatRecord(whereIs(instance), [
    ...fields({ name, id, status: instance.status, ttl: ANSWER_TTL_S, protocol: protocol === 'udp' ? protocol : '' }),
    ...fields({ weight: weight === 1 ? '' : weight, priority: priority === 0 ? '' : priority }),
    ...tags.map((tag): Field => ['tag', tag]),
    ...meta.map(([key, value]): Field => [`meta.${key}`, value]),
    ...fields({ description }),
  ]);
}

/** An instance with all that is known of it. */
export function showLine(instance: Instance): string {
  const { owner, failures, registeredAt, changedAt, index, registration, lease } = instance;
  return `${lookupLine(instance)} ${formatRecord('', [
    ...fields({ owner, index, failures, since: dateOf(changedAt), registered: dateOf(registeredAt) }),
    ...fields({ lease: registration.ttlMs === 0 ? '' : registration.ttlMs / 1_000 }),
    ...instance.checks.map((check): Field => ['check', partText(check)]),
    ...(lease && (lease.isDown || lease.output) ? [['word', partText(lease)] as const] : []),
  ]).trimStart()}`;
}

/** `http failing 2/3: status 500`. */
function partText(part: Check | Lease): string {
  const { isKnown, isDown, failures, limits, output } = part;
  const kind = part instanceof Lease ? '' : `${part.spec.kind} `;
  const state = isDown ? 'down' : failures > 0 ? 'failing' : isKnown ? 'up' : 'new';
  const count = failures > 0 ? ` ${failures}/${limits.fail}` : '';
  return `${kind}${state}${count}${output && `: ${output}`}`;
}

/** What became of an instance that somebody changed. */
export function changedLine(instance: Instance, status: string = instance.status): string {
  const { ttlMs } = instance.registration;
  const { name, id } = instance.registration;
  const lease = ttlMs === 0 ? '' : ttlMs / 1_000;
  return formatRecord(whereIs(instance), fields({ name, id, status, index: instance.index, lease }));
}

/** A service in a list. */
export function serviceLine(service: Service): string {
  const all = [...service.instances.values()];
  const description = all.find((one) => one.registration.description !== '')?.registration.description;
  const { name, index, served } = service;
  return formatRecord(name, fields({ instances: all.length, served: served.length, index, description }));
}

/** A service among those asked for most. */
export function popularLine({ name, asked, hits, askedAt, served }: Service): string {
  return formatRecord(name, fields({ asked, hits, served: served.length, last: dateOf(askedAt) }));
}

/** A change, as it happens. */
export function changeLine({ index, time, kind, instance, status }: ChangeEvent): string {
  const { name, id, description } = instance.registration;
  const what = { event: kind, name, id, target: whereIs(instance), status, time: dateOf(time), description };
  return formatRecord(String(index), fields(what));
}

/** An instance that was there before a watch began. */
export function presentLine(instance: Instance): string {
  const { index, status, changedAt: time } = instance;
  return changeLine({ index, time, kind: status, name: instance.registration.name, instance, status });
}

/** A record of the log. */
export function logLine(record: LogRecord): string {
  const { number, time, kind, name, id, client, port, face, answer, isCached, count } = record;
  const from = client === '' ? '' : formatTarget(client, port);
  const often = count === 1 ? '' : count;
  const cached = kind === 'lookup' ? String(isCached) : '';
  return formatRecord(
    dateOf(time),
    fields({ number, event: kind, name, id, client: from, face, answer, cached, count: often }),
  );
}
