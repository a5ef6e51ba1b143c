/** What the HTTP face says of services, instances, changes and records of the log, as values for JSON. */

import type { ChangeEvent } from '../../../registry/changes.ts';
import { type Check, type Instance, Lease } from '../../../registry/instance.ts';
import type { LogRecord } from '../../../registry/log.ts';
import type { Service } from '../../../registry/table.ts';
import { ANSWER_TTL_S } from '../line-answers.ts';

/** Facts by name; `undefined` ones are left out by JSON. */
export type Facts = Readonly<Record<string, unknown>>;

const dateOf = (ms: number): string => new Date(ms).toISOString();

/** An instance, with the names that `nettk name --json` has. */
export function instanceJson(instance: Instance): Facts {
  const { registration, owner, status, failures, registeredAt, changedAt, index, checks, lease } = instance;
  const { name, id, address, port, protocol, description, tags, meta, weight, priority, ttlMs } = registration;
  const health = { owner, index, failures, since: dateOf(changedAt), registered: dateOf(registeredAt) };
  return {
    ...{ name, id, host: address, port, status, description, ttl: ANSWER_TTL_S, protocol, tags },
    ...{ meta: Object.fromEntries(meta), weight, priority, ...health },
    lease: ttlMs === 0 ? undefined : ttlMs / 1_000,
    checks: checks.map(partJson),
    word: lease && (lease.isDown || lease.output !== '') ? partJson(lease) : undefined,
  };
}

function partJson(part: Check | Lease): Facts {
  const { isKnown, isDown, failures, output } = part;
  const status = isDown ? 'down' : failures > 0 ? 'failing' : isKnown ? 'up' : 'new';
  return { kind: part instanceof Lease ? undefined : part.spec.kind, status, failures, output };
}

/** A service in a list. */
export function serviceJson(service: Service): Facts {
  const all = [...service.instances.values()];
  const description = all.find((one) => one.registration.description !== '')?.registration.description;
  const { name, index, served, asked, hits } = service;
  const statuses: Record<string, number> = {};
  for (const { status } of all) statuses[status] = (statuses[status] ?? 0) + 1;
  const since = dateOf(all.reduce((last, { changedAt }) => Math.max(last, changedAt), 0));
  return { name, instances: all.length, served: served.length, statuses, index, since, description, asked, hits };
}

/** A change; what was dropped is told as it was. */
export function changeJson({ index, time, kind, instance, status }: ChangeEvent): Facts {
  const { name, id, address, port, description } = instance.registration;
  return { index, event: kind, time: dateOf(time), name, id, host: address, port, status, description };
}

/** A record of the log. */
export function recordJson(record: LogRecord): Facts {
  const { number, time, kind, name, id, client, port, face, answer, isCached, count } = record;
  const from = client === '' ? undefined : { client, port };
  const cached = kind === 'lookup' ? isCached : undefined;
  return { number, time: dateOf(time), event: kind, name, id: id || undefined, ...from, face, answer, cached, count };
}
