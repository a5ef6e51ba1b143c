/** The HTTP face's own interface: services and instances as resources, JSON both ways (docs/name-server.md, HTTP). */

import { NettkError } from '../../../errors.ts';
import { formatTarget } from '../../../registry/address.ts';
import type { Instance } from '../../../registry/instance.ts';
import { MAX_LOG_READ } from '../../../registry/registry.ts';
import type { Service } from '../../../registry/table.ts';
import type { HttpAnswer } from '../../../stream/http.ts';
import { readObject, readRegistrationInput } from './input.ts';
import { type Facts, instanceJson, recordJson, serviceJson } from './json.ts';
import { json, jsonRows, longJson, type NameRequest, numberIn, waitForChange } from './request.ts';

/** Services in one list, at most. */
const MAX_LISTED = 10_000;
const DEFAULT_LISTED = 100;

const indexed = (index: number): Readonly<Record<string, string>> => ({ 'x-nettk-index': String(index) });

/** `GET /services?prefix=`: all services by name. */
export async function listServices(request: NameRequest): Promise<HttpAnswer> {
  const index = await waitForChange(request);
  const prefix = (request.query.get('prefix') ?? '').toLowerCase();
  const found: Service[] = [];
  for (const service of request.house.registry.services()) if (service.name.startsWith(prefix)) found.push(service);
  found.sort((one, other) => (one.name < other.name ? -1 : 1));
  const more = found.length > MAX_LISTED ? `,"more":${found.length - MAX_LISTED}` : '';
  const rows = jsonRows(found.slice(0, MAX_LISTED), serviceJson);
  return longJson(request.request, [`{"index":${index},"services":[`, rows, `]${more}}`], indexed(index));
}

/** A lookup as it is kept: each instance's JSON is made once. */
interface Kept {
  readonly instances: readonly Facts[];
  readonly text: string;
}

/** `GET /services/NAME?all`: a lookup. Those with the lowest priority come first, and turn about. */
export async function lookUp(request: NameRequest): Promise<HttpAnswer> {
  const { house, caller, path, query } = request;
  const { registry } = house;
  const asked = path[1] ?? '';
  const index = await waitForChange(request, asked.toLowerCase());
  const service = registry.service(asked);
  const name = asked.slice(0, 63).toLowerCase();
  if (!service) {
    registry.noteLookup({ name, service, answer: 'not registered', isHit: false }, caller);
    throw new NettkError({ code: 'NOT_FOUND', action: name, reason: 'not registered' });
  }
  const { value, isHit } = query.has('all')
    ? service.answer('all json', ({ instances }) => keep([...instances.values()]))
    : service.answer('json', ({ served }) => keep(served));
  registry.noteLookup({ name, service, answer: value.text, isHit }, caller);
  const instances = turnAbout(value.instances, service.asked);
  return json({ index, name: service.name, instances }, indexed(index));
}

function keep(instances: readonly Instance[]): Kept {
  const targets = instances.map(({ registration: { address, port } }) => formatTarget(address, port));
  return { instances: instances.map(instanceJson), text: targets.join(', ') || 'all down' };
}

function turnAbout(instances: readonly Facts[], asked: number): readonly Facts[] {
  const from = instances.length === 0 ? 0 : asked % instances.length;
  const all = [...instances.slice(from), ...instances.slice(0, from)];
  return all.sort((one, other) => Number(one.priority) - Number(other.priority));
}

/** `GET /instances?service=`: all instances of a service, for who looks after it: it counts as no lookup. */
export function showInstances({ house, query, request }: NameRequest): HttpAnswer {
  const name = query.get('service') ?? '';
  const service = house.registry.service(name);
  if (!service) throw new NettkError({ code: 'NOT_FOUND', action: name, reason: 'not registered' });
  const { instances, index } = service;
  const more = instances.size > MAX_LISTED ? `,"more":${instances.size - MAX_LISTED}` : '';
  const rows = jsonRows([...instances.values()].slice(0, MAX_LISTED), instanceJson);
  const head = `{"index":${index},"name":${JSON.stringify(service.name)},"instances":[`;
  return longJson(request, [head, rows, `]${more}}`]);
}

/** `GET /services/NAME/ID`: one instance, whatever its status. */
export function showInstance({ house, caller, path }: NameRequest): HttpAnswer {
  const [, name = '', id = ''] = path;
  return json(instanceJson(house.registry.find(name, id, caller)));
}

/** `POST /services/NAME` and `PUT /services/NAME/ID`: registers an instance, or updates it. */
export async function register({ house, caller, path, request }: NameRequest): Promise<HttpAnswer> {
  const [, name = '', id] = path;
  const fields = { ...readObject(request.body), name, ...(id !== undefined && { id }) };
  return json(instanceJson(await house.registry.register(readRegistrationInput(fields), caller)));
}

/** `POST /services/NAME/ID/renew`: renews the lease; with `{"status": "down", "reason": …}` takes it out of use. */
export function renew({ house, caller, path, request }: NameRequest): HttpAnswer {
  const [, name = '', id = ''] = path;
  const { status = 'up', reason = '' } = request.body.length === 0 ? {} : readObject(request.body);
  if ((status !== 'up' && status !== 'down') || typeof reason !== 'string') {
    throw new NettkError({ code: 'USAGE', action: 'renew', reason: 'status is up or down, reason is a text' });
  }
  return json(instanceJson(house.registry.renew(name, id, caller, { isWell: status === 'up', output: reason })));
}

/** `DELETE /services/NAME/ID`: withdraws an instance. */
export async function drop({ house, caller, path }: NameRequest): Promise<HttpAnswer> {
  const [, name = '', id = ''] = path;
  return json({ ...instanceJson(await house.registry.drop(name, id, caller)), status: 'dropped' });
}

/** `GET /log?service=&client=&limit=&before=`: the newest records, the newest first. */
export async function readLog({ house, query }: NameRequest): Promise<HttpAnswer> {
  const records = await house.registry.logRecords({
    name: query.get('service')?.toLowerCase(),
    client: query.get('client') ?? undefined,
    before: query.has('before') ? numberIn(query, 'before', 0) : undefined,
    limit: Math.min(numberIn(query, 'limit', DEFAULT_LISTED), MAX_LOG_READ),
  });
  return json({ records: records.map(recordJson) });
}

/** `GET /top?limit=`: the services asked for most often. */
export function listTop({ house, query }: NameRequest): HttpAnswer {
  const limit = Math.min(numberIn(query, 'limit', 10), MAX_LISTED);
  return json({ services: house.registry.top(limit).map(serviceJson) });
}

/** `GET /status`: the server at a glance. */
export function showStatus({ house }: NameRequest): HttpAnswer {
  const { size, statuses, isSuspicious, isUnsaved, checks, changes, counters } = house.registry;
  const { lookups, hits, unknown, refused } = counters;
  return json({
    index: changes.index,
    instances: size,
    statuses,
    isSuspicious,
    isUnsaved,
    checks,
    lookups,
    hits,
    unknown,
    refused,
  });
}

/** `GET /health`: is the server to be used? A registry that cannot save still answers lookups. */
export function showHealth({ house }: NameRequest): HttpAnswer {
  const body = house.registry.isUnsaved ? 'lookups only: registrations cannot be saved\n' : 'ok\n';
  return { status: 200, headers: { 'cache-control': 'no-store' }, body };
}
