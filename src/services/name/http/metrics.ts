/** What Prometheus reads: metrics in its text format (version 0.0.4), and targets for its http_sd. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { formatTarget } from '../../../registry/address.ts';
import type { Instance } from '../../../registry/instance.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { Service } from '../../../registry/table.ts';
import type { HttpAnswer } from '../../../stream/http.ts';
import { longJson, type NameRequest } from './request.ts';

/** Services and clients with lookup counts of their own: more would make each scrape large. */
const MOST_POPULAR = 50;
/** How fine the event loop is watched, in milliseconds. */
const LOOP_RESOLUTION_MS = 10;

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** The event loop's delay, watched from the first scrape on. */
let loop: LoopDelay | undefined;

type LoopDelay = ReturnType<typeof monitorEventLoopDelay>;

/** `GET /metrics`. */
export function showMetrics({ house }: NameRequest): HttpAnswer {
  const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' };
  const { registry } = house;
  const families = [stateOf(registry), changesOf(registry), lookupsOf(registry), processFamilies()];
  return { status: 200, headers, body: families.flatMap((some) => [...some]).join('') };
}

const one = (value: number): Sample[] => [[{}, value]];

function* stateOf(registry: Registry): Generator<string> {
  const { checks, statuses, changes } = registry;
  yield family('instances', 'gauge', 'Registered instances by status.', Object.entries(statuses).map(by('status')));
  yield family('services', 'gauge', 'Names that somebody is registered under.', one([...registry.services()].length));
  yield family(
    'suspicious',
    'gauge',
    'Most instances fail at once, and are only suspect.',
    one(+registry.isSuspicious),
  );
  yield family('unsaved', 'gauge', 'Registrations are refused because they cannot be saved.', one(+registry.isUnsaved));
  yield family('last_index', 'gauge', 'The number of the last change.', one(changes.index));
  yield family('waiting_polls', 'gauge', 'Long polls that wait for a change.', one(changes.waiting));
  yield family('checks_running', 'gauge', 'Health checks under way.', one(checks.running));
  yield family('checks_overdue', 'gauge', 'Health checks that wait for a place.', one(checks.overdue));
}

function* changesOf({ counters }: Registry): Generator<string> {
  yield family('checks_total', 'counter', 'Health checks by result.', [
    [{ result: 'pass' }, counters.passes],
    [{ result: 'fail' }, counters.failures],
  ]);
  yield family('registrations_total', 'counter', 'Changes by clients, by kind.', [
    [{ kind: 'register' }, counters.registered],
    [{ kind: 'update' }, counters.updated],
    [{ kind: 'renew' }, counters.renewed],
    [{ kind: 'drop' }, counters.withdrawn],
    [{ kind: 'refused' }, counters.refused],
  ]);
  yield family('lapsed_total', 'counter', 'Leases that were not renewed in time.', one(counters.lapsed));
  yield family('dropped_total', 'counter', 'Instances dropped after too many failures.', one(counters.dropped));
  yield family(
    'lost_records_total',
    'counter',
    'Records of the log that could not be kept.',
    one(counters.lostRecords),
  );
}

function* lookupsOf(registry: Registry): Generator<string> {
  const { counters } = registry;
  yield family('lookups_total', 'counter', 'Lookups.', one(counters.lookups));
  yield family('lookup_cache_total', 'counter', 'Lookups by whether the answer was at hand.', [
    [{ result: 'hit' }, counters.hits],
    [{ result: 'miss' }, counters.lookups - counters.hits],
  ]);
  yield family(
    'unknown_lookups_total',
    'counter',
    'Lookups of names that nobody is registered under.',
    one(counters.unknown),
  );
  yield family(
    'service_lookups_total',
    'counter',
    `Lookups of the ${MOST_POPULAR} services asked for most.`,
    registry.top(MOST_POPULAR).map(({ name, asked }) => [{ service: name }, asked]),
  );
}

function* processFamilies(): Generator<string> {
  loop ??= watchLoop();
  const seconds = (ns: number): Sample[] => one(Number.isFinite(ns) ? ns / 1e9 : 0);
  const since = 'since the last scrape.';
  yield family(
    'event_loop_delay_p50_seconds',
    'gauge',
    `Median delay of the event loop ${since}`,
    seconds(loop.percentile(50)),
  );
  yield family('event_loop_delay_p99_seconds', 'gauge', `99th percentile of it ${since}`, seconds(loop.percentile(99)));
  yield family('event_loop_delay_max_seconds', 'gauge', `The longest of them ${since}`, seconds(loop.max));
  loop.reset();
  const { rss } = process.memoryUsage();
  yield plainFamily('process_resident_memory_bytes', 'gauge', 'Resident memory.', [[{}, rss]]);
  const started = (Date.now() - process.uptime() * 1_000) / 1_000;
  yield plainFamily('process_start_time_seconds', 'gauge', 'Start of the process.', [[{}, started]]);
}

function watchLoop(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  histogram.enable();
  return histogram;
}

const by =
  (label: string) =>
  ([value, count]: [string, number]): Sample => [{ [label]: value }, count];

const family = (name: string, kind: string, help: string, samples: readonly Sample[]): string =>
  plainFamily(`nettk_name_${name}`, kind, help, samples);

function plainFamily(name: string, kind: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, escapeLabel)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escapeLabel = (character: string): string => (character === '\n' ? '\\n' : `\\${character}`);

/**
 * `GET /prometheus/sd?service=`: those that are served over TCP as targets (http_sd). What is registered of each comes as
 * `__meta_nettk_…` labels.
 */
export function listTargets({ house, caller, query, request }: NameRequest): HttpAnswer {
  const { registry } = house;
  const asked = query.get('service')?.toLowerCase();
  const service = asked === undefined ? undefined : registry.service(asked);
  const rows = targetRows(asked === undefined ? registry.services() : [service ?? []].flat());
  if (asked !== undefined) {
    const answer = `${service?.served.length ?? 0} targets`;
    registry.noteLookup({ name: asked.slice(0, 63), service, answer, isHit: false }, caller);
  }
  return longJson(request, ['[', rows, ']']);
}

function* targetRows(services: Iterable<Service>): Generator<string> {
  for (const service of services) yield* service.answer('http_sd', targetsOf).value;
}

const targetsOf = ({ served }: Service): readonly string[] => served.map((one) => JSON.stringify(targetOf(one)));

function targetOf({ status, registration }: Instance): unknown {
  const { name, id, address, port, protocol, description, tags, meta } = registration;
  const labels = {
    __meta_nettk_service: name,
    __meta_nettk_id: id,
    __meta_nettk_protocol: protocol,
    __meta_nettk_status: status,
    __meta_nettk_description: description,
    // With commas around, so that a rule can look for ",tag,", as Prometheus has it for Consul.
    __meta_nettk_tags: tags.length === 0 ? '' : `,${tags.join(',')},`,
    ...Object.fromEntries(meta.map(([key, value]) => [`__meta_nettk_meta_${key.replace(/\W/g, '_')}`, value])),
  };
  return { targets: [formatTarget(address, port)], labels };
}
