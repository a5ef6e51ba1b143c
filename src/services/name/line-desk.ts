/** Answers one command of the line face. */

import { NettkError } from '../../errors.ts';
import { encodeDotLines } from '../../protocols/dot-lines.ts';
import { ERROR_MARK, NAME_HELP, type NameCommand, type NamedTarget } from '../../protocols/name-line.ts';
import { formatRecord } from '../../protocols/record-line.ts';
import { formatTarget } from '../../registry/address.ts';
import type { Instance } from '../../registry/instance.ts';
import type { Caller } from '../../registry/log.ts';
import { MAX_LOG_READ, type Registry } from '../../registry/registry.ts';
import type { Service } from '../../registry/table.ts';
import { printable } from '../../stream/printable.ts';
import { changedLine, logLine, lookupLine, popularLine, serviceLine, showLine } from './line-answers.ts';

/** Commands that are answered when they are done; the others go on until the next line. */
export type DeskCommand = Exclude<NameCommand, { verb: 'watch' | 'token' }>;

/** Services in one list, and lines of `top`, at most. */
const MAX_LISTED = 10_000;

/**
 * Answers a command, in the frame of an answer.
 *
 * @returns at once, but for what has to be written or read first
 */
export function answerCommand(command: DeskCommand, registry: Registry, caller: Caller): string | Promise<string> {
  try {
    const lines = run(command, registry, caller);
    return lines instanceof Promise ? lines.then(encodeDotLines, errorAnswer) : encodeDotLines(lines);
  } catch (error) {
    return errorAnswer(error);
  }
}

/** What says why there is no answer; what is no expected failure is thrown on. */
export function errorAnswer(error: unknown): string {
  if (!(error instanceof NettkError)) throw error;
  const { message, hint } = error;
  return encodeDotLines([`${ERROR_MARK}${printable(message)}${hint === undefined ? '' : `; try ${hint}`}`]);
}

function run(command: DeskCommand, registry: Registry, caller: Caller): readonly string[] | Promise<string[]> {
  switch (command.verb) {
    case 'register':
      return registry.register(command.registration, caller).then((instance) => [changedLine(instance)]);
    case 'renew':
      return [changedLine(renew(command, registry, caller))];
    case 'drop':
      return drop(command.target, registry, caller);
    case 'lookup':
      return lookUp(command.name, command.wantsAll, registry, caller);
    case 'list':
      return list(command.prefix.toLowerCase(), registry);
    case 'show':
      return show(command.target, registry);
    case 'top':
      return registry.top(Math.min(command.count, MAX_LISTED)).map(popularLine);
    case 'log':
      return readLog(command, registry);
    case 'help':
      return NAME_HELP;
  }
}

function renew(
  { target, isWell, reason }: DeskCommand & { verb: 'renew' },
  registry: Registry,
  caller: Caller,
): Instance {
  return registry.renew(target.name, target.id, caller, { isWell, output: reason });
}

async function drop({ name, id }: NamedTarget, registry: Registry, caller: Caller): Promise<string[]> {
  const which = id ?? registry.find(name, undefined, caller).registration.id;
  return [changedLine(await registry.drop(name, which, caller), 'dropped')];
}

/** The lines of those that are served, as they are kept, and how they were worded for the log. */
interface Served {
  readonly groups: readonly (readonly string[])[];
  readonly targets: string;
}

function lookUp(asked: string, wantsAll: boolean, registry: Registry, caller: Caller): readonly string[] {
  const service = registry.service(asked);
  const name = asked.slice(0, 63).toLowerCase();
  if (!service) {
    registry.noteLookup({ name, service, answer: 'not registered', isHit: false }, caller);
    throw new NettkError({ code: 'NOT_FOUND', action: name, reason: 'not registered' });
  }
  const { value, isHit } = service.answer(wantsAll ? 'all lines' : 'lines', wantsAll ? allLines : servedLines);
  registry.noteLookup({ name, service, answer: value.targets, isHit }, caller);
  if (value.groups.length > 0) return turnAbout(value.groups, service);
  const reason = service.instances.size === 1 ? 'it is down' : `all ${service.instances.size} instances are down`;
  throw new NettkError({ code: 'NOT_FOUND', action: name, reason, hint: `lookup ${name} all` });
}

const servedLines = ({ served }: Service): Served => inGroups(served);
const allLines = ({ instances }: Service): Served => inGroups([...instances.values()]);

/** Those of the same priority stand together, the lowest first. */
function inGroups(instances: readonly Instance[]): Served {
  const groups = new Map<number, string[]>();
  const sorted = instances.toSorted((one, other) => one.registration.priority - other.registration.priority);
  for (const instance of sorted) {
    const { priority } = instance.registration;
    const group = groups.get(priority);
    if (group) group.push(lookupLine(instance));
    else groups.set(priority, [lookupLine(instance)]);
  }
  const targets = sorted.map(({ registration: { address, port } }) => formatTarget(address, port)).join(', ');
  return { groups: [...groups.values()], targets: targets === '' ? 'all down' : targets };
}

/** Who comes first changes from one lookup to the next. */
function turnAbout(groups: readonly (readonly string[])[], { asked }: Service): readonly string[] {
  const [only] = groups;
  if (groups.length === 1 && only?.length === 1) return only;
  return groups.flatMap((group) => {
    const first = asked % group.length;
    return [...group.slice(first), ...group.slice(0, first)];
  });
}

function list(prefix: string, registry: Registry): string[] {
  const found: Service[] = [];
  for (const service of registry.services()) if (service.name.startsWith(prefix)) found.push(service);
  found.sort((one, other) => (one.name < other.name ? -1 : 1));
  const lines = found.slice(0, MAX_LISTED).map(serviceLine);
  return found.length > MAX_LISTED
    ? [...lines, formatRecord('...', [['more', String(found.length - MAX_LISTED)]])]
    : lines;
}

function show({ name, id }: NamedTarget, registry: Registry): string[] {
  const service = registry.service(name);
  const found = [...(service?.instances.values() ?? [])].filter(
    (one) => id === undefined || one.registration.id === id,
  );
  if (found.length > 0) return found.map(showLine);
  throw new NettkError({
    code: 'NOT_FOUND',
    action: id === undefined ? name : `${name}/${id}`,
    reason: 'not registered',
  });
}

async function readLog(asked: DeskCommand & { verb: 'log' }, registry: Registry): Promise<string[]> {
  const { service, client, count } = asked;
  const records = await registry.logRecords({
    name: service?.toLowerCase(),
    client,
    limit: Math.min(count, MAX_LOG_READ),
  });
  return records.reverse().map(logLine);
}
