/**
 * The part of Consul's HTTP API (v1) that registers, reports health and finds services, with blocking queries, so that its
 * clients work here unchanged. This server is the agent; what is registered belongs to the address that registered it.
 */

import { NettkError, usageError } from '../../../errors.ts';
import { formatTarget } from '../../../registry/address.ts';
import type { Instance } from '../../../registry/instance.ts';
import type { Service } from '../../../registry/table.ts';
import type { HttpAnswer } from '../../../stream/http.ts';
import { readObject } from '../http/input.ts';
import type { Facts } from '../http/json.ts';
import { json, longJson, type NameRequest, numberIn, type Route, waitAfter } from '../http/request.ts';
import { type ConsulCheck, readConsulCheck, readConsulService, withChecks } from './input.ts';
import {
  catalogJson,
  checkIds,
  checksJson,
  DATACENTER,
  healthJson,
  indexOf,
  NODE,
  serviceJson,
  statusOf,
  WARNING,
} from './json.ts';

const DONE: HttpAnswer = { status: 200 };

/** What is answered under `/v1`. */
export const CONSUL_ROUTES: readonly Route[] = [
  ['/v1/agent/service/register', { PUT: registerService }],
  ['/v1/agent/service/deregister/*', { PUT: deregisterService }],
  ['/v1/agent/check/register', { PUT: registerCheck }],
  ['/v1/agent/check/pass/*', { PUT: (request) => report(request, true, '') }],
  ['/v1/agent/check/warn/*', { PUT: (request) => report(request, true, WARNING) }],
  ['/v1/agent/check/fail/*', { PUT: (request) => report(request, false, '') }],
  ['/v1/agent/services', { GET: agentServices }],
  ['/v1/agent/checks', { GET: agentChecks }],
  ['/v1/agent/self', { GET: agentSelf }],
  ['/v1/catalog/services', { GET: catalogServices }],
  ['/v1/catalog/service/*', { GET: catalogService }],
  ['/v1/health/service/*', { GET: healthService }],
  ['/v1/health/checks/*', { GET: healthChecks }],
  ['/v1/status/leader', { GET: () => json('127.0.0.1:8300') }],
];

async function registerService({ house, caller, request }: NameRequest): Promise<HttpAnswer> {
  const { registration, checks } = readConsulService(readObject(request.body));
  const { registry } = house;
  const before = registry.service(registration.name)?.instances.get(registration.id ?? '');
  const wasPushed = before?.lease !== undefined;
  const instance = await registry.register(registration, caller);
  // An id has one service on an agent.
  for (const other of registry.withId(instance.registration.id)) {
    if (other !== instance && other.owner === instance.owner) await dropOne(other, { house, caller });
  }
  if (!wasPushed) beginCritical(instance, checks, { house, caller });
  return DONE;
}

/** A check that its client pushes is critical until it pushes. */
function beginCritical(
  instance: Instance,
  checks: readonly ConsulCheck[],
  { house, caller }: Pick<NameRequest, 'house' | 'caller'>,
): void {
  if (!checks.some(({ ttlMs, isPassing }) => ttlMs > 0 && !isPassing)) return;
  const { name, id } = instance.registration;
  house.registry.renew(name, id, caller, { isWell: false, output: 'not reported yet' });
}

async function deregisterService(request: NameRequest): Promise<HttpAnswer> {
  const id = request.path[4] ?? '';
  const found = [...request.house.registry.withId(id)];
  if (found.length === 0) throw unknown('service', id);
  for (const instance of found) await dropOne(instance, request);
  return DONE;
}

function dropOne(
  { registration }: Instance,
  { house, caller }: Pick<NameRequest, 'house' | 'caller'>,
): Promise<Instance> {
  return house.registry.drop(registration.name, registration.id, caller);
}

async function registerCheck({ house, caller, request }: NameRequest): Promise<HttpAnswer> {
  const fields = readObject(request.body);
  const { ServiceID: serviceId } = fields;
  if (typeof serviceId !== 'string' || serviceId === '') {
    throw usageError('ServiceID', 'is missing: checks of the node itself are not kept here');
  }
  const [instance] = house.registry.withId(serviceId);
  if (!instance) throw unknown('service', serviceId);
  const check = readConsulCheck(fields);
  const wasPushed = instance.lease !== undefined;
  const changed = await house.registry.register(withChecks(instance.registration, [check]), caller);
  if (!wasPushed) beginCritical(changed, [check], { house, caller });
  return DONE;
}

function report({ house, caller, path, query }: NameRequest, isWell: boolean, mark: string): HttpAnswer {
  const id = path[4] ?? '';
  const instance = findByCheck(id, house);
  if (!instance) throw unknown('check', id);
  const { name, id: instanceId } = instance.registration;
  // A warning is no status of ours: nobody would hear that one begins or ends.
  const isNews = (mark !== '') !== (instance.lease?.output.startsWith(WARNING) ?? false);
  house.registry.renew(name, instanceId, caller, { isWell, output: `${mark}${query.get('note') ?? ''}`, isNews });
  return DONE;
}

/** Most are called after their service. */
function findByCheck(id: string, { registry, checkIndex }: NameRequest['house']): Instance | undefined {
  const usual = id.startsWith('service:') ? [id.slice(8), id.slice(8).replace(/:\d+$/, '')] : [];
  const candidates = [checkIndex.find(id) ?? [], usual.flatMap((one) => registry.withId(one))].flat();
  return candidates.find((instance) => checkIds(instance).includes(id));
}

function agentServices({ house, request }: NameRequest): HttpAnswer {
  return longJson(request, ['{', serviceRows(house), '}']);
}

function* serviceRows(house: NameRequest['house']): Generator<string> {
  for (const instance of allOf(house)) yield property(instance.registration.id, serviceJson(instance));
}

function agentChecks({ house, request }: NameRequest): HttpAnswer {
  return longJson(request, ['{', checkRows(house), '}']);
}

function* checkRows(house: NameRequest['house']): Generator<string> {
  for (const instance of allOf(house)) {
    for (const check of checksJson(instance)) yield property(String(check['CheckID']), check);
  }
}

const property = (key: string, value: Facts): string => `${JSON.stringify(key)}:${JSON.stringify(value)}`;

function* allOf({ registry }: NameRequest['house']): Generator<Instance> {
  for (const { instances } of registry.services()) yield* instances.values();
}

function agentSelf(): HttpAnswer {
  const config = { Datacenter: DATACENTER, NodeName: NODE, NodeID: '', Server: true, Version: '1.0.0' };
  return json({ Config: config, Member: { Name: NODE, Addr: '127.0.0.1', Status: 1 } });
}

async function catalogServices(request: NameRequest): Promise<HttpAnswer> {
  const index = await block(request);
  const tags = [...request.house.registry.services()].map(
    ({ name, instances }) =>
      [name, [...new Set([...instances.values()].flatMap((one) => one.registration.tags))]] as const,
  );
  return blocking(Object.fromEntries(tags), index);
}

/** What one service's rows are, as they are kept. */
interface Row {
  readonly instance: Instance;
  readonly json: Facts;
}

async function catalogService(request: NameRequest): Promise<HttpAnswer> {
  const [index, service] = await blockOn(request);
  const rows = keptRows(request, service, 'consul catalog', catalogJson);
  return blocking(
    tagged(rows, request).map((row) => row.json),
    index,
  );
}

async function healthService(request: NameRequest): Promise<HttpAnswer> {
  const [index, service] = await blockOn(request);
  const rows = tagged(keptRows(request, service, 'consul health', healthJson), request);
  const wanted = isOn(request.query.get('passing'))
    ? rows.filter(({ instance }) => statusOf(instance) === 'passing')
    : rows;
  return blocking(
    wanted.map((row) => row.json),
    index,
  );
}

async function healthChecks(request: NameRequest): Promise<HttpAnswer> {
  const [index, service] = await blockOn(request);
  return blocking([...(service?.instances.values() ?? [])].flatMap(checksJson), index);
}

function keptRows(
  { house, caller, path }: NameRequest,
  service: Service | undefined,
  question: string,
  make: (instance: Instance) => Facts,
): readonly Row[] {
  const name = (path[3] ?? '').slice(0, 63).toLowerCase();
  const { value = [], isHit = false } =
    service?.answer(question, ({ instances }) =>
      [...instances.values()].map((instance): Row => ({ instance, json: make(instance) })),
    ) ?? {};
  const targets = value.map(({ instance: { registration } }) => formatTarget(registration.address, registration.port));
  const answer = service ? targets.join(', ') : 'not registered';
  house.registry.noteLookup({ name, service, answer, isHit }, caller);
  return value;
}

function tagged(rows: readonly Row[], { query }: NameRequest): readonly Row[] {
  const tags = query.getAll('tag');
  return tags.length === 0
    ? rows
    : rows.filter(({ instance }) => tags.every((tag) => instance.registration.tags.includes(tag)));
}

/** `?passing`, `?passing=true` and `?passing=1` alike. */
const isOn = (text: string | null): boolean => text !== null && text !== 'false' && text !== '0';

/** Waits where an index is given; 0 is none, as in Consul. */
async function block(request: NameRequest, name?: string): Promise<number> {
  if (request.query.has('filter')) throw usageError('filter', 'is not done here: filter what comes');
  const index = numberIn(request.query, 'index', 0);
  return index === 0 ? request.house.registry.changes.index : waitAfter(index - 1, request, name);
}

async function blockOn(request: NameRequest): Promise<[index: number, service: Service | undefined]> {
  const name = request.path[3] ?? '';
  const index = await block(request, name.toLowerCase());
  return [index, request.house.registry.service(name)];
}

function blocking(value: unknown, index: number): HttpAnswer {
  return json(value, {
    'x-consul-index': String(indexOf(index)),
    'x-consul-knownleader': 'true',
    'x-consul-lastcontact': '0',
  });
}

function unknown(what: string, id: string): NettkError {
  return new NettkError({
    code: 'NOT_FOUND',
    action: `${what} ${JSON.stringify(id.slice(0, 80))}`,
    reason: 'not registered',
  });
}
