/** What the line face tells as it happens: changes of the registry, records of the log. */

import type { NameCommand } from '../../protocols/name-line.ts';
import { formatRecord } from '../../protocols/record-line.ts';
import { matchesQuery } from '../../registry/log.ts';
import type { Registry } from '../../registry/registry.ts';
import { changeLine, logLine, presentLine } from './line-answers.ts';

/** A command that asks for one. */
export type FeedCommand = NameCommand & ({ verb: 'watch' } | { verb: 'log' });

/**
 * Begins to tell, what there is first.
 *
 * @returns what ends it
 */
export function openFeed(command: FeedCommand, registry: Registry, tell: (line: string) => void): () => void {
  return command.verb === 'watch' ? watch(command, registry, tell) : followLog(command, registry, tell);
}

function watch(command: FeedCommand & { verb: 'watch' }, registry: Registry, tell: (line: string) => void): () => void {
  const name = command.name?.toLowerCase();
  const { changes } = registry;
  const missed = command.since === undefined ? undefined : changes.since(command.since, name);
  if (missed) for (const change of missed) tell(changeLine(change));
  else {
    // Who named a number that is too old is told that all of this is news.
    if (command.since !== undefined) tell(formatRecord(String(changes.index), [['event', 'reset']]));
    for (const service of registry.services()) {
      if (name !== undefined && service.name !== name) continue;
      for (const instance of service.instances.values()) tell(presentLine(instance));
    }
  }
  return changes.subscribe((change) => {
    if (name === undefined || change.name === name) tell(changeLine(change));
  });
}

function followLog(
  command: FeedCommand & { verb: 'log' },
  registry: Registry,
  tell: (line: string) => void,
): () => void {
  const query = { name: command.service?.toLowerCase(), client: command.client, limit: 0 };
  return registry.followLog((record) => {
    if (matchesQuery(record, query)) tell(logLine(record));
  });
}
