/** What Consul's clients send to register a service or a check, as a registration of ours. */

import { usageError } from '../../../errors.ts';
import type { CheckSpec, RegistrationInput } from '../../../registry/registration.ts';
import { readDuration } from '../http/request.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The limits that the registry has for checks, in milliseconds; Consul's clients may ask for less or more. */
const MIN_INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 86_400_000;
const MIN_TIMEOUT_MS = 10;
const MAX_TIMEOUT_MS = 60_000;
/** What Consul has where a check names none. */
const CONSUL_TIMEOUT = '10s';
/** The key of meta that keeps the id of a check that is not called after its service. */
export const CHECK_ID_KEY = 'consul-check-id';

/** A check as a client asks for it. */
export interface ConsulCheck {
  /** The id by which its client will speak of it; undefined for the usual one. */
  readonly id: string | undefined;
  /** A check that is run; undefined for one that the client pushes. */
  readonly spec: CheckSpec | undefined;
  /** How long a word of the client holds, in milliseconds; 0 for a check that is run. */
  readonly ttlMs: number;
  /** It counts as well until it is known to be otherwise. */
  readonly isPassing: boolean;
}

/** A service as a client registers it. */
export interface ConsulService {
  readonly registration: RegistrationInput;
  readonly checks: readonly ConsulCheck[];
}

/**
 * Reads a service.
 *
 * @throws NettkError `USAGE` naming the field
 */
export function readConsulService(fields: Fields): ConsulService {
  const name = text(fields, 'Name') ?? text(fields, 'Service') ?? '';
  const id = text(fields, 'ID') || name;
  const checks = [fields.Check ?? [], fields.Checks ?? []]
    .flat()
    .map((check) => readConsulCheck(object('Check', check)));
  const meta = Object.entries(object('Meta', fields.Meta ?? {})).map(([key, value]) => [key, String(value)] as const);
  const description = meta.find(([key]) => key === 'description')?.[1];
  const weights = object('Weights', fields.Weights ?? {});
  const registration: RegistrationInput = {
    name,
    id,
    port: number(fields, 'Port') ?? 0,
    tags: list('Tags', fields.Tags ?? []).map(String),
    meta: meta.filter(([key]) => key !== 'description'),
    checks: [],
    ...(description !== undefined && { description }),
    ...(text(fields, 'Address') && { address: addressOf(text(fields, 'Address') as string) }),
    ...(typeof weights.Passing === 'number' && { weight: weights.Passing }),
  };
  return { registration: withChecks(registration, checks), checks };
}

/** A registration with these checks; several that are pushed become one lease, of the shortest time. */
export function withChecks(registration: RegistrationInput, checks: readonly ConsulCheck[]): RegistrationInput {
  const leases = checks.flatMap(({ ttlMs }) => (ttlMs > 0 ? [ttlMs] : []));
  const ids = checks.flatMap(({ id }) => (id === undefined ? [] : [[CHECK_ID_KEY, id] as const]));
  const own = (registration.meta ?? []).filter(([key]) => key !== CHECK_ID_KEY);
  const kept = ids.length > 0 ? ids.slice(0, 1) : (registration.meta ?? []).filter(([key]) => key === CHECK_ID_KEY);
  const ttls = [...leases, ...(registration.ttlMs ? [registration.ttlMs] : [])];
  return {
    ...registration,
    meta: [...own, ...kept],
    checks: [...(registration.checks ?? []), ...checks.flatMap(({ spec }) => spec ?? [])],
    ttlMs: ttls.length === 0 ? 0 : Math.min(...ttls),
  };
}

/**
 * Reads a check.
 *
 * @throws NettkError `USAGE` naming the field, and what is run instead of what is not
 */
export function readConsulCheck(fields: Fields): ConsulCheck {
  const id = text(fields, 'CheckID') ?? text(fields, 'ID');
  const isPassing = text(fields, 'Status') === 'passing';
  const ttl = text(fields, 'TTL');
  if (ttl)
    return { id, spec: undefined, ttlMs: within(duration('TTL', ttl), MIN_INTERVAL_MS, MAX_INTERVAL_MS), isPassing };
  return { id, spec: { ...readTarget(fields), ...readTimes(fields) }, ttlMs: 0, isPassing };
}

function readTarget(fields: Fields): Pick<CheckSpec, 'kind' | 'address' | 'port' | 'path'> {
  const tcp = text(fields, 'TCP');
  const udp = text(fields, 'UDP');
  const http = text(fields, 'HTTP');
  if (tcp) return { kind: 'tcp', ...readHostPort('TCP', tcp) };
  if (udp) return { kind: 'udp', ...readHostPort('UDP', udp) };
  if (http) return { kind: 'http', ...readHttp(http) };
  throw usageError('Check', 'is none of TTL, TCP, HTTP and UDP: others are not run here');
}

function readTimes(fields: Fields): Omit<CheckSpec, 'kind'> {
  const intervalMs = within(duration('Interval', text(fields, 'Interval') || '10s'), MIN_INTERVAL_MS, MAX_INTERVAL_MS);
  const timeoutMs = within(
    duration('Timeout', text(fields, 'Timeout') || CONSUL_TIMEOUT),
    MIN_TIMEOUT_MS,
    MAX_TIMEOUT_MS,
  );
  const fail = Math.max(1, number(fields, 'FailuresBeforeCritical') ?? 1);
  const rise = Math.max(1, number(fields, 'SuccessBeforePassing') ?? 1);
  const after = text(fields, 'DeregisterCriticalServiceAfter');
  // Counted in checks, from when it was critical on.
  const dropAfter = after ? fail + Math.ceil(duration('DeregisterCriticalServiceAfter', after) / intervalMs) : 0;
  return { intervalMs, timeoutMs, fail, rise, dropAfter };
}

function readHostPort(key: string, value: string): { readonly address: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value) ?? [];
  if (port === undefined) throw usageError(key, `${JSON.stringify(value.slice(0, 80))} is not HOST:PORT`);
  return { address: addressOf(bracketed ?? plain ?? ''), port: Number(port) };
}

function readHttp(value: string): { readonly address: string; readonly port: number; readonly path: string } {
  const url = URL.parse(value);
  if (url?.protocol !== 'http:') {
    throw usageError('HTTP', `${JSON.stringify(value.slice(0, 80))} is not an http:// URL: others are not asked here`);
  }
  const address = addressOf(url.hostname.replace(/^\[(.*)\]$/, '$1'));
  return { address, port: Number(url.port || 80), path: `${url.pathname}${url.search}` };
}

/** The one name whose address is known; what others are is for the registry to refuse. */
const addressOf = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host);

const duration = (key: string, value: string): number => Math.round(readDuration(key, value));

const within = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max);

function object(key: string, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw usageError(key, 'is not a JSON object');
}

function list(key: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw usageError(key, 'is not a list');
}

/** Go's clients send what they leave out as null or an empty text. */
function text(fields: Fields, key: string): string | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw usageError(key, 'is not a text');
}

function number(fields: Fields, key: string): number | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined || typeof value === 'number') return value;
  throw usageError(key, 'is not a number');
}
